"""What a meter makes of the newest events of its type, also before it is created."""

from dataclasses import dataclass, replace
from datetime import datetime

from backend.engine.meter.extract import BadValue, Measured
from backend.infra.context import Context
from backend.ingest.models import UsageEvent
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import MeterInput, MeterPreview
from portal.event_words import dimensions, lateness, worth
from portal.formatting import ago, exact_instant

MOST_SHOWN = 6
MOST_MATCHING = 25


@dataclass(frozen=True)
class TriedRow:
    """One of the newest events, and what the meter would make of it."""

    at: str
    at_exact: str
    subject: str
    worth: str
    dimensions: str
    counts: bool
    late: str
    status: str


def try_meter(ctx: Context, wanted: MeterInput) -> tuple[MeterPreview, datetime]:
    """Try it even before it has a slug."""
    return metering.preview_meter(ctx, replace(wanted, slug=wanted.slug or "unnamed")), ctx.now


def matching_events(ctx: Context, meter: Meter) -> list[TriedRow]:
    """The newest events of a meter's type, each with what it is worth to the meter."""
    as_created = MeterInput(
        slug=meter.slug,
        aggregation=meter.definition.aggregation,
        event_type=meter.event_type,
        value_property=meter.value_property,
        group_by=meter.group_by,
        event_from=meter.event_from,
    )
    return tried_rows(metering.preview_meter(ctx, as_created, limit=MOST_MATCHING), ctx.now, most=MOST_MATCHING)


def tried_rows(found: MeterPreview, now: datetime, most: int = MOST_SHOWN) -> list[TriedRow]:
    """The newest events, each with what it is worth."""
    return [_row(event, result, now) for event, result in found.tried[:most]]


def _row(event: UsageEvent, result: Measured | BadValue, now: datetime) -> TriedRow:
    return TriedRow(
        at=ago(event.time, now),
        at_exact=exact_instant(event.time),
        subject=event.subject,
        worth=worth(result),
        dimensions=dimensions(result),
        counts=isinstance(result, Measured),
        late=lateness(event.time, event.stored_at),
        status="counted" if isinstance(result, Measured) else "not_counted",
    )
