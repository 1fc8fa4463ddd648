"""A subscription as the engine sees it: phases that follow each other, each with the versions of its items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backend.engine.period import FOREVER, Period
from backend.engine.rate.prices import Price
from backend.engine.recurrence import Duration, Recurrence


@dataclass(frozen=True, slots=True)
class ItemView:
    """One version of an item in one phase. No cadence: charged once. No price: free, never billed.

    `version` is the index in the history of this key in this phase; `id` is the caller's, handed through.
    """

    key: str
    version: int
    active_from: datetime
    active_to: datetime | None
    cadence: Duration | None
    price: Price | None
    id: str = ""


@dataclass(frozen=True, slots=True)
class PhaseView:
    """One phase, until the next one starts or the subscription ends."""

    key: str
    active_from: datetime
    active_to: datetime | None
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription with its phases in order; periods are counted from the billing anchor."""

    id: str
    active_from: datetime
    active_to: datetime | None
    billing_anchor: datetime
    billing_cadence: Duration
    phases: tuple[PhaseView, ...]

    @property
    def billing_cycle(self) -> Recurrence:
        """The rhythm of billing periods before they are cut to phases."""
        return Recurrence(self.billing_cadence, self.billing_anchor)

    @property
    def active(self) -> Period:
        """When the subscription is in force."""
        return span(self.active_from, self.active_to)


def span(start: datetime, end: datetime | None) -> Period:
    """The period from start to end; without an end, forever."""
    return Period(start, FOREVER if end is None else end)
