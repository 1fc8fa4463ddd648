"""Events as the table and the file show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.customers import service as customers
from backend.customers.service import CustomerFilter
from backend.infra.context import Context
from backend.metering.service import InspectedEvent
from portal.event_words import lateness, sentence, status_of
from portal.formatting import ago, exact_instant
from portal.sheet import Cell, Sheet, check_size

COLUMNS = (
    "time",
    "stored_at",
    "type",
    "subject",
    "customer_id",
    "customer_name",
    "source",
    "id",
    "status",
    "why",
    "data",
)
SHORT = 70


@dataclass(frozen=True)
class EventRow:
    """An event as the table shows it."""

    id: str
    at: str
    at_exact: str
    late: str
    type: str
    subject: str
    customer: str
    customer_href: str
    data: str
    status: str
    why: str


def event_rows(ctx: Context, found: Sequence[InspectedEvent]) -> list[EventRow]:
    """Events as text."""
    names = _names(ctx, found)
    return [to_row(inspected, names, ctx.now) for inspected in found]


def to_row(inspected: InspectedEvent, names: dict[str, str], now: datetime) -> EventRow:
    """An event as text."""
    event, customer_id = inspected.event, inspected.customer_id or ""
    data, late = event.data or "", lateness(event.time, event.stored_at)
    return EventRow(
        id=event.id,
        at=ago(event.time, now),
        at_exact=exact_instant(event.time),
        late=f"stored {late}" if late else "",
        type=event.type,
        subject=event.subject,
        customer=names.get(customer_id, ""),
        customer_href=f"/customers/{customer_id}",
        data=data if len(data) <= SHORT else f"{data[:SHORT]}…",
        status=status_of(inspected.problems),
        why=" ".join(sentence(problem) for problem in inspected.problems),
    )


def events_sheet(ctx: Context, found: Sequence[InspectedEvent]) -> Sheet:
    """Events as a file, each whole."""
    check_size(len(found))
    names = _names(ctx, found)

    def lines() -> Iterator[Sequence[Cell]]:
        for inspected in found:
            event = inspected.event
            yield (
                event.time,
                event.stored_at,
                event.type,
                event.subject,
                inspected.customer_id,
                names.get(inspected.customer_id or ""),
                event.source,
                event.event_id,
                status_of(inspected.problems),
                " ".join(sentence(problem) for problem in inspected.problems),
                event.data,
            )

    return Sheet("events", COLUMNS, lines())


def _names(ctx: Context, found: Sequence[InspectedEvent]) -> dict[str, str]:
    ids = {inspected.customer_id for inspected in found if inspected.customer_id}
    known, _ = customers.list_customers(ctx, CustomerFilter(ids=ids), limit=len(ids) or 1)
    return {customer.id: customer.name for customer in known}
