"""A meter that is not there yet, tried on the events that are."""

from dataclasses import dataclass, replace
from datetime import datetime

from backend.engine.meter.extract import BadValue, Measured
from backend.infra.context import Context
from backend.ingest.models import UsageEvent
from backend.metering import service as metering
from backend.metering.service import MeterInput, MeterPreview
from portal.event_words import dimensions, worth
from portal.formatting import ago, exact_instant

MOST_SHOWN = 6


@dataclass(frozen=True)
class TriedRow:
    """One of the newest events, and what the meter would make of it."""

    at: str
    at_exact: str
    subject: str
    worth: str
    dimensions: str
    counts: bool


def try_meter(ctx: Context, wanted: MeterInput) -> tuple[MeterPreview, datetime]:
    """Try it even before it has a slug."""
    return metering.preview_meter(ctx, replace(wanted, slug=wanted.slug or "unnamed")), ctx.now


def tried_rows(found: MeterPreview, now: datetime) -> list[TriedRow]:
    """The newest events, each with what it is worth."""
    return [_row(event, result, now) for event, result in found.tried[:MOST_SHOWN]]


def _row(event: UsageEvent, result: Measured | BadValue, now: datetime) -> TriedRow:
    return TriedRow(
        at=ago(event.time, now),
        at_exact=exact_instant(event.time),
        subject=event.subject,
        worth=worth(result),
        dimensions=dimensions(result),
        counts=isinstance(result, Measured),
    )
