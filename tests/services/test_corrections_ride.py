"""Corrections ride on the customer's next invoice, whichever it is, and credit waits for something to be taken off."""

from datetime import timedelta
from decimal import Decimal

from backend import clockwork
from backend.catalog.models import RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.engine.invoice.lifecycle import State
from backend.engine.period import Period
from backend.engine.rate.prices import Flat, PaymentTerm, Tier, Volume
from backend.engine.recurrence import Duration
from backend.invoicing import service as invoicing
from backend.invoicing.service import PendingLineInput, Upcoming
from backend.invoicing.service.paper import paper
from backend.subscriptions import service as subscriptions
from tests.conftest import Work
from tests.services.company import FEB, MAR, Sold, standard_invoices, tokens_at, use_tokens
from tests.services.test_corrections import (
    APR,
    HOUR,
    MID_FEB,
    MID_JAN,
    bill_february,
    bill_january,
    choose,
    corrections,
    lines_of,
    use_late,
)
from tests.services.test_corrections_follow import claimed, leave_unpaid, void

FALLING = tokens_at(Volume((Tier(Decimal(100), unit=Decimal(1)), Tier(None, unit=Decimal("0.5")))))
"""100 tokens at 1 USD, 101 and more at 0.50 USD: late usage gives money back."""
CREDIT = "Tokens: correction of INV-000001"
LATER = MID_FEB + timedelta(days=1)


def charge_setup(work: Work, sold: Sold, amount: int, at: object) -> None:
    """A person adds a fee that is due at once; what follows from it is done."""
    card = RateCardTerms(
        key="setup",
        name="Setup",
        kind=RateCardKind.FLAT_FEE,
        price=Flat(Decimal(amount), PaymentTerm.IN_ADVANCE),
        billing_cadence=None,
    )
    with work(now=at) as ctx:
        invoicing.add_lines(ctx, sold.customer_id, "USD", [PendingLineInput(card, Period(at, at), at)])
    for now in (at, at + HOUR):
        clockwork.run_due("default", now=now)


def leave(work: Work, sold: Sold, at: object) -> None:
    with work(now=at) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id)
    for now in (at, at + HOUR):
        clockwork.run_due("default", now=now)


def next_charges(work: Work, sold: Sold, now: object) -> list[Upcoming]:
    with work(now=now, writing=False) as ctx:
        return invoicing.upcoming(ctx, sold.customer_id)


def test_credit_is_taken_off_whatever_is_invoiced_next(work: Work) -> None:
    sold = bill_january(work, FALLING, tokens=100)
    use_late(work, 1)
    charge_setup(work, sold, 60, LATER)
    assert lines_of(work, standard_invoices(work)[-1].id, LATER) == [("Setup", Decimal(60)), (CREDIT, Decimal("-49.5"))]


def test_what_is_owed_more_comes_with_whatever_is_invoiced_next(work: Work) -> None:
    sold = bill_january(work)
    use_late(work, 234)
    charge_setup(work, sold, 60, LATER)
    assert lines_of(work, standard_invoices(work)[-1].id, LATER) == [("Setup", Decimal(60)), (CREDIT, Decimal("2.34"))]


def test_a_correction_of_a_deleted_draft_does_not_come_alone(work: Work) -> None:
    choose(work, draft_period=Duration(days=5))
    sold = bill_january(work)
    clockwork.run_due("default", now=FEB + timedelta(days=6))
    use_late(work, 234)
    charge_setup(work, sold, 60, LATER)
    draft = standard_invoices(work)[-1]
    assert draft.status == State.DRAFT_WAITING_AUTO_APPROVAL
    with work(now=LATER + 2 * HOUR) as ctx:
        invoicing.delete(ctx, draft.id)
    for now in (LATER + 2 * HOUR, LATER + timedelta(days=10)):
        clockwork.run_due("default", now=now)
    assert len([invoice for invoice in standard_invoices(work) if invoice.deleted_at is None]) == 1
    for now in (MAR, MAR + HOUR):
        clockwork.run_due("default", now=now)
    assert [name for name, _ in lines_of(work, standard_invoices(work)[-1].id, MAR)] == ["Tokens", CREDIT]


def test_a_customer_who_left_with_credit_is_charged_nothing_next(work: Work) -> None:
    sold = bill_january(work, FALLING, tokens=100)
    leave(work, sold, MID_FEB)
    use_late(work, 1, stored=MAR)
    [charge] = next_charges(work, sold, APR)
    assert (charge.so_far.total, charge.at_end.total, charge.accrued.total) == (0, 0, 0)
    assert (charge.credit_waiting, charge.charge_at) == (Decimal("49.5"), None)


def test_credit_beyond_the_next_charge_is_told_apart_from_it(work: Work) -> None:
    sold = bill_january(work, FALLING, tokens=100)
    use_late(work, 1)
    [charge] = next_charges(work, sold, MID_FEB)
    assert (charge.so_far.total, charge.credit_waiting, charge.charge_at) == (Decimal(0), Decimal("49.5"), MAR)


def test_a_voided_invoice_hands_the_corrections_on_that_it_carries(work: Work) -> None:
    """February carries 2.34 USD of January; it is voided for good, and the 2.34 USD wait for March."""
    sold = leave_unpaid(work)
    use_tokens(work, 1000, MID_JAN)
    for now in (FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    use_late(work, 234)
    february = bill_february(work)
    assert february.total == Decimal("2.34")
    void(february, MAR + 2 * HOUR)
    assert claimed(work, MAR + 3 * HOUR) == Decimal("12.34")
    use_late(work, 100, stored=MAR + 4 * HOUR)
    assert claimed(work, MAR + 4 * HOUR) == Decimal("13.34")
    assert [found.amount for found in corrections(work, sold, APR)] == [Decimal(1), Decimal("2.34")]


def test_on_paper_a_correction_says_what_was_billed_what_is_due_and_why(work: Work) -> None:
    bill_january(work)
    use_late(work, 234)
    february = bill_february(work)
    with work(now=MAR + HOUR, writing=False) as ctx:
        [printed, _] = paper(ctx, february).lines
    assert (printed.name, printed.amount) == (CREDIT, "$2.34")
    assert printed.steps == (("Billed before", "", "$10.00"), ("Due: usage arrived late", "", "$12.34"))
