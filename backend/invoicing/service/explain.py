"""Why a line comes to what it says: its price, the usage of each day, and the raw events behind that."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.catalog import price_document
from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.customers import service as customers
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.engine.period import Period
from backend.engine.rate.prices import Flat
from backend.engine.subscribe.align import full_service_periods
from backend.errors import NotFound
from backend.infra.context import Context
from backend.invoicing.correction_models import Correction
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine
from backend.invoicing.service.rating import usage_of
from backend.invoicing.service.read import LineView, get, view
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import CountedEvent, LateEvents, UsageRow
from backend.subscriptions import service as subscriptions

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
class WholeFee:
    """The fee of a whole service period, of which a line charges a part."""

    amount: Decimal
    period: Period


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a line corrects: a line of an issued invoice, and the events behind it that came after it was counted."""

    correction: Correction
    invoice: Invoice
    line: InvoiceLine
    late: LateEvents | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line with the usage behind it, day by day in UTC; a flat line has no source and no days.

    `counted_now` is what the same question answers at this moment: more than the line's own quantity when usage
    arrived after the quantities were taken down. A line that `corrects` another is explained by that one.
    """

    invoice: Invoice
    view: LineView
    source: Source | None
    prorated_from: WholeFee | None
    days: Sequence[UsageRow]
    days_add_up: bool
    counted_now: Decimal | None
    corrects: Corrected | None = None


def explain(ctx: Context, invoice: Invoice, line_id: str) -> Explanation:
    """Explain one line of an invoice, also of a gathering one. Raises NotFound when it has no such line."""
    line = _line(ctx, invoice, line_id)
    source = _source(ctx, invoice, line.line)
    if source is None:
        whole, corrects = _whole_fee(ctx, line.line), _corrected(ctx, line)
        return Explanation(invoice, line, None, whole, (), days_add_up=False, counted_now=None, corrects=corrects)
    asked = (source.meter, source.subjects, source.period)
    filters = source.feature.meter_filters
    days = metering.usage_by_window(ctx, *asked, WindowSize.DAY, filters)
    now, _ = usage_of(ctx, line.line, source.meter, source.subjects, source.feature)
    adds = Aggregation(source.meter.aggregation) in ADD_UP
    return Explanation(invoice, line, source, None, days, days_add_up=adds, counted_now=now)


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


def _line(ctx: Context, invoice: Invoice, line_id: str) -> LineView:
    for found in view(ctx, invoice).lines:
        if found.line.id == line_id:
            return found
    raise NotFound(f"The invoice has no line {line_id}.")


def _corrected(ctx: Context, shown: LineView) -> Corrected | None:
    """What a line corrects, with the usage that came after the line before was counted; None for any other line."""
    correction = shown.correction
    if correction is None:
        return None
    invoice = get(ctx, correction.invoice_id)
    line = _line(ctx, invoice, correction.line_id).line
    source, since, until = _source(ctx, invoice, line), correction.looked_since, correction.created_at
    if source is None or since is None or until is None:
        return Corrected(correction, invoice, line, None)
    asked = (source.meter, source.subjects, source.period, Period(since, until))
    return Corrected(correction, invoice, line, metering.late_events(ctx, *asked, source.feature.meter_filters))


def _source(ctx: Context, invoice: Invoice, line: InvoiceLine) -> Source | None:
    """A flat price counts nothing, whatever feature it belongs to."""
    priced_by_usage = not isinstance(price_document.price_from_document(line.price), Flat)
    feature = features.by_id(ctx, [line.feature_id]).get(line.feature_id) if line.feature_id else None
    if not priced_by_usage or feature is None or feature.meter_id is None:
        return None
    meter = metering.get_meter(ctx, feature.meter_id)
    return Source(feature, meter, _subjects(ctx, invoice), Period(line.period_start, line.period_end))


def _whole_fee(ctx: Context, line: InvoiceLine) -> WholeFee | None:
    """What the subscription's item costs for a whole period; None unless the line charges a part of it."""
    if line.subscription_id is None:
        return None
    try:
        plan_of_time = subscriptions.view(ctx, subscriptions.get(ctx, line.subscription_id)).schedule
    except NotFound:
        return None
    items = (item for phase in plan_of_time.phases for item in phase.items)
    item = next((item for item in items if item.id == line.subscription_item_id), None)
    charged = price_document.price_from_document(line.price)
    if item is None or not isinstance(item.price, Flat) or not isinstance(charged, Flat):
        return None
    cycle = full_service_periods(plan_of_time, item)
    if cycle is None or item.price.amount == charged.amount:
        return None
    return WholeFee(item.price.amount, cycle.period_at(line.period_start))


def _subjects(ctx: Context, invoice: Invoice) -> tuple[str, ...]:
    """Those of the customer when the invoice was drawn; of a gathering one, those of this moment."""
    if invoice.kind == InvoiceKind.GATHERING:
        return customers.usage_subjects(ctx, customers.get(ctx, invoice.customer_id, deleted=True))
    return tuple(invoice.customer["usage_subjects"])
