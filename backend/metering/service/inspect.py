"""Stored events as people look at them: whose they are, and why one of them does not count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from backend.customers import service as customers
from backend.engine.meter.extract import BadValue, Measured
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.models import UsageEvent
from backend.ingest.service import EventFilter, EventSearch
from backend.metering import repository
from backend.metering.measure import Measure, measuring
from backend.metering.models import Meter

MOST_INSPECTED, AT_ONCE = 5_000, 500


class Uncounted(StrEnum):
    """Why an event does not count, in the words that its problem begins with."""

    NO_METER = "no meter found"
    BAD_VALUE = "invalid event"
    NO_CUSTOMER = "no customer found"


@dataclass(frozen=True, slots=True)
class InspectedEvent:
    """An event, its customer if it has one, and a sentence for each reason why it does not count."""

    event: UsageEvent
    customer_id: str | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplainedEvent:
    """An event, its customer if it has one, and for each meter what it measured or why it did not.

    `too_early` are the meters of its type that begin to count later.
    """

    event: UsageEvent
    customer_id: str | None
    measured: tuple[tuple[Meter, Measured | BadValue], ...]
    too_early: tuple[Meter, ...] = ()


def list_events(
    ctx: Context, wanted: EventFilter, *, customer_ids: Sequence[str] = (), limit: int = 100, offset: int = 0
) -> list[InspectedEvent]:
    """The newest events that match, of some customers or of all, inspected (metering spec 4).

    NotFound when a customer does not exist.
    """
    if customer_ids:
        wanted = replace(wanted, subjects=_subjects(ctx, customer_ids))
    return inspect(ctx, ingest.list_events(ctx, wanted, limit, offset))


def find_events(
    ctx: Context, search: EventSearch, *, customer_ids: Sequence[str] = (), limit: int = 100
) -> list[InspectedEvent]:
    """The events that match a search, of some customers or of all, inspected. NotFound when a customer is unknown."""
    if customer_ids:
        search = replace(search, subjects=_subjects(ctx, customer_ids))
    return inspect(ctx, ingest.find_events(ctx, search, limit))


def list_uncounted(
    ctx: Context,
    wanted: EventFilter,
    *,
    because: Uncounted | None = None,
    customer_ids: Sequence[str] = (),
    limit: int = 100,
    offset: int = 0,
) -> list[InspectedEvent]:
    """The newest events that match and have a problem, any or one, found among the newest MOST_INSPECTED that match."""
    found: list[InspectedEvent] = []
    for start in range(0, MOST_INSPECTED, AT_ONCE):
        some = list_events(ctx, wanted, customer_ids=customer_ids, limit=AT_ONCE, offset=start)
        found += [inspected for inspected in some if any(text.startswith(because or "") for text in inspected.problems)]
        if len(some) < AT_ONCE or len(found) >= offset + limit:
            break
    return found[offset : offset + limit]


def explain_event(ctx: Context, row_id: str) -> ExplainedEvent:
    """What one stored event is worth to each meter of its type, oldest meter first. Raises NotFound."""
    event = ingest.get_event(ctx, row_id)
    meters = repository.of_types(ctx, [event.type])
    early = [meter for meter in meters if meter.event_from is not None and event.time < meter.event_from]
    return ExplainedEvent(
        event=event,
        customer_id=customers.owners(ctx, [event.subject]).get(event.subject),
        measured=tuple((meter, measuring(meter.definition)(event.data)) for meter in meters if meter not in early),
        too_early=tuple(early),
    )


def unmatched_subjects(ctx: Context, since: datetime) -> dict[str, int]:
    """Subject → its events since an instant, of the subjects that no customer has: usage that nobody pays."""
    events = ingest.events_by_subject(ctx, since)
    owned = customers.owners(ctx, events.keys())
    return {subject: count for subject, count in events.items() if subject not in owned}


def inspect(ctx: Context, events: Sequence[UsageEvent]) -> list[InspectedEvent]:
    """Find each event's customer and problems with the meters and customers of this moment."""
    owners = customers.owners(ctx, {event.subject for event in events})
    measures: dict[str, list[Measure]] = {}
    for meter in repository.of_types(ctx, {event.type for event in events}):
        measures.setdefault(meter.event_type, []).append(measuring(meter.definition))
    inspected = []
    for event in events:
        results = [measure(event.data) for measure in measures.get(event.type, [])]
        problems = [result.reason for result in results if isinstance(result, BadValue)]
        if event.type not in measures:
            problems.append(f"{Uncounted.NO_METER} for event type: {event.type}")
        if event.subject not in owners:
            problems.append(f"{Uncounted.NO_CUSTOMER} for event subject: {event.subject}")
        inspected.append(InspectedEvent(event, owners.get(event.subject), tuple(dict.fromkeys(problems))))
    return inspected


def _subjects(ctx: Context, customer_ids: Sequence[str]) -> list[str]:
    named = [customers.get(ctx, customer_id) for customer_id in customer_ids]
    return [subject for customer in named for subject in customers.usage_subjects(ctx, customer)]
