"""Corrections follow the invoices they correct: into voiding, between parts, and to whom usage was billed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from backend import bootstrap, clockwork
from backend.catalog.terms import RateCardTerms
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.invoice.lifecycle import State
from backend.engine.rate.prices import Commitment, Flat, PaymentTerm, Unit
from backend.errors import NotFound
from backend.integrations.sandbox.app import OUTCOME
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.invoicing.service import Again, Run, Voiding
from backend.invoicing.workflow import CorrectionPolicy
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import ItemAddition, SubscriptionEdit
from tests.conftest import Work
from tests.services.company import (
    FEB,
    JAN,
    MAR,
    PLATFORM_IN_ADVANCE,
    TOKENS,
    Sold,
    gathering_invoices,
    sell,
    standard_invoices,
    tokens_at,
    use_tokens,
)
from tests.services.test_corrections import (
    APR,
    HOUR,
    MID_FEB,
    MID_JAN,
    bill_february,
    bill_january,
    choose,
    corrections,
    use_late,
)


def leave_unpaid(work: Work, *cards: RateCardTerms) -> Sold:
    """A new customer who does not pay, so that invoices can be voided."""
    sold = sell(work, cards=cards or (TOKENS,))
    own(work, "acme", labels={OUTCOME: "pending"})
    clockwork.run_due("default", now=JAN)
    return sold


def own(work: Work, key: str, *subjects: str, now: datetime = JAN, labels: dict[str, str] | None = None) -> None:
    """From now on these subjects are the customer's."""
    with work(now=now) as ctx:
        wanted = CustomerInput(name=key, key=key, subject_keys=subjects, labels=labels, currency="USD")
        customers.update(ctx, key, wanted)


def void(invoice: Invoice, now: datetime, again: Again | None = None) -> None:
    invoicing.void(Run("default", bootstrap.apps(), now), invoice.id, Voiding("A mistake", again))
    for at in (now, now + HOUR):
        clockwork.run_due("default", now=at)


def claimed(work: Work, now: datetime) -> Decimal:
    """What all invoices that were not voided come to, with what gathers."""
    invoices = [invoice for invoice in standard_invoices(work) if invoice.status != State.VOIDED]
    with work(now=now, writing=False) as ctx:
        gathering = [invoicing.view(ctx, invoice) for invoice in gathering_invoices(work)]
    amounts = [line.totals.total for shown in gathering for line in shown.lines]
    return sum([*amounts, *(invoice.total for invoice in invoices)], Decimal(0))


