"""Usage that comes late is noticed whenever it comes, and costs nothing while none does."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from backend import bootstrap, clockwork
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.invoice.lifecycle import State
from backend.engine.recurrence import Duration
from backend.infra.clock import wall
from backend.infra.context import Context
from backend.infra.db import Database
from backend.ingest import service as ingest
from backend.ingest.cloudevents import CloudEvent
from backend.invoicing import service as invoicing
from backend.invoicing.ports import AppIssue, AppRefused
from backend.jobs import late_usage
from backend.subscriptions import service as subscriptions
from tests.conftest import Work
from tests.services.company import FEB, JAN, PLATFORM_IN_ADVANCE, TOKENS, sell, standard_invoices, use_tokens
from tests.services.test_corrections import HOUR, MID_FEB, MID_JAN, bill_january, choose, corrections, use_late
from tests.services.test_corrections_follow import claimed
from tests.services.test_invoicing_crash import FragileApp


@pytest.fixture
def app() -> Iterator[FragileApp]:
    fragile = FragileApp()
    bootstrap.use({"sandbox": fragile})
    yield fragile
    bootstrap.use(None)


def store(ctx: Context, tokens: int, *, at: object = MID_JAN) -> None:
    event = CloudEvent(
        id=f"{at}-{tokens}", source="tests", type="tokens", subject="acme", time=at, data=f'{{"tokens": {tokens}}}'
    )
    ingest.ingest(ctx, [event])


def test_an_event_that_is_being_stored_while_its_invoice_is_metered_is_found_afterwards(
    work: Work, database: Database
) -> None:
    if database.is_sqlite:
        return  # it has one writer: an event is stored before an invoice is metered or after it
    choose(work, collection_interval=Duration())
    sold = sell(work, cards=(TOKENS,))
    clockwork.run_due("default", now=JAN)
    with work(now=FEB) as storing:
        store(storing, 234)
        clockwork.run_due("default", now=FEB)
        [issued] = standard_invoices(work)
        assert issued.total == 0
    clockwork.run_due("default", now=FEB + HOUR)
    assert corrections(work, sold) == []
    late_usage.run()  # nothing is settled yet
    with work(now=FEB + HOUR) as ctx:
        assert invoicing.look_again_for_late_usage(ctx, wall() + timedelta(minutes=1)) == 1
    clockwork.run_due("default", now=FEB + HOUR)
    [found] = corrections(work, sold)
    assert str(found.amount) == "2.34"


def test_everything_is_looked_through_once_more_and_only_once(work: Work) -> None:
    bill_january(work)
    use_late(work, 234)
    since = wall() - HOUR
    looks = []
    for minutes in (0, 70, 71):
        with work(now=MID_FEB) as ctx:
            looks.append(invoicing.look_again_for_late_usage(ctx, since + timedelta(minutes=minutes)))
        clockwork.run_due("default", now=MID_FEB)
    assert looks == [0, 1, 0]
    with work(now=MID_FEB, writing=False) as ctx:
        assert invoicing.customers_to_correct(ctx) == []


@pytest.mark.parametrize("is_late", [False, True])
def test_a_group_of_events_asks_once_whether_any_is_late_and_writes_only_then(
    work: Work, database: Database, is_late: bool, statements: list[str]
) -> None:
    if database.is_sqlite:
        return  # its writer is not listened to
    bill_january(work)
    with work(now=MID_FEB) as ctx:
        statements.clear()
        store(ctx, 1, at=MID_JAN if is_late else MID_FEB)
    asked = [statement for statement in statements if "quantities_at" in statement]
    written = [statement for statement in statements if "late_usage" in statement]
    assert (len(asked), len(written)) == (1, int(is_late))


def test_late_usage_of_a_key_that_the_customer_gave_up_is_billed_to_it(work: Work) -> None:
    sold = bill_january(work)
    with work(now=MID_FEB) as ctx:
        customers.update(ctx, "acme", CustomerInput(name="Acme", key="acme_group", currency="USD"))
        customers.create(ctx, CustomerInput(name="Another Acme", key="acme"))
    use_late(work, 234)
    assert [found.amount for found in corrections(work, sold)] == [Decimal("2.34")]


def test_late_usage_waits_while_an_invoice_may_still_be_deleted(work: Work, app: FragileApp) -> None:
    """The app refused to issue the invoice; it is deleted, and what it billed is metered anew."""
    sold = sell(work, cards=(TOKENS,))
    use_tokens(work, 1000, MID_JAN)
    app.trouble["finalize"] = [AppRefused(AppIssue("broken", "It cannot be issued.", None))]
    for now in (JAN, FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    [failed] = standard_invoices(work)
    assert failed.status == State.ISSUING_FAILED
    use_late(work, 234)
    assert corrections(work, sold) == []
    with work(now=MID_FEB) as ctx:
        invoicing.delete(ctx, failed.id)
    for now in (MID_FEB, MID_FEB + HOUR, MID_FEB + 2 * HOUR):
        clockwork.run_due("default", now=now)
    assert claimed(work, MID_FEB) == Decimal("12.34")


def test_what_changed_while_an_invoice_was_being_issued_is_corrected_afterwards(work: Work, app: FragileApp) -> None:
    """20 USD were billed for January in advance; of its 31 days 10 were used when the customer left for good."""
    sold = sell(work, cards=(PLATFORM_IN_ADVANCE,))
    app.trouble["finalize"] = [AppRefused(AppIssue("broken", "It cannot be issued.", None))]
    clockwork.run_due("default", now=JAN)
    with work(now=MID_JAN) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id)
    clockwork.run_due("default", now=MID_JAN)
    assert corrections(work, sold) == []
    with work(now=MID_JAN + HOUR) as ctx:
        invoicing.retry(ctx, standard_invoices(work)[0].id)
    clockwork.run_due("default", now=MID_JAN + HOUR)
    assert [found.due for found in corrections(work, sold)] == [Decimal("6.45")]


def test_a_customer_is_looked_at_for_its_own_late_usage_only(work: Work) -> None:
    for customer in ("acme", "globex"):
        sell(work, cards=(TOKENS,), customer=customer)
        use_tokens(work, 1000, MID_JAN, customer=customer)
    for now in (JAN, FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    for subject in ("acme", "globex", "nobody"):
        use_tokens(work, 234, MID_JAN, stored=MID_FEB, customer=subject)
    with work(now=MID_FEB) as ctx:
        waiting = invoicing.customers_to_correct(ctx)
        assert len(waiting) == 3
        assert [invoicing.correct_late_usage(ctx, customer_id) for customer_id in waiting] == [1, 1, 1]
        assert len(invoicing.corrections_of_customer(ctx, waiting[1])) == 1
    with work(now=MID_FEB, writing=False) as ctx:
        assert invoicing.customers_to_correct(ctx) == []


def test_late_usage_of_any_number_of_strangers_is_dealt_with(work: Work) -> None:
    bill_january(work)
    with work(now=MID_FEB) as ctx:
        strangers = [
            CloudEvent(id=f"{number}", source="tests", type="tokens", subject=f"stranger-{number}", time=MID_JAN)
            for number in range(1001)
        ]
        ingest.ingest(ctx, strangers)
    with work(now=MID_FEB) as ctx:
        assert invoicing.customers_to_correct(ctx) == [""]
        assert [invoicing.correct_late_usage(ctx, "") for _ in range(3)] == [1000, 1, 0]
