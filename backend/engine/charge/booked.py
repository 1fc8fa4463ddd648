"""One row that a run of a charge books, which a later run may have to correct."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from backend.engine.exact import EXACT
from backend.engine.invoice.totals import Totals
from backend.engine.period import Period
from backend.engine.pipeline import rate_line
from backend.engine.rate.lines import Category, DetailedLine, LineToRate
from backend.engine.rate.prices import Commitment, PaymentTerm


@dataclass(frozen=True, slots=True)
class BookedRow:
    """A row with its money before credits; a negative quantity takes back what was booked before.

    `price_reference` says which row of the price it is, `reference` also which booking; `position` is its place in the
    run, `id` the caller's, and `corrects_run_id` the run whose period it corrects.
    """

    name: str
    price_reference: str
    reference: str
    period: Period
    quantity: Decimal
    per_unit_amount: Decimal
    category: Category
    payment_term: PaymentTerm
    totals: Totals
    position: int = 0
    id: str = ""
    corrects_run_id: str | None = None

    def plus(self, other: BookedRow) -> BookedRow:
        """The same row with another one's quantity and money added."""
        return replace(self, quantity=EXACT.add(self.quantity, other.quantity), totals=self.totals + other.totals)

    def minus(self, other: BookedRow) -> BookedRow:
        """The same row without another one's quantity and money."""
        return replace(self, quantity=EXACT.subtract(self.quantity, other.quantity), totals=self.totals - other.totals)

    def reversed(self, reference: str) -> BookedRow:
        """What takes this row back."""
        return replace(self.minus(self).minus(self), reference=reference)


@dataclass(frozen=True, slots=True)
class Charge:
    """What is charged for, over its whole service period; the line's own period and quantity do not matter."""

    line: LineToRate
    service_period: Period


def rate_until(charge: Charge, period: Period, quantity: Decimal) -> list[BookedRow]:
    """Rate all usage of a charge from its start to the end of a period, as if nothing was booked yet.

    The minimum spend is due with the last period only (billing spec 4.7).
    """
    commitment = charge.line.commitment
    if period.end < charge.service_period.end:
        commitment = Commitment(maximum=commitment.maximum)
    line = replace(charge.line, period=period, full_period=None, quantity=quantity, commitment=commitment, credits=())
    return [_booked(row, period, position) for position, row in enumerate(rate_line(line).detailed_lines)]


def in_order(rows: list[BookedRow]) -> list[BookedRow]:
    """By period, then as the price writes its rows, each with its place."""
    ordered = sorted(rows, key=lambda row: (row.period.start, row.position, row.reference))
    return [replace(row, position=position) for position, row in enumerate(ordered)]


def correction(row: BookedRow) -> str:
    """The reference of a row that takes a booked one back because the price has no such row any more."""
    return f"{row.price_reference}#correction:detailed_line_id={row.id}"


def _booked(row: DetailedLine, period: Period, position: int) -> BookedRow:
    return BookedRow(
        name=row.name,
        price_reference=row.reference,
        reference=row.reference,
        period=period,
        quantity=row.quantity,
        per_unit_amount=row.per_unit_amount,
        category=row.category,
        payment_term=row.payment_term,
        totals=row.totals,
        position=position,
    )
