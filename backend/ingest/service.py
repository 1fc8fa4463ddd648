"""What can be done with usage events: take them in once, list them, and stream them to the meters."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Protocol

from backend.errors import NotFound
from backend.infra.bulk import Same
from backend.infra.context import Context
from backend.ingest import cloudevents, keys, repository
from backend.ingest.cloudevents import CloudEvent
from backend.ingest.models import UsageEvent
from backend.ingest.prepare import PreparedEvents, prepare
from backend.ingest.repository import EventFilter, EventOrder, EventSearch, NewEvents, StoredUsage, Usage
from backend.ingest.row_ids import first_row_id, new_row_ids

__all__ = [
    "CloudEvent",
    "EventFilter",
    "EventOrder",
    "EventSearch",
    "Ingested",
    "StoredUsage",
    "Usage",
    "count_events",
    "count_with",
    "event_types",
    "events_by_subject",
    "events_for",
    "find_events",
    "get_event",
    "has_events",
    "heed_with",
    "ingest",
    "ingest_together",
    "last_times",
    "list_events",
    "newest_row_id",
    "stored_late",
    "stored_slice",
    "subjects_of",
]


New = Mapping[str, Sequence[StoredUsage]]
"""Events that are stored in this unit of work, by their type; those of one type in the order of time and, within one
second, of storing."""


class Counting(Protocol):
    """Counts the new events of one unit of work."""

    def measure(self, new: New) -> None:
        """Find out what events are worth, without the database: they are being stored meanwhile."""

    def write(self, ctx: Context) -> None:
        """Keep what was measured."""


StartCounting = Callable[[Context, Collection[str]], Counting]
"""Reads what has to be known to count events of these types."""

Heed = Callable[[Context, New], None]

_by_time = attrgetter("time")
_counters: list[StartCounting] = []
_heeding: list[Heed] = []


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a request: events stored, and events that were here already."""

    stored: int
    duplicates: int


def ingest(ctx: Context, events: Sequence[CloudEvent]) -> Ingested:
    """Store events; of those with one (source, id) the first ever counts, the others are ignored.

    Times default to now and are kept in whole seconds. Invalid, with nothing stored, when one is wrong. They count
    once the unit of work commits. Source: metering spec 2 and 2.1.
    """
    return ingest_together(ctx, [prepare(ctx.namespace, events)])[0]


def ingest_together(ctx: Context, requests: Sequence[PreparedEvents]) -> list[Ingested]:
    """Store the prepared events of several requests, earlier requests first; says what became of each."""
    events = PreparedEvents.of_all(requests)
    new = keys.claim(ctx, set(events.key))
    is_new = [True] * len(new) if len(new) == events.number else _first_of_each(events.key, new)
    if new:
        _store(ctx, events.those(is_new))
    ends = accumulate((request.number for request in requests), initial=0)
    stored = [sum(is_new[start:end]) for start, end in pairwise(ends)]
    return [Ingested(number, request.number - number) for number, request in zip(stored, requests, strict=True)]


def list_events(ctx: Context, wanted: EventFilter, limit: int = 100, offset: int = 0) -> Sequence[UsageEvent]:
    """The events that match, newest first."""
    return repository.newest(ctx, wanted, limit, offset)


def find_events(ctx: Context, search: EventSearch, limit: int = 100) -> Sequence[UsageEvent]:
    """The events that match a search, one page of them (metering spec 4)."""
    return repository.found(ctx, search, limit)


def get_event(ctx: Context, row_id: str) -> UsageEvent:
    """One event by the id it was stored under, which is not the sender's. Raises NotFound."""
    event = repository.by_id(ctx, row_id)
    if event is None:
        raise NotFound(f"There is no stored event {row_id}.")
    return event


def count_events(ctx: Context, start: datetime, end: datetime) -> int:
    """How many events happened in [start, end)."""
    return repository.count(ctx, start, end)


def event_types(ctx: Context) -> Sequence[str]:
    """The different types of all events, sorted."""
    return repository.types(ctx)


