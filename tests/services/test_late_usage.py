"""Usage that comes late is noticed whenever it comes, and costs nothing while none does."""

from datetime import timedelta

import pytest

from backend import clockwork
from backend.engine.recurrence import Duration
from backend.infra.clock import wall
from backend.infra.context import Context
from backend.infra.db import Database
from backend.ingest import service as ingest
from backend.ingest.cloudevents import CloudEvent
from backend.invoicing import service as invoicing
from backend.jobs import late_usage
from tests.conftest import Work
from tests.services.company import FEB, JAN, TOKENS, sell, standard_invoices
from tests.services.test_corrections import HOUR, MID_FEB, MID_JAN, bill_january, choose, corrections, use_late


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
