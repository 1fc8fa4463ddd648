"""The year of Northwind AI as dated acts: who joins, upgrades and leaves, and what is used every day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from backend.customers import service as customers
from backend.engine.period import Period
from backend.engine.recurrence import DAY, MONTH, Recurrence
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.integrations.sandbox.app import OUTCOME
from backend.seed import offer
from backend.seed.cast import CAST, Buyer
from backend.seed.usage import events_of, oddities, within
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import Moment, SubscriptionInput

MONTHS = 12
PRICE_RISE_MONTH = 6
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody does at a time; usage alone has no consequences before its period ends."""

    at: datetime
    do: Callable[[Context], object]
    has_consequences: bool = True


def opening(now: datetime) -> datetime:
    """When the story begins: with the first of the month, a year before the present one."""
    this_month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return MONTH.after(this_month, -MONTHS)


def tell(now: datetime) -> list[Act]:
    """Everything that happens until now, in the order of time."""
    start = opening(now)
    acts = [Act(start, offer.open_shop), Act(_month(start, PRICE_RISE_MONTH) + 15 * HOUR, offer.raise_price)]
    for buyer in CAST:
        acts += _life(buyer, start)
    acts += _usage(start, now)
    return sorted((act for act in acts if act.at <= now), key=lambda act: act.at)


def _life(buyer: Buyer, start: datetime) -> Iterator[Act]:
    joined = joined_at(buyer, start)
    yield Act(joined, lambda ctx: _join(ctx, buyer, start))
    if buyer.upgrade is not None:
        month, plan = buyer.upgrade
        yield Act(_month(start, month) + 10 * 24 * HOUR, lambda ctx: _upgrade(ctx, buyer, plan))
    if buyer.leaves_month is not None:
        yield Act(_month(start, buyer.leaves_month) + 18 * 24 * HOUR, lambda ctx: _leave(ctx, buyer))
    if buyer.trouble is not None:
        month, outcome = buyer.trouble
        yield Act(_month(start, month), partial(_stop_paying, buyer=buyer, outcome=outcome), has_consequences=False)


def joined_at(buyer: Buyer, start: datetime) -> datetime:
    """When a customer joins: in the morning of a day of their own."""
    return _month(start, buyer.joined_month) + timedelta(days=buyer.joined_day, hours=9, minutes=buyer.joined_day)


def _join(ctx: Context, buyer: Buyer, start: datetime) -> None:
    customer = customers.create(ctx, buyer.as_input())
    subscriptions.create(ctx, SubscriptionInput(customer.id, buyer.plan, billing_anchor=start))


def _upgrade(ctx: Context, buyer: Buyer, plan: str) -> None:
    """Change plans with the billing cycle, so that no day is paid twice."""
    ending = _leave(ctx, buyer)
    assert ending.active_to is not None
    subscriptions.create(
        ctx,
        SubscriptionInput(buyer.key, plan, timing=ending.active_to, billing_anchor=ending.billing_anchor),
    )


def _leave(ctx: Context, buyer: Buyer) -> Subscription:
    customer = customers.get(ctx, buyer.key)
    current = subscriptions.current(ctx, [customer.id])[customer.id]
    return subscriptions.cancel(ctx, current.id, Moment.NEXT_BILLING_CYCLE)


def _stop_paying(ctx: Context, *, buyer: Buyer, outcome: str) -> None:
    """From now on the sandbox lets this customer's payments end in another way."""
    customers.update(ctx, buyer.key, buyer.as_input(**{OUTCOME: outcome}))


def _usage(start: datetime, now: datetime) -> Iterator[Act]:
    """A request with the events of all customers four times a month; for the last day one an hour, as they happen."""
    edges = [edge for edge in _edges(start, now) if edge < now]
    for part in map(Period, edges, [*edges[1:], now]):
        send = partial(_send, part=part, start=start, now=now)
        yield Act(max(part.end - SECOND, part.start), send, has_consequences=False)


def _edges(start: datetime, now: datetime) -> Iterator[datetime]:
    """Where one request with usage ends and the next begins; none reaches over the end of a month."""
    last_day = Recurrence(DAY, start).period_at(now - 24 * HOUR).start
    quarters = [_month(start, month) + 7 * quarter * 24 * HOUR for month in range(MONTHS + 1) for quarter in range(4)]
    yield from (quarter for quarter in quarters if quarter < last_day)
    yield from (last_day + hour * HOUR for hour in range(48))


def _send(ctx: Context, *, part: Period, start: datetime, now: datetime) -> None:
    days = Recurrence(DAY, start)
    events: list[CloudEvent] = []
    for number in range(days.index_at(part.start), days.index_at(ctx.now) + 1):
        day = days.occurrence(number)
        events += oddities(day) if day > now - 48 * HOUR else []
        for buyer in CAST:
            months = (day.year - start.year) * 12 + day.month - start.month - buyer.joined_month
            gone = buyer.leaves_month is not None and months + buyer.joined_month > buyer.leaves_month
            if joined_at(buyer, start) < day and not gone:
                events += events_of(buyer, day, months)
    ingest.ingest(ctx, within(events, Period(part.start, ctx.now + SECOND)))


def _month(start: datetime, number: int) -> datetime:
    return MONTH.after(start, number)
