"""A customer's next charge: what it comes to so far, and where it will stand at its end if usage goes on like this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.customers import service as customers
from backend.engine.exact import EXACT, ONE, ZERO, quotient
from backend.engine.invoice.totals import Totals, sum_totals
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period, microseconds
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine
from backend.invoicing.repository import InvoiceFilter
from backend.invoicing.service.rating import LineRating, rate_lines, rated_at
from backend.metering import service as metering

GROWING = frozenset({Aggregation.SUM, Aggregation.COUNT})
"""Aggregations whose usage grows with time, so that a pace can be read off it."""


@dataclass(frozen=True, slots=True)
class UpcomingLine:
    """A line that will be billed: its usage and money so far, and at today's pace at the end of its period."""

    line: InvoiceLine
    metered: Decimal | None
    so_far: Totals
    metered_at_end: Decimal | None
    at_end: Totals


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A gathering invoice as its customer will meet it; `charge_at` is when it is drawn next.

    No charge comes to less than zero: `credit_waiting` is what will be left to be taken off later ones. A customer with
    nothing but credit is not charged at all, and `charge_at` is None.
    """

    invoice: Invoice
    charge_at: datetime | None
    credit_waiting: Decimal
    accrued: Totals
    so_far: Totals
    at_end: Totals
    lines: Sequence[UpcomingLine]


def upcoming(ctx: Context, customer_id: str) -> list[Upcoming]:
    """The customer's gathering invoices with their live lines, rated by the engine that draws invoices.

    `accrued` are the lines whose period has begun, `so_far` all of them. A pace is the usage so far over the time so
    far; quantities at the end are cut to whole units. Nothing is written.
    """
    wanted = InvoiceFilter(kinds=(InvoiceKind.GATHERING,), customer_ids=(customer_id,), order_by="created_at")
    found, _ = repository.invoices(ctx, wanted)
    return [charge for invoice in found if (charge := _charge(ctx, invoice)) is not None]


def _charge(ctx: Context, invoice: Invoice) -> Upcoming | None:
    lines = repository.lines(ctx, [invoice.id])
    if not lines:
        return None
    expected = expected_lines(ctx, invoice, lines)
    so_far = sum_totals(line.so_far for line in expected)
    return Upcoming(
        invoice=invoice,
        charge_at=invoice.collection_at,
        credit_waiting=max(ZERO, EXACT.minus(so_far.total)),
        accrued=_charged(sum_totals(line.so_far for line in expected if line.line.period_start <= ctx.now)),
        so_far=_charged(so_far),
        at_end=_charged(sum_totals(line.at_end for line in expected)),
        lines=expected,
    )


def _charged(totals: Totals) -> Totals:
    """What is charged of sums that credit may have made negative."""
    return totals if totals.total >= ZERO else Totals()


def expected_lines(ctx: Context, invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[UpcomingLine]:
    """What lines of a gathering invoice come to so far, and at their end if usage goes on at its pace."""
    customer = customers.get(ctx, invoice.customer_id, deleted=True)
    ratings = rate_lines(ctx, lines, customers.usage_subjects(ctx, customer))
    known = features.by_id(ctx, {line.feature_id for line in lines if line.feature_id})
    return [_expected(ctx, rating, known) for rating in ratings]


def _expected(ctx: Context, rating: LineRating, known: Mapping[str, Feature]) -> UpcomingLine:
    so_far = rating.rated.totals
    pace = _pace(ctx, rating, known)
    if rating.metered is None or pace == ONE:
        return UpcomingLine(rating.line, rating.metered, so_far, rating.metered, so_far)
    at_end = max(EXACT.multiply(rating.metered, pace).to_integral_value(context=EXACT), rating.metered)
    rated = rated_at(rating.line, at_end, rating.before, rating.billed_before)
    return UpcomingLine(rating.line, rating.metered, so_far, at_end, rated.totals)


def _pace(ctx: Context, rating: LineRating, known: Mapping[str, Feature]) -> Decimal:
    """How many times the usage so far the whole period will have; 1 for what does not grow or has not begun."""
    period = Period(rating.line.period_start, rating.line.period_end)
    feature = known.get(rating.line.feature_id or "")
    if rating.metered is None or ctx.now not in period or ctx.now == period.start:
        return ONE
    if feature is None or feature.meter_id is None:
        return ONE
    meter = metering.get_meter(ctx, feature.meter_id)
    if Aggregation(meter.aggregation) not in GROWING:
        return ONE
    return quotient(microseconds(period.length), microseconds(ctx.now - period.start))
