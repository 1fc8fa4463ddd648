"""When pending lines are collected, which part of each is billable by then, and when the invoice is drafted and due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period, truncate
from backend.engine.rate.prices import Flat, Price, Volume
from backend.engine.recurrence import Duration, Recurrence

SPLITTABLE = frozenset({Aggregation.SUM, Aggregation.COUNT, Aggregation.MAX, Aggregation.UNIQUE_COUNT})
"""Aggregations whose usage up to a day plus the rest make the whole, so a period can be billed in parts."""


@dataclass(frozen=True, slots=True)
class PendingLine:
    """A line that waits on a gathering invoice; `aggregation` is its meter's, None for a flat price."""

    price: Price
    period: Period
    invoice_at: datetime
    aggregation: Aggregation | None = None


@dataclass(frozen=True, slots=True)
class CollectedLine:
    """A line of a drawn invoice that may still wait for late usage; `collect_until` overrides the usual wait."""

    invoice_at: datetime
    is_metered: bool
    collect_until: datetime | None = None


def next_collection_at(invoice_ats: Iterable[datetime], anchored: Recurrence | None = None) -> datetime | None:
    """When to look at a gathering invoice again: its first due line, moved on to the next anchor if anchored.

    None without lines. Source: billing spec 6.2.
    """
    earliest = min(invoice_ats, default=None)
    if earliest is None or anchored is None:
        return earliest
    return anchored.next_after(earliest, inclusive=True)


def cutoff(as_of: datetime, anchored: Recurrence | None = None) -> datetime:
    """The instant up to which lines are billed: with anchored collection the last anchor, else the instant asked."""
    return as_of if anchored is None else anchored.prev_before(as_of, inclusive=True)


def billable_period(line: PendingLine, as_of: datetime, *, progressive: bool) -> Period | None:
    """The part of a line that can be billed at an instant, or None (billing spec 4.6).

    Flat lines are billed whole once due, usage lines when their period is over too. With progressive billing, those
    that can be split are billed up to the instant, and whole as soon as their period is over.
    """
    at, period = truncate(as_of), line.period.truncated()
    if isinstance(line.price, Flat):
        return period if line.invoice_at <= as_of else None
    in_parts = progressive and line.aggregation in SPLITTABLE and not isinstance(line.price, Volume)
    if at >= period.end:
        return period if in_parts or line.invoice_at <= as_of else None
    return Period(period.start, at) if in_parts and at > period.start else None


def billable_from(line: PendingLine) -> datetime:
    """From when on a whole line can be billed: flat ones once due, usage lines when their period is over too."""
    return line.invoice_at if isinstance(line.price, Flat) else max(line.invoice_at, line.period.truncated().end)


def remaining(full: Period, taken: Iterable[Period]) -> list[Period]:
    """What of a full period no part covers yet, in order: what still has to be gathered (billing spec 3.8)."""
    left, start = [], full.start
    for part in sorted(taken):
        left.append(Period(start, min(part.start, full.end)))
        start = max(start, part.end)
    left.append(Period(start, full.end))
    return [period for period in left if not period.is_empty]


def collection_at(lines: Iterable[CollectedLine], interval: Duration) -> datetime | None:
    """How long a drawn invoice waits for late usage: the latest of its metered lines' waits; None without any."""
    waits = (line.collect_until or interval.after(line.invoice_at) for line in lines if line.is_metered)
    return max(waits, default=None)


def draft_until(created_at: datetime, collected_at: datetime | None, draft_period: Duration) -> datetime:
    """When a draft approves itself: the draft period after collection, or after creation if that is later."""
    return draft_period.after(max(collected_at or created_at, created_at))


def due_at(approved_at: datetime, due_after: Duration) -> datetime:
    """When payment is due, to the second: counted from `draft_until` if the draft approves itself, else issuing."""
    return truncate(due_after.after(approved_at))
