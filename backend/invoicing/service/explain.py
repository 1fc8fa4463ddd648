"""Why a line comes to what it says: its price, the usage of each day, and the raw events behind that."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.engine.exact import total
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.engine.period import Period
from backend.errors import NotFound
from backend.infra.context import Context
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine
from backend.invoicing.service.read import LineView, view
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import CountedEvent, UsageQuery, UsageRow
from backend.customers import service as customers

ADD_UP = frozenset({Aggregation.SUM, Aggregation.COUNT})
"""Aggregations whose days sum to the quantity of the line."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a line's quantity comes from: which events of whom are counted, and how."""

    feature: Feature
    meter: Meter
    subjects: tuple[str, ...]
    period: Period


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line with the usage behind it, day by day in UTC; a flat line has no source and no days.

    `counted_now` is what the same question answers at this moment: more than the line's own quantity when usage
    arrived after the quantities were taken down.
    """

    invoice: Invoice
    view: LineView
    source: Source | None
    days: Sequence[UsageRow]
    days_add_up: bool
    counted_now: Decimal | None


def explain(ctx: Context, invoice: Invoice, line_id: str) -> Explanation:
    """Explain one line of an invoice, also of a gathering one. Raises NotFound when it has no such line."""
    line = _line(ctx, invoice, line_id)
    source = _source(ctx, invoice, line.line)
    if source is None:
        return Explanation(invoice, line, None, (), days_add_up=False, counted_now=None)
    asked = UsageQuery(
        source.period.start,
        source.period.end,
        WindowSize.DAY,
        subjects=source.subjects,
        group_filters={name: (text,) for name, text in source.feature.meter_filters.items()},
    )
    days = _by_day(metering.query(ctx, source.meter, asked)) if source.subjects else []
    now = metering.usage(ctx, source.meter, source.subjects, source.period, source.feature.meter_filters)
    adds = Aggregation(source.meter.aggregation) in ADD_UP
    return Explanation(invoice, line, source, days, days_add_up=adds, counted_now=now)


def events_behind(
    ctx: Context, invoice: Invoice, line_id: str, *, offset: int = 0, limit: int = 25
) -> list[CountedEvent]:
    """The raw events that a line counts, newest first; none for a flat line. Raises NotFound."""
    source = _source(ctx, invoice, _line(ctx, invoice, line_id).line)
    if source is None:
        return []
    return metering.counted_events(
        ctx, source.meter, source.subjects, source.period, source.feature.meter_filters, offset=offset, limit=limit
    )
