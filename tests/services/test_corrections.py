"""Issued invoices are corrected by later ones: late usage, changes of what was billed, and what a person decides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend import bootstrap, clockwork
from backend.catalog.terms import PhaseTerms, PlanTerms, RateCardTerms
from backend.engine.invoice.lifecycle import State
from backend.engine.rate.prices import Flat, Graduated, PaymentTerm, Tier, Volume
from backend.engine.recurrence import MONTH, Duration
from backend.errors import WrongState
from backend.invoicing import service as invoicing
from backend.invoicing.correction_models import Correction, CorrectionReason, CorrectionStatus
from backend.invoicing.models import Invoice
from backend.invoicing.workflow import CorrectionPolicy, from_document, to_document
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import CustomPlan, Moment
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

HOUR = timedelta(hours=1)
MID_JAN = datetime(2026, 1, 11, tzinfo=UTC)
MID_FEB = datetime(2026, 2, 11, tzinfo=UTC)
APR = datetime(2026, 4, 1, tzinfo=UTC)


def lines_of(work: Work, invoice_id: str, now: datetime) -> list[tuple[str, Decimal]]:
    with work(now=now, writing=False) as ctx:
        shown = invoicing.view(ctx, invoicing.get(ctx, invoice_id))
        return sorted((line.line.name, line.totals.total) for line in shown.lines)


def bill_january(work: Work, *cards: RateCardTerms, tokens: int = 1000) -> Sold:
    """January is over and its invoice is issued and paid."""
    sold = sell(work, cards=cards or (TOKENS,))
    use_tokens(work, tokens, MID_JAN)
    clockwork.run_due("default", now=JAN)
    clockwork.run_due("default", now=FEB)
    clockwork.run_due("default", now=FEB + HOUR)
    return sold


def use_late(work: Work, tokens: int, at: datetime = MID_JAN, *, stored: datetime = MID_FEB) -> None:
    """Tokens that we are told of after their month was billed; what follows from it is done at once."""
    use_tokens(work, tokens, at, stored=stored)
    clockwork.run_due("default", now=stored)


def bill_february(work: Work) -> Invoice:
    clockwork.run_due("default", now=MAR)
    clockwork.run_due("default", now=MAR + HOUR)
    return standard_invoices(work)[-1]


def support(amount: Decimal) -> CustomPlan:
    """A plan for one customer: a monthly fee, paid in advance."""
    card = replace(PLATFORM_IN_ADVANCE, key="support", name="Support", price=Flat(amount, PaymentTerm.IN_ADVANCE))
    return CustomPlan("USD", PlanTerms("Support", MONTH, (PhaseTerms("only", "Only", (card,)),)))


def choose(work: Work, **settings: Any) -> None:
    """Settings of the default billing profile."""
    bootstrap.ensure_billing("default")
    with work() as ctx:
        profile = invoicing.default_profile(ctx)
        profile.workflow = to_document(replace(from_document(profile.workflow), **settings))
        ctx.session.add(profile)


def corrections(work: Work, sold: Sold, now: datetime = MID_FEB) -> list[Correction]:
    with work(now=now, writing=False) as ctx:
        return list(invoicing.corrections_of_customer(ctx, sold.customer_id))


def test_usage_that_comes_after_its_invoice_is_billed_with_the_next_one(work: Work) -> None:
    sold = bill_january(work)
    use_late(work, 234)
    [found] = corrections(work, sold)
    assert (found.billed, found.due, found.amount) == (Decimal(10), Decimal("12.34"), Decimal("2.34"))
    assert found.status == CorrectionStatus.BOOKED
    [january] = standard_invoices(work)
    february = bill_february(work)
    assert lines_of(work, february.id, MAR) == [
        ("Tokens", Decimal(0)),
        (f"Tokens: correction of {january.number}", Decimal("2.34")),
    ]
    assert [invoice.total for invoice in standard_invoices(work)] == [Decimal(10), Decimal("2.34")]


def test_looking_again_corrects_nothing_twice(work: Work) -> None:
    sold = bill_january(work)
    use_late(work, 234)
    [january] = standard_invoices(work)
    for _ in range(2):
        with work(now=MID_FEB) as ctx:
            invoicing.check_invoice(ctx, january.id)
    assert [found.amount for found in corrections(work, sold)] == [Decimal("2.34")]
    bill_february(work)
    with work(now=MAR + HOUR) as ctx:
        invoicing.check_invoice(ctx, january.id)
    assert [found.amount for found in corrections(work, sold)] == [Decimal("2.34")]


def test_more_late_usage_grows_a_correction_that_waits_and_follows_one_that_is_billed(work: Work) -> None:
    sold = bill_january(work)
    use_late(work, 100)
    use_late(work, 200, stored=MID_FEB + HOUR)
    assert [found.amount for found in corrections(work, sold)] == [Decimal(3)]
    bill_february(work)
    use_late(work, 400, stored=MAR + 2 * HOUR)
    assert [(found.number, found.amount) for found in corrections(work, sold)] == [(2, Decimal(4)), (1, Decimal(3))]


def test_a_late_maximum_takes_back_no_more_than_the_next_invoice_comes_to(work: Work) -> None:
    """Volume prices fall as usage grows: 100 tokens at 1 USD, 101 and more at 0.50 USD."""
    tiers = (Tier(Decimal(100), unit=Decimal(1)), Tier(None, unit=Decimal("0.5")))
    sold = bill_january(work, tokens_at(Volume(tiers)), tokens=100)
    use_late(work, 1)
    [found] = corrections(work, sold)
    assert (found.billed, found.due, found.amount) == (Decimal(100), Decimal("50.5"), Decimal("-49.5"))
    use_tokens(work, 20, MID_FEB)
    february = bill_february(work)
    assert (february.total, february.status) == (Decimal(0), State.PAID)
    [gathering] = gathering_invoices(work)
    assert ("Tokens: correction of INV-000001", Decimal("-29.5")) in lines_of(work, gathering.id, MAR)
    use_tokens(work, 50, MAR + timedelta(days=3))
    clockwork.run_due("default", now=APR)
    clockwork.run_due("default", now=APR + HOUR)
    assert standard_invoices(work)[-1].total == Decimal("20.5")
    assert [correction.amount for correction in corrections(work, sold, APR)] == [Decimal("-49.5")]


def test_what_is_given_back_makes_no_invoice_of_its_own(work: Work) -> None:
    tiers = (Tier(Decimal(100), unit=Decimal(1)), Tier(None, unit=Decimal("0.5")))
    sold = bill_january(work, tokens_at(Volume(tiers)), tokens=100)
    with work(now=MID_FEB) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id)
    clockwork.run_due("default", now=MID_FEB)
    clockwork.run_due("default", now=MID_FEB + HOUR)
    issued = len(standard_invoices(work))
    use_late(work, 1, stored=MAR)
    clockwork.run_due("default", now=APR)
    assert len(standard_invoices(work)) == issued
    [gathering] = gathering_invoices(work)
    assert lines_of(work, gathering.id, APR) == [("Tokens: correction of INV-000001", Decimal("-49.5"))]


def test_a_person_decides_when_the_profile_says_ask(work: Work) -> None:
    choose(work, corrections=CorrectionPolicy.ASK)
    sold = bill_january(work)
    use_late(work, 100)
    [waiting] = corrections(work, sold)
    assert (waiting.amount, waiting.status) == (Decimal(1), CorrectionStatus.WAITING)
    with work(now=MID_FEB) as ctx:
        invoicing.dismiss_correction(ctx, waiting.id)
    use_late(work, 200, stored=MID_FEB + HOUR)
    second, first = corrections(work, sold)
    assert (first.status, second.amount) == (CorrectionStatus.DISMISSED, Decimal(2))
    with work(now=MID_FEB + HOUR) as ctx:
        invoicing.accept_correction(ctx, second.id)
    with work(now=MID_FEB + HOUR) as ctx, pytest.raises(WrongState):
        invoicing.dismiss_correction(ctx, second.id)
    assert bill_february(work).total == Decimal(2)


def test_differences_below_an_amount_are_ignored_until_they_add_up(work: Work) -> None:
    choose(work, corrections_ignored_below=Decimal(5))
    sold = bill_january(work)
    use_late(work, 499)
    assert corrections(work, sold) == []
    use_late(work, 1, stored=MID_FEB + HOUR)
    assert [found.amount for found in corrections(work, sold)] == [Decimal(5)]


def test_a_draft_metered_for_good_is_corrected_once_it_is_issued(work: Work) -> None:
    choose(work, draft_period=Duration(days=20))
    sold = bill_january(work)
    use_late(work, 100)
    assert corrections(work, sold) == []
    clockwork.run_due("default", now=FEB + timedelta(days=21))
    assert [found.amount for found in corrections(work, sold)] == [Decimal(1)]


def test_parts_of_a_period_are_corrected_together(work: Work) -> None:
    """10 USD for the first 1,000 tokens flat, 0.02 USD for each one after; billed on the 11th and at the end."""
    tiers = (Tier(Decimal(1000), flat=Decimal(10)), Tier(None, unit=Decimal("0.02")))
    sold = sell(work, cards=(tokens_at(Graduated(tiers)),))
    clockwork.run_due("default", now=JAN)
    use_tokens(work, 900, JAN + timedelta(days=3))
    with work(now=MID_JAN) as ctx:
        invoicing.invoice_now(ctx, sold.customer_id)
    clockwork.run_due("default", now=MID_JAN + HOUR)
    use_tokens(work, 200, JAN + timedelta(days=20))
    for now in (FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    assert [invoice.total for invoice in standard_invoices(work)] == [Decimal(10), Decimal(2)]
    use_late(work, 300, JAN + timedelta(days=4))
    found = corrections(work, sold)
    assert sorted(correction.amount for correction in found) == [Decimal(2), Decimal(4)]


def test_a_fee_paid_in_advance_is_given_back_when_the_plan_is_left_early(work: Work) -> None:
    """20 USD were paid for January; of its 31 days 10 were used."""
    sold = sell(work, cards=(PLATFORM_IN_ADVANCE,))
    clockwork.run_due("default", now=JAN)
    with work(now=MID_JAN) as ctx:
        subscriptions.change(
            ctx,
            sold.subscription_id,
            subscriptions.PlanChange(custom_plan=support(Decimal(31)), timing=Moment.IMMEDIATE),
        )
    clockwork.run_due("default", now=MID_JAN)
    [found] = corrections(work, sold)
    assert (found.reason, found.billed, found.due) == (CorrectionReason.SUBSCRIPTION, Decimal(20), Decimal("6.45"))
    bought = standard_invoices(work)[-1]
    assert lines_of(work, bought.id, MID_JAN) == [
        ("Platform: correction of INV-000001", Decimal("-13.55")),
        ("Support", Decimal(21)),
    ]