@pytest.mark.parametrize(("again", "due"), [(None, Decimal(0)), (Again(), Decimal("12.34"))])
@pytest.mark.parametrize("is_billed", [False, True])
def test_a_voided_invoice_takes_its_corrections_along(
    work: Work, is_billed: bool, again: Again | None, due: Decimal
) -> None:
    leave_unpaid(work)
    use_tokens(work, 1000, MID_JAN)
    for now in (FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    use_late(work, 234)
    if is_billed:
        bill_february(work)
    void(standard_invoices(work)[0], MAR + 2 * HOUR if is_billed else MID_FEB, again)
    assert claimed(work, MAR + 4 * HOUR) == due


def test_nobody_is_asked_any_more_about_a_voided_invoice(work: Work) -> None:
    choose(work, corrections=CorrectionPolicy.ASK)
    sold = leave_unpaid(work)
    use_tokens(work, 1000, MID_JAN)
    for now in (FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    use_late(work, 234)
    [waiting] = corrections(work, sold)
    void(standard_invoices(work)[0], MID_FEB)
    with work(now=MID_FEB) as ctx, pytest.raises(NotFound):
        invoicing.accept_correction(ctx, waiting.id)


def bill_in_parts(work: Work, commitment: Commitment, first: int) -> Sold:
    """Tokens at 1 USD; those of the first ten days are on an invoice of their own."""
    sold = leave_unpaid(work, replace(tokens_at(Unit(Decimal(1))), commitment=commitment))
    use_tokens(work, first, JAN + timedelta(days=3))
    with work(now=MID_JAN) as ctx:
        invoicing.invoice_now(ctx, sold.customer_id, progressive=True)
    clockwork.run_due("default", now=MID_JAN + HOUR)
    return sold


def test_a_part_counts_what_was_found_before_it_whatever_a_person_decides_later(work: Work) -> None:
    """At most 100 USD a month: 80 were billed, 15 come late and 30 in the rest of the month."""
    choose(work, corrections=CorrectionPolicy.ASK)
    sold = bill_in_parts(work, Commitment(maximum=Decimal(100)), 80)
    use_late(work, 15, JAN + timedelta(days=4), stored=JAN + timedelta(days=15))
    use_tokens(work, 30, JAN + timedelta(days=20))
    for now in (FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    [waiting] = corrections(work, sold)
    with work(now=MID_FEB) as ctx:
        invoicing.accept_correction(ctx, waiting.id)
    assert claimed(work, MID_FEB) == Decimal(100)


def test_the_minimum_of_a_month_is_not_owed_again_when_a_part_of_it_is_voided(work: Work) -> None:
    sold = bill_in_parts(work, Commitment(minimum=Decimal(15)), 10)
    for now in (FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    first, second = standard_invoices(work)
    assert (first.total, second.total) == (Decimal(10), Decimal(5))
    void(first, MID_FEB)
    use_late(work, 1, JAN + timedelta(days=20))
    assert corrections(work, sold) == []


def test_late_usage_of_a_subject_that_moved_belongs_to_whom_it_was_billed(work: Work) -> None:
    sold = sell(work, cards=(TOKENS,))
    with work(now=JAN) as ctx:
        customers.create(ctx, CustomerInput(name="Globex", key="globex"))
    own(work, "acme", "robot")
    use_tokens(work, 1000, MID_JAN, customer="robot")
    for now in (JAN, FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    own(work, "acme", now=MID_FEB)
    own(work, "globex", "robot", now=MID_FEB)
    use_tokens(work, 234, MID_JAN, customer="robot", stored=MID_FEB)
    clockwork.run_due("default", now=MID_FEB)
    assert [found.amount for found in corrections(work, sold)] == [Decimal("2.34")]


def test_late_usage_of_a_customer_who_is_deleted_is_still_billed(work: Work) -> None:
    sold = bill_january(work)
    with work(now=MID_FEB) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id)
    for now in (MID_FEB, MID_FEB + HOUR):
        clockwork.run_due("default", now=now)
    with work(now=MID_FEB + HOUR) as ctx:
        customers.delete(ctx, sold.customer_id)
    use_late(work, 234, stored=MAR)
    clockwork.run_due("default", now=MAR + HOUR)
    assert claimed(work, APR) == Decimal("12.34")


def test_looking_again_and_reconciling_do_not_wait_for_each_other(work: Work) -> None:
    sold = sell(work, cards=(PLATFORM_IN_ADVANCE, TOKENS))
    use_tokens(work, 1000, MID_JAN)
    for now in (JAN, FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    issued = standard_invoices(work)[-1]
    use_tokens(work, 234, MID_JAN, stored=MID_FEB)
    card = replace(PLATFORM_IN_ADVANCE, price=Flat(Decimal(30), PaymentTerm.IN_ADVANCE))
    with work(now=MID_FEB) as ctx:
        subscriptions.edit(ctx, sold.subscription_id, SubscriptionEdit((ItemAddition("default", card),)))

    def look_again(_: int) -> None:
        with work(now=MID_FEB) as ctx:
            invoicing.check_invoice(ctx, issued.id)

    def reconcile(_: int) -> None:
        with work(now=MID_FEB) as ctx:
            invoicing.sync(ctx, sold.subscription_id)

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(act, turn) for turn in range(2) for act in (look_again, reconcile)]:
            done.result()
    assert Decimal("2.34") in [found.amount for found in corrections(work, sold)]


def test_late_usage_of_what_a_subscription_corrected_before_is_corrected_too(work: Work) -> None:
    """At least 15 USD a period; it ends where its only part was billed, so that the minimum was owed with it."""
    sold = bill_in_parts(work, Commitment(minimum=Decimal(15)), 10)
    with work(now=MID_JAN) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id)
    clockwork.run_due("default", now=MID_JAN + 2 * HOUR)
    assert claimed(work, MID_FEB) == Decimal(15)
    use_late(work, 10, JAN + timedelta(days=4))
    assert claimed(work, MID_FEB) == Decimal(20)