def last_times(ctx: Context, event_types: Collection[str]) -> dict[str, datetime]:
    """Type → the time of its newest event; types without events are left out."""
    return repository.last_times(ctx, event_types)


def events_by_subject(ctx: Context, start: datetime) -> dict[str, int]:
    """Subject → how many events it had since an instant."""
    return repository.events_by_subject(ctx, start)


def events_for(
    ctx: Context,
    event_type: str,
    subjects: Collection[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    with_data: bool = True,
    as_stored: bool = False,
) -> Iterator[Usage]:
    """Stream (subject, time, data) of a type's events in [start, end).

    None as subjects means all, an empty collection none. `as_stored` gives them by time and, within one second, in
    the order they were stored; without it the order is not defined.
    """
    if subjects is not None and not subjects:
        return iter(())
    return repository.usage(ctx, event_type, subjects, start, end, with_data=with_data, as_stored=as_stored)


def subjects_of(
    ctx: Context, event_type: str, start: datetime | None = None, end: datetime | None = None
) -> Sequence[str]:
    """The different subjects of a type's events in [start, end), sorted."""
    return repository.subjects(ctx, event_type, start, end)


def has_events(ctx: Context, event_type: str) -> bool:
    """Whether there is any event of this type."""
    return repository.has_events(ctx, event_type)


def newest_row_id(ctx: Context) -> str | None:
    """The greatest id that any event was stored under, of all namespaces."""
    return repository.newest_row_id(ctx)


def stored_slice(
    ctx: Context, event_type: str, after: str, until: str, rows: int
) -> tuple[list[StoredUsage], str | None]:
    """The events of a type among the next `rows` that were stored, with ids behind `after` up to `until`.

    They are in the order of `New`. Also the id that the next slice begins behind; None behind the last.
    """
    events, last = repository.stored_slice(ctx, event_type, after, until, rows)
    events.sort(key=_by_time)
    return events, last


def stored_late(
    ctx: Context, since: datetime, until: datetime, before: datetime
) -> Sequence[tuple[str, str, datetime, datetime]]:
    """Type, subject, first and last time of what happened before an instant and was stored in [since, until).

    When it was stored is told by the wall clock of the process that did it.
    """
    return repository.times_stored(ctx, first_row_id(since), first_row_id(until), before)


def count_with(start: StartCounting) -> None:
    """Let each new event be counted in the unit of work that stores it; metering does it when it is imported."""
    _counters[:] = [start]


def heed_with(heed: Heed) -> None:
    """Let somebody else look at each new event in the unit of work that stores it; whoever needs it says so once."""
    _heeding.append(heed)


def _first_of_each(keys_in_order: Sequence[bytes], new: Collection[bytes]) -> list[bool]:
    """Whether each event is new: of two with one key only the first counts."""
    awaited, firsts = set(new), []
    for key in keys_in_order:
        firsts.append(key in awaited)
        awaited.discard(key)
    return firsts


def _store(ctx: Context, events: PreparedEvents) -> None:
    """Write the rows of events that are new, and count them."""
    this_second = cloudevents.on_the_second(ctx.now)
    rows = NewEvents(
        id=new_row_ids(events.number),
        namespace=Same(ctx.namespace),
        source=events.source,
        event_id=events.event_id,
        type=events.type,
        subject=events.subject,
        time=[time or this_second for time in events.time],
        data=events.data,
        ingested_at=Same(ctx.now),
        stored_at=Same(ctx.now),
    )
    (start_counting,) = _counters  # without one, an event would be missing in the rollups for ever
    counting = start_counting(ctx, set(rows.type))
    by_type: defaultdict[str, list[StoredUsage]] = defaultdict(list)
    with repository.inserting(ctx, rows):
        usage = map(StoredUsage, rows.id, rows.subject, rows.time, events.read)
        for event_type, event in zip(rows.type, usage, strict=True):
            by_type[event_type].append(event)
        for of_one_type in by_type.values():
            of_one_type.sort(key=_by_time)
        counting.measure(by_type)
    counting.write(ctx)
    for heed in _heeding:
        heed(ctx, by_type)
