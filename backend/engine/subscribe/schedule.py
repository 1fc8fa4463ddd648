"""The lines a subscription is billed by: one per item version and service period, each with a lasting identity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from backend.engine.period import FOREVER, Period, truncate
from backend.engine.rate.prices import Flat, PaymentTerm, Price
from backend.engine.subscribe.align import billing_period_at, full_service_periods, item_period
from backend.engine.subscribe.view import ItemView, PhaseView, SubscriptionView


@dataclass(frozen=True, slots=True)
class ScheduledLine:
    """One line to bill. Its reference stays the same whenever the schedule is made again.

    `full_service_period` is what the price is for, `service_period` the part of it in which the item is in force, and
    `billing_period` the cycle it is invoiced with; all cut to whole seconds.
    """

    reference: str
    phase: PhaseView
    item: ItemView
    price: Price
    service_period: Period
    full_service_period: Period
    billing_period: Period

    @property
    def invoice_at(self) -> datetime:
        """Flat prices in advance with the start of the billing period, all else when both periods are over."""
        if self.is_in_advance:
            return self.billing_period.start
        return max(self.service_period.end, self.billing_period.end)

    @property
    def is_in_advance(self) -> bool:
        """Whether it is due when its period begins: only flat prices can be."""
        return _is_in_advance(self.price)

    @property
    def is_billable(self) -> bool:
        """Usage needs at least a second to be metered in; a flat price does not."""
        return isinstance(self.price, Flat) or not self.service_period.is_empty


def schedule(subscription: SubscriptionView, until: datetime) -> Iterator[ScheduledLine]:
    """Every line with `invoice_at` up to and including an instant (compared in whole seconds).

    In the order of phases, items and periods. Items without a price, or never in force, have no lines; one that is
    charged once, in arrears, has none until its end is known. Source: billing spec 2.3.
    """
    for phase in subscription.phases:
        for item in phase.items:
            for line in _lines(subscription, phase, item):
                if line.invoice_at > truncate(until):
                    break
                if line.is_billable:
                    yield line


def _is_in_advance(price: Price) -> bool:
    return isinstance(price, Flat) and price.payment_term is PaymentTerm.IN_ADVANCE


def _lines(subscription: SubscriptionView, phase: PhaseView, item: ItemView) -> Iterator[ScheduledLine]:
    active = item_period(subscription, phase, item)
    if item.price is None or active.is_empty:
        return
    if item.cadence is None and active.end == FOREVER and not _is_in_advance(item.price):
        return
    reference = f"{subscription.id}/{phase.key}/{item.key}/v[{item.version}]"
    for number, (service, full) in enumerate(_service_periods(subscription, item, active)):
        yield ScheduledLine(
            reference=reference if item.cadence is None else f"{reference}/period[{number}]",
            phase=phase,
            item=item,
            price=item.price,
            service_period=service.truncated(),
            full_service_period=full.truncated(),
            billing_period=billing_period_at(subscription, service.start).truncated(),
        )


def _service_periods(subscription: SubscriptionView, item: ItemView, active: Period) -> Iterator[tuple[Period, Period]]:
    """Service period and full service period, one after the other, as long as the item is in force."""
    rhythm = full_service_periods(subscription, item)
    if rhythm is None:
        once = Period(active.start, active.start if active.end == FOREVER else active.end)
        yield once, once
        return
    number = rhythm.index_at(active.start)
    start = active.start
    while start < active.end:
        full = Period(rhythm.occurrence(number), rhythm.occurrence(number + 1))
        yield full.intersect(active), full
        start, number = full.end, number + 1
