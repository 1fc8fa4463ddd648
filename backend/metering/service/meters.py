"""Meters are created, found, renamed and deleted; what they measure stays as it was created."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from backend.engine.filter import Filter
from backend.engine.meter.definition import Aggregation
from backend.errors import Conflict, Gone, Invalid, Issue, NotFound
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.metering import repository, rollup
from backend.metering.jsonpath import compiled
from backend.metering.models import Meter
from backend.metering.repository import MeterOrder

_SLUG = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_DIMENSION = re.compile(r"[a-zA-Z_][0-9a-zA-Z_]*")
_RESERVED_TYPE = re.compile(r"(_|om)\.")
_LONGEST_PATH = 1024
RESERVED_DIMENSIONS = frozenset({"subject", "customer_id"})
"""What usage can always be broken down by."""


@dataclass(frozen=True, slots=True)
class MeterInput:
    """Everything that may be said about a new meter; the name defaults to the slug."""

    slug: str
    aggregation: Aggregation
    event_type: str
    value_property: str | None = None
    group_by: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] | None = None
    event_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeterChange:
    """What may change about a meter; what is left out is cleared, the name becomes the slug."""

    name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] | None = None
    group_by: Mapping[str, str] = field(default_factory=dict)


def create_meter(ctx: Context, wanted: MeterInput) -> Meter:
    """Create a meter (metering spec 3). Invalid with the field named; Conflict when the slug is taken."""
    check_meter(wanted)
    taken = repository.by_slug(ctx, wanted.slug)
    if taken is not None:
        raise Conflict(f"There already is a meter with the slug {wanted.slug}.", conflictingEntityId=taken.id)
    meter = Meter(
        slug=wanted.slug,
        name=wanted.name or wanted.slug,
        description=wanted.description,
        labels=dict(wanted.labels) if wanted.labels is not None else None,
        aggregation=wanted.aggregation,
        event_type=wanted.event_type,
        event_from=wanted.event_from,
        value_property=wanted.value_property,
        group_by=dict(wanted.group_by),
    )
    ctx.session.add(meter)
    ctx.session.flush()
    rollup.start(ctx, meter)
    return meter


def get_meter(ctx: Context, id_or_slug: str) -> Meter:
    """The meter with this id or slug; a deleted one only by its id. NotFound when there is none."""
    meter = repository.by_slug(ctx, id_or_slug) or repository.by_id(ctx, id_or_slug)
    if meter is None:
        raise NotFound(f"There is no meter with the id or slug {id_or_slug}.")
    return meter


def meters_by_id(ctx: Context, meter_ids: Collection[str]) -> dict[str, Meter]:
    """Meters by their id, also deleted ones; unknown ids are left out."""
    return {meter.id: meter for meter in repository.by_ids(ctx, meter_ids)}


def list_meters(
    ctx: Context,
    *,
    order: MeterOrder = MeterOrder.KEY,
    descending: bool = False,
    include_deleted: bool = False,
    offset: int = 0,
    limit: int = 100,
    search: str = "",
    filters: Mapping[str, Filter] | None = None,
) -> tuple[Sequence[Meter], int]:
    """One page of the meters, and how many there are; `search` matches any part of slug, name and event type.

    `filters` compare the columns that a list can be sorted by.
    """
    return repository.page(
        ctx,
        order,
        descending=descending,
        include_deleted=include_deleted,
        offset=offset,
        limit=limit,
        search=search,
        filters=filters,
    )


def update_meter(ctx: Context, id_or_slug: str, change: MeterChange) -> Meter:
    """Replace name, description, labels and dimensions; what is measured cannot change (metering spec 3).

    Invalid with the field named; Gone when the meter is deleted.
    """
    meter = get_meter(ctx, id_or_slug)
    if meter.deleted_at is not None:
        raise Gone(f"The meter {id_or_slug} is deleted.")
    _refuse(list(_group_mistakes(change.group_by, meter.value_property)))
    meter.name = change.name or meter.slug
    meter.description = change.description
    meter.labels = dict(change.labels) if change.labels is not None else None
    if change.group_by != meter.group_by:
        meter.group_by = dict(change.group_by)
        rollup.start(ctx, meter)
    ctx.session.add(meter)
    ctx.session.flush()
    return meter


def delete_meter(ctx: Context, id_or_slug: str) -> Meter:
    """Mark a meter as deleted and free its slug; its events are kept, and once more changes nothing."""
    meter = get_meter(ctx, id_or_slug)
    if meter.deleted_at is None:
        meter.deleted_at = ctx.now
        rollup.stop(ctx, meter)
        ctx.session.add(meter)
    return meter


def subjects_of(
    ctx: Context, meter: Meter, start: datetime | None = None, end: datetime | None = None
) -> Sequence[str]:
    """The subjects that have events of this meter's type in [start, end), sorted."""
    starts = [instant for instant in (start, meter.event_from) if instant is not None]
    return ingest.subjects_of(ctx, meter.event_type, max(starts, default=None), end)


def check_meter(wanted: MeterInput) -> None:
    """Refuse what no meter can be: Invalid, with everything that is wrong (metering spec 3)."""
    _refuse([*_mistakes(wanted), *_group_mistakes(wanted.group_by, wanted.value_property)])


def _mistakes(wanted: MeterInput) -> Iterator[Issue]:
    if not _SLUG.fullmatch(wanted.slug) or len(wanted.slug) > 64:
        yield _issue("slug", "A meter's slug is made of lower-case letters, digits and single underscores, at most 64.")
    if not wanted.event_type:
        yield _issue("eventType", "meter event type is required")
    if _RESERVED_TYPE.match(wanted.event_type):
        yield _issue("eventType", f"The event type {wanted.event_type} is reserved.")
    if wanted.aggregation is Aggregation.COUNT:
        if wanted.value_property is not None:
            yield _issue("valueProperty", "meter value property is not allowed when the aggregation is count")
    elif not wanted.value_property:
        yield _issue("valueProperty", "meter value property is required")
    elif not wanted.value_property.startswith("$"):
        yield _issue("valueProperty", "meter value property must start with $")
    else:
        yield from _path_mistakes("valueProperty", wanted.value_property)


def _group_mistakes(group_by: Mapping[str, str], value_property: str | None) -> Iterator[Issue]:
    for key, path in group_by.items():
        place = f"groupBy.{key}"
        if not key:
            yield _issue(place, "meter group by key cannot be empty")
        elif not _DIMENSION.fullmatch(key):
            said = f"meter group by key {key} is invalid, only alphanumeric and underscore characters are allowed"
            yield _issue(place, said)
        elif key in RESERVED_DIMENSIONS:
            yield _issue(place, f"meter group by key {key} is reserved, usage can be grouped by it without")
        if not path.startswith("$"):
            yield _issue(place, f"meter group by value must start with $ for key {key}")
        elif path == value_property:
            yield _issue(place, f"meter group by value {key} cannot be the same as value property")
        else:
            yield from _path_mistakes(place, path)


def _path_mistakes(place: str, path: str) -> Iterator[Issue]:
    if len(path) > _LONGEST_PATH:
        yield _issue(place, f"A JSONPath may have at most {_LONGEST_PATH} characters.")
        return
    try:
        compiled(path)
    except Invalid as error:
        yield _issue(place, str(error))


def _issue(place: str, message: str) -> Issue:
    return Issue(place, "invalid_meter", message)


def _refuse(found: Sequence[Issue]) -> None:
    if found:
        raise Invalid("; ".join(issue.message for issue in found), issues=found)
