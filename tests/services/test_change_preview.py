"""What a change of a subscription means in money is told before it is made, and telling it changes nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import SQLModel, func, select

from backend import clockwork
from backend.catalog.models import RateCardKind
from backend.catalog.service import plans
from backend.catalog.terms import PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.engine.rate.prices import Flat, PaymentTerm
from backend.engine.recurrence import MONTH
from backend.errors import Forbidden
from backend.infra.context import Context, unit_of_work
from backend.invoicing import service as invoicing
from backend.invoicing.models import InvoiceKind
from backend.invoicing.service import ChangePreview, InvoiceFilter
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import Moment, PlanChange
from tests.conftest import Work
from tests.services.company import FEB, JAN, TOKENS, Sold, sell, use_tokens

D = Decimal
MID_JANUARY = JAN + timedelta(days=15, hours=12)


@pytest.fixture
def sold(work: Work) -> Sold:
    """$20 a month in advance, paid on January 1st; a cent a token, 1,000 of them by mid-January."""
    sold = sell(work)
    clockwork.run_due("default", now=JAN)
    use_tokens(work, 1000, JAN + timedelta(days=3))
    clockwork.run_due("default", now=MID_JANUARY)
    return sold


def preview(sold: Sold, change: Callable[[Context], object], now: datetime = MID_JANUARY) -> ChangePreview:
    with unit_of_work(now=now, rehearsal=True) as ctx:
        [found] = invoicing.preview_change(ctx, sold.customer_id, lambda: change(ctx))
        return found


def everything(work: Work) -> dict[str, int]:
    with work() as ctx:
        return {
            table.name: ctx.session.exec(select(func.count()).select_from(table)).one()
            for table in SQLModel.metadata.sorted_tables
        }


def test_canceling_now_makes_the_usage_due_and_takes_the_next_fee_away(sold: Sold, work: Work) -> None:
    """Half of the fee that was paid for the month is given back: as much as the tokens come to."""
    found = preview(sold, lambda ctx: subscriptions.cancel(ctx, sold.subscription_id))
    assert (found.currency, found.due_now, found.after) == ("USD", D("0.00"), None)
    assert found.before is not None
    assert (found.before.at, found.before.total) == (FEB, D("40.00"))  # half the month is over: tokens twice
    changed = {(line.name, line.before, line.after, line.due_now) for line in found.lines}
    assert changed == {
        ("Tokens", D("20.00"), D("10.00"), True),
        ("Platform", D("20.00"), None, False),
        ("Platform: correction of INV-000001", None, D("-10.00"), True),
    }


def test_canceling_with_the_cycle_only_takes_the_next_fee_away(sold: Sold) -> None:
    found = preview(sold, lambda ctx: subscriptions.cancel(ctx, sold.subscription_id, Moment.NEXT_BILLING_CYCLE))
    assert found.due_now == 0
    assert found.before is not None
    assert found.after is not None
    assert (found.before.total, found.after.total) == (D("40.00"), D("20.00"))


def test_an_upgrade_says_what_is_due_now(sold: Sold, work: Work) -> None:
    gold = RateCardTerms("platform", "Gold", RateCardKind.FLAT_FEE, Flat(D(62), PaymentTerm.IN_ADVANCE), MONTH)
    with work(now=JAN) as ctx:
        terms = PlanTerms("Gold", MONTH, (PhaseTerms("main", "Main", (gold, TOKENS)),))
        plans.publish(ctx, plans.create(ctx, PlanInput("gold", "USD", terms)).row.id)
    found = preview(sold, lambda ctx: subscriptions.change(ctx, sold.subscription_id, PlanChange(plan_key="gold")))
    due = {line.name: line.after for line in found.lines if line.due_now}
    assert due == {
        "Tokens": D("10.00"),
        "Gold": D("31.00"),  # half a month of the new fee
        "Platform: correction of INV-000001": D("-10.00"),  # and of the old one
    }
    assert found.due_now == D("31.00")
    assert found.after is not None
    assert (found.after.at, found.after.total) == (FEB, D("62.00"))


@pytest.mark.parametrize("moment", [Moment.IMMEDIATE, Moment.NEXT_BILLING_CYCLE])
def test_what_was_told_is_what_is_charged(sold: Sold, work: Work, moment: Moment) -> None:
    told = preview(sold, lambda ctx: subscriptions.cancel(ctx, sold.subscription_id, moment))
    with work(now=MID_JANUARY) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id, moment)
    clockwork.run_due("default", now=MID_JANUARY)
    with work(now=MID_JANUARY) as ctx:
        drawn, _ = invoicing.list_invoices(ctx, InvoiceFilter(kinds=(InvoiceKind.STANDARD,)))
        assert sum(found.total for found in drawn) - D(20) == told.due_now


def test_a_preview_leaves_no_trace(sold: Sold, work: Work) -> None:
    before = everything(work)

    def cancel(ctx: Context) -> None:
        subscriptions.cancel(ctx, sold.subscription_id)

    assert preview(sold, cancel) == preview(sold, cancel)
    assert everything(work) == before
    with work(now=MID_JANUARY) as ctx:
        assert subscriptions.get(ctx, sold.subscription_id).active_to is None


def test_a_change_that_is_refused_is_refused_in_its_preview(sold: Sold, work: Work) -> None:
    with pytest.raises(Forbidden):
        preview(sold, lambda ctx: subscriptions.unschedule_cancelation(ctx, sold.subscription_id))
