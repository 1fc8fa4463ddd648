"""One event opened beside the list: its payload, its times, and what it counts for or why it does not."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import msgspec
import reflex as rx

from backend.customers import service as customers
from backend.engine.meter.extract import BadValue, Measured
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import ExplainedEvent
from backend.subscriptions import service as subscriptions
from portal import boundary
from portal.event_words import dimensions, lateness, worth
from portal.formatting import exact_instant, instant


@dataclass(frozen=True)
class MeasuredRow:
    """What the event is worth to one meter."""

    meter: str
    href: str
    value: str
    dimensions: str
    status: str


@dataclass(frozen=True)
class Opened:
    """The event as text."""

    id: str = ""
    event_id: str = ""
    source: str = ""
    type: str = ""
    subject: str = ""
    customer: str = ""
    customer_href: str = ""
    at: str = ""
    at_exact: str = ""
    stored: str = ""
    stored_exact: str = ""
    late: str = ""
    payload: str = ""
    billed: str = ""
    same_subject: str = ""


class OpenedEventState(rx.State):
    """The event that is open beside the list."""

    event: Opened = Opened()
    measured: list[MeasuredRow] = []
    is_open: bool = False

    @rx.event
    @boundary.command
    async def open(self, row_id: str):
        """Show an event by the id it was stored under."""
        self.event, self.measured = await boundary.read(self, lambda ctx: _opened(ctx, row_id))
        self.is_open = True

    @rx.event
    async def close(self):
        """Go back to the list."""
        self.is_open = False


def _opened(ctx: Context, row_id: str) -> tuple[Opened, list[MeasuredRow]]:
    told = metering.explain_event(ctx, row_id)
    customer = customers.get(ctx, told.customer_id) if told.customer_id else None
    event, late = told.event, lateness(told.event.time, told.event.stored_at)
    shown = Opened(
        id=event.id,
        event_id=event.event_id,
        source=event.source,
        type=event.type,
        subject=event.subject,
        customer=customer.name if customer else "",
        customer_href=f"/customers/{customer.id}" if customer else "",
        at=instant(event.time),
        at_exact=exact_instant(event.time),
        stored=instant(event.stored_at),
        stored_exact=exact_instant(event.stored_at),
        late=late,
        payload=msgspec.json.format(event.data, indent=2) if event.data else "",
        billed=_billed(ctx, told),
        same_subject=f"/events?subject={quote(event.subject)}&range=all",
    )
    return shown, [
        *(_measured(meter, result) for meter, result in told.measured),
        *(_too_early(meter) for meter in told.too_early),
    ]


def _billed(ctx: Context, told: ExplainedEvent) -> str:
    """Why measured usage may still be on no invoice."""
    if told.customer_id is None:
        return "No customer has this subject, so nobody is charged. Give the subject to a customer and it counts."
    found, _ = subscriptions.list_for_customer(ctx, told.customer_id)
    if any(_runs(subscription.active_from, subscription.active_to, told.event.time) for subscription in found):
        return "The customer had a subscription at that time; what its plan prices is billed."
    return "The customer had no subscription at that time, so this usage is measured but not billed."


def _runs(start: datetime, end: datetime | None, at: datetime) -> bool:
    return start <= at and (end is None or at < end)


def _too_early(meter: Meter) -> MeasuredRow:
    reason = f"It happened before the meter begins to count, on {instant(meter.event_from)}."
    return MeasuredRow(meter.name, f"/meters/{meter.id}", reason, "", "not_counted")


def _measured(meter: Meter, result: Measured | BadValue) -> MeasuredRow:
    status = "not_counted" if isinstance(result, BadValue) else "counted"
    return MeasuredRow(meter.name, f"/meters/{meter.id}", worth(result), dimensions(result), status)
