"""Whenever and however often a subscription is reconciled, the same lines wait to be billed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from backend import bootstrap
from backend.engine.period import Period
from backend.engine.rate.prices import Flat, PaymentTerm, Unit
from backend.engine.subscribe.edit import RemoveItem
from backend.errors import DomainError
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import ItemAddition, Moment, SubscriptionEdit
from tests.conftest import Work
from tests.services.company import (
    JAN,
    PLATFORM_IN_ADVANCE,
    SUPPORT_IN_ARREARS,
    TOKENS,
    Sold,
    gathering_invoices,
    sell,
    tokens_at,
)

Act = Callable[[Context, str], object]
Fact = tuple[str, Period, datetime, str]
LATER = JAN + timedelta(days=70)


def acts(random: Random) -> Iterator[tuple[datetime, Act]]:
    """A few changes of mind within seventy days."""
    for day in sorted(random.sample(range(1, 69), 6)):
        yield JAN + timedelta(days=day, hours=random.randrange(24)), random.choice(CHANGES)


def cancel(ctx: Context, subscription_id: str) -> object:
    return subscriptions.cancel(ctx, subscription_id, Moment.NEXT_BILLING_CYCLE)


def resume(ctx: Context, subscription_id: str) -> object:
    return subscriptions.unschedule_cancelation(ctx, subscription_id)


def dearer(ctx: Context, subscription_id: str) -> object:
    return _edit(ctx, subscription_id, ItemAddition("default", tokens_at(Unit(Decimal("0.02")))))


def without_support(ctx: Context, subscription_id: str) -> object:
    return _edit(ctx, subscription_id, RemoveItem("default", "support"))


def another_fee(ctx: Context, subscription_id: str) -> object:
    price = Flat(Decimal(33), PaymentTerm.IN_ARREARS)
    return _edit(ctx, subscription_id, ItemAddition("default", replace(SUPPORT_IN_ARREARS, price=price)))


def _edit(ctx: Context, subscription_id: str, change: ItemAddition | RemoveItem) -> object:
    return subscriptions.edit(ctx, subscription_id, SubscriptionEdit((change,)))


CHANGES: tuple[Act, ...] = (cancel, resume, dearer, without_support, another_fee)


@pytest.mark.parametrize("seed", range(4))
def test_reconciling_by_steps_twice_or_only_at_the_end_gives_the_same(work: Work, seed: int) -> None:
    by_steps, at_the_end = (
        sell(work, customer=name, cards=(PLATFORM_IN_ADVANCE, SUPPORT_IN_ARREARS, TOKENS))
        for name in ("acme", "globex")
    )
    bootstrap.ensure_billing("default")
    sync(work, by_steps, JAN)
    for at, act in acts(Random(seed)):
        for sold in (by_steps, at_the_end):
            attempt(work, sold, at, act)
        sync(work, by_steps, at)
        once = lines_of(work, by_steps)
        sync(work, by_steps, at)
        assert lines_of(work, by_steps) == once
    for sold in (by_steps, at_the_end):
        sync(work, sold, LATER)
    assert lines_of(work, by_steps) == lines_of(work, at_the_end) != []


def attempt(work: Work, sold: Sold, at: datetime, act: Act) -> None:
    """What is refused changes nothing."""
    try:
        with work(now=at) as ctx:
            act(ctx, sold.subscription_id)
    except DomainError:
        return


def sync(work: Work, sold: Sold, at: datetime) -> None:
    with work(now=at) as ctx:
        invoicing.sync(ctx, sold.subscription_id)


def lines_of(work: Work, sold: Sold) -> list[Fact]:
    """The lines that wait, without the ids that differ from one subscription to another."""
    found = []
    with work(now=LATER, writing=False) as ctx:
        for gathering in gathering_invoices(work):
            if gathering.customer_id == sold.customer_id:
                for line in invoicing.view(ctx, gathering).lines:
                    row = line.line
                    reference = (row.reference or "").removeprefix(sold.subscription_id)
                    period = Period(row.period_start, row.period_end)
                    found.append((reference, period, row.invoice_at, str(line.totals.total)))
    return sorted(found)
