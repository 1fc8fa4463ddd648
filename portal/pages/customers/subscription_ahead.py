"""What is to happen to a subscription, in words: phases and items that start, change or end, and its own end."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby, pairwise

from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from backend.subscriptions.service.read import ItemDetail, PhaseDetail
from portal.formatting import instant
from portal.sold_words import item_allowance, item_price, plan_title

Event = tuple[datetime, str]


def ahead(ctx: Context, row: Subscription, phases: Sequence[PhaseDetail]) -> list[str]:
    """What is to come, the earliest first: `1 Mar 2026, 00:00 UTC: Tokens changes to $3.00 per 1,000,000`."""
    found = [(phase.lasting.start, f"the phase {phase.row.name} starts") for phase in phases]
    for phase in phases:
        found += _changes(phase, row.currency)
    if row.active_to is not None:
        found.append((row.active_to, f"the subscription ends{_follows(ctx, row)}"))
    return [f"{instant(at)}: {text}" for at, text in sorted(found) if at > ctx.now]


def _changes(phase: PhaseDetail, currency: str) -> Iterator[Event]:
    """What happens to items in the midst of a phase; versions that follow each other are one thing that changes."""
    living = sorted(
        (item for item in phase.items if not item.lasting.is_empty), key=lambda item: (item.row.key, item.lasting)
    )
    for _, versions in groupby(living, key=lambda item: item.row.key):
        found = list(versions)
        first, last = found[0], found[-1]
        if first.lasting.start != phase.lasting.start:
            yield _starts(first, currency)
        for before, after in pairwise(found):
            if before.lasting.end == after.lasting.start:
                yield after.lasting.start, f"{after.row.name} changes to {_difference(before, after, currency)}"
            else:
                yield before.lasting.end, f"{before.row.name} ends"
                yield _starts(after, currency)
        if last.lasting.end != phase.lasting.end:
            yield last.lasting.end, f"{last.row.name} ends"


def _starts(item: ItemDetail, currency: str) -> Event:
    return item.lasting.start, f"{item.row.name} starts, {item_price(item.row, currency)}"


def _difference(before: ItemDetail, after: ItemDetail, currency: str) -> str:
    """What is new about the price and about what is included."""
    was, becomes = (
        (item_price(item.row, currency), item_allowance(item.row) or "no limit") for item in (before, after)
    )
    return ", ".join(new for old, new in zip(was, becomes, strict=True) if old != new) or "its other terms"


def _follows(ctx: Context, row: Subscription) -> str:
    """What comes after a subscription that another one takes the place of."""
    if row.superseding_id is None:
        return ""
    return f", and {plan_title(subscriptions.get(ctx, row.superseding_id))} follows"
