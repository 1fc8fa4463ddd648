"""What lines come to: their usage is metered, the engine rates it, and the result is shown or written down."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from backend.catalog import price_document
from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.engine.exact import EXACT, ZERO, plain, total
from backend.engine.invoice.totals import Totals, sum_totals
from backend.engine.period import Period
from backend.engine.pipeline import rate_line
from backend.engine.rate.lines import AmountDiscount, LineToRate, RatedLine, UsageTakenOff
from backend.engine.rate.lines import DetailedLine as RatedDetail
from backend.engine.rate.prices import Discounts, Flat
from backend.errors import Invalid
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import DetailedLine, Invoice, InvoiceLine
from backend.invoicing.models import Totals as TotalColumns
from backend.metering import service as metering
from backend.metering.models import Meter

Sources = Mapping[str, tuple[Feature, Meter]]
"""Feature id → the feature and its meter."""


@dataclass(frozen=True, slots=True)
class LineRating:
    """A line with what it comes to; `metered` is None for a flat price.

    `before` and `billed_before` are what earlier parts of the same period metered and billed (net).
    """

    line: InvoiceLine
    metered: Decimal | None
    rated: RatedLine
    before: Decimal = ZERO
    billed_before: Decimal = ZERO


def rate_lines(
    ctx: Context, lines: Sequence[InvoiceLine], subjects: Sequence[str], *, keep_metered: bool = False
) -> list[LineRating]:
    """Rate lines with the usage of their subjects as it is now. Nothing is written.

    `keep_metered` leaves the usage of lines that were metered before as it was then.
    """
    known = _sources(ctx, lines)
    groups = {line.group_id for line in lines if line.group_id}
    parts = repository.parts(ctx, groups) if groups else ()
    corrected = _corrected(ctx, parts)
    return [
        _kept(line, _billed_before(line, parts, corrected))
        if keep_metered and line.metered_quantity is not None
        else _rate(ctx, line, subjects, known, _billed_before(line, parts, corrected))
        for line in lines
    ]


def rate_parts(ctx: Context, parts: Sequence[InvoiceLine], subjects: Sequence[str]) -> list[LineRating]:
    """Rate the parts of one period, in the order of time, as if their usage of now had been there from the start.

    A line that is not billed in parts is one part. Nothing is written.
    """
    known = _sources(ctx, parts)
    ratings: list[LineRating] = []
    for part in parts:
        billed_before = total(net(rating.rated.totals) for rating in ratings)
        ratings.append(_rate(ctx, part, subjects, known, billed_before))
    return ratings


def invoice_totals(ratings: Iterable[LineRating]) -> Totals:
    """What the lines of an invoice add up to."""
    return sum_totals(rating.rated.totals for rating in ratings)


def net(totals: TotalColumns | Totals) -> Decimal:
    """What a line or an invoice charges, before credits and taxes."""
    return EXACT.subtract(EXACT.add(totals.amount, totals.charges_total), totals.discounts_total)


def write_ratings(ctx: Context, invoice: Invoice, ratings: Sequence[LineRating]) -> None:
    """Write quantities, detailed lines and totals down; a detailed line that was there before keeps its id."""
    present = {
        (row.line_id, row.reference): row for row in repository.details(ctx, [rating.line.id for rating in ratings])
    }
    for rating in ratings:
        line, rated = rating.line, rating.rated
        line.metered_quantity = rating.metered
        line.quantity = rated.quantity
        line.metered_before = rating.before if line.group_id else None
        line.quantity_before = rated.before if line.group_id else None
        line.usage_discounts = usage_documents(rated)
        _write_totals(line, rated.totals)
        ctx.session.add(line)
        for position, detail in enumerate(rated.detailed_lines):
            row = present.pop((line.id, detail.reference), None)
            ctx.session.add(_detail_row(row, line, position, detail))
    repository.remove_details(ctx, [row.id for row in present.values()])
    _write_totals(invoice, invoice_totals(ratings))
    ctx.session.add(invoice)
    ctx.session.flush()


def discount_document(discounts: Discounts) -> dict[str, Any]:
    """The discounts of a new line, each with the id it keeps for ever."""
    document = price_document.discounts_to_document(discounts)
    given = [discount.correlation_id if discount else "" for discount in (discounts.percentage, discounts.usage)]
    percentage_id, usage_id = (correlation_id or new_id() for correlation_id in given)
    return {**document, "percentage_id": percentage_id, "usage_id": usage_id} if document else {}


def line_discounts(line: InvoiceLine) -> Discounts:
    """The discounts of a line, with their ids."""
    kept = price_document.discounts_from_document(line.discounts)
    percentage, usage = kept.percentage, kept.usage
    return Discounts(
        percentage=percentage and replace(percentage, correlation_id=line.discounts["percentage_id"]),
        usage=usage and replace(usage, correlation_id=line.discounts["usage_id"]),
    )


def usage_documents(rated: RatedLine) -> list[dict[str, Any]]:
    """The free units taken off a line."""
    return [_usage_document(rated.usage_discount)] if rated.usage_discount else []


def discount_documents(discounts: Iterable[AmountDiscount]) -> list[dict[str, Any]]:
    """The amounts taken off a detailed line."""
    return [
        {
            "id": new_id(),
            "amount": plain(discount.amount),
            "reason": discount.reason.value,
            "reference": discount.reference,
            "description": discount.description,
        }
        for discount in discounts
    ]


def period_of(line: InvoiceLine) -> Period:
    """When what a line bills was served."""
    return Period(line.period_start, line.period_end)


def full_period_of(line: InvoiceLine) -> Period | None:
    """The whole service period of which a line is a part; None for a line that is not billed in parts."""
    if line.full_period_start is None or line.full_period_end is None:
        return None
    return Period(line.full_period_start, line.full_period_end)


def rated_at(
    line: InvoiceLine, metered: Decimal | None, before: Decimal = ZERO, billed_before: Decimal = ZERO
) -> RatedLine:
    """What a line comes to at a metered quantity, after earlier parts of its period; a flat price takes none."""
    price = price_document.price_from_document(line.price)
    assert price is not None, "a line without a price is never made"
    return rate_line(
        LineToRate(
            name=line.name,
            currency=line.currency,
            price=price,
            period=period_of(line),
            quantity=metered or ZERO,
            before=before,
            full_period=full_period_of(line),
            previously_billed=billed_before,
            unit_config=price_document.unit_config_from_document(line.price),
            discounts=line_discounts(line),
            commitment=price_document.commitment_from_document(line.price),
        )
    )


def usage_of(
    ctx: Context, line: InvoiceLine, meter: Meter, subjects: Sequence[str], feature: Feature
) -> tuple[Decimal, Decimal]:
    """The usage that a line bills, and what earlier parts of its period counted before it.

    A part counts what its period adds to everything before it, so that maxima and unique counts are billed once
    (billing spec 4.1).
    """
    period, full = period_of(line), full_period_of(line)
    if full is None or full.start >= period.start:
        return metering.usage(ctx, meter, subjects, period, feature.meter_filters), ZERO
    before = metering.usage(ctx, meter, subjects, Period(full.start, period.start), feature.meter_filters)
    until = metering.usage(ctx, meter, subjects, Period(full.start, period.end), feature.meter_filters)
    return EXACT.subtract(until, before), before


def _sources(ctx: Context, lines: Iterable[InvoiceLine]) -> Sources:
    """The features of lines that have a meter; what a feature counts is read once for all lines."""
    found = features.by_id(ctx, {line.feature_id for line in lines if line.feature_id})
    meters = metering.meters_by_id(ctx, {feature.meter_id for feature in found.values() if feature.meter_id})
    return {feature.id: (feature, meters[feature.meter_id]) for feature in found.values() if feature.meter_id in meters}


def _rate(
    ctx: Context, line: InvoiceLine, subjects: Sequence[str], known: Sources, billed_before: Decimal
) -> LineRating:
    if isinstance(price_document.price_from_document(line.price), Flat):
        return LineRating(line, None, rated_at(line, None))
    metered, before = _usage(ctx, line, subjects, known)
    return LineRating(line, metered, rated_at(line, metered, before, billed_before), before, billed_before)


def _kept(line: InvoiceLine, billed_before: Decimal) -> LineRating:
    """A line with the usage it was metered with before."""
    metered, before = line.metered_quantity, line.metered_before or ZERO
    return LineRating(line, metered, rated_at(line, metered, before, billed_before), before, billed_before)


def _usage(ctx: Context, line: InvoiceLine, subjects: Sequence[str], known: Sources) -> tuple[Decimal, Decimal]:
    feature, meter = known.get(line.feature_id or "", (None, None))
    if feature is None or meter is None:
        raise Invalid(f"{line.name} is priced by usage, but its feature has no meter.")
    if not subjects:
        return ZERO, ZERO
    return usage_of(ctx, line, meter, subjects, feature)


def _billed_before(line: InvoiceLine, parts: Iterable[InvoiceLine], corrected: Mapping[str, Decimal]) -> Decimal:
    """What earlier parts of the same period came to, corrections included, before credits and taxes."""
    return total(
        EXACT.add(net(part), corrected.get(part.id, ZERO))
        for part in parts
        if part.group_id == line.group_id and part.period_start < line.period_start
    )


def _corrected(ctx: Context, parts: Iterable[InvoiceLine]) -> dict[str, Decimal]:
    """Line id → what its corrections add to it, also those that nobody has decided to book: each part has its own."""
    ids = [part.id for part in parts]
    found: dict[str, Decimal] = {}
    for correction in repository.corrections_of_lines(ctx, ids) if ids else ():
        found[correction.line_id] = EXACT.add(found.get(correction.line_id, ZERO), correction.amount)
    return found


def _detail_row(row: DetailedLine | None, line: InvoiceLine, position: int, detail: RatedDetail) -> DetailedLine:
    fresh = row or DetailedLine(
        invoice_id=line.invoice_id, line_id=line.id, reference=detail.reference, name="", position=0,
        quantity=ZERO, per_unit_amount=ZERO, payment_term="", category="",
        period_start=detail.period.start, period_end=detail.period.end,
    )  # fmt: skip
    fresh.invoice_id = line.invoice_id
    fresh.position = position
    fresh.name = detail.name
    fresh.quantity = detail.quantity
    fresh.per_unit_amount = detail.per_unit_amount
    fresh.payment_term = detail.payment_term.value
    fresh.category = detail.category.value
    fresh.period_start, fresh.period_end = detail.period.start, detail.period.end
    fresh.amount_discounts = discount_documents(detail.discounts)
    _write_totals(fresh, detail.totals)
    return fresh


def _usage_document(taken: UsageTakenOff) -> dict[str, Any]:
    return {
        "id": new_id(),
        "quantity": plain(taken.quantity),
        "before": plain(taken.before),
        "reason": taken.reason.value,
        "correlation_id": taken.correlation_id,
    }


def _write_totals(row: TotalColumns, totals: Totals) -> None:
    for name, amount in asdict(totals).items():
        setattr(row, name, amount)
