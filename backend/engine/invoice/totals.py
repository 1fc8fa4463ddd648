"""What lines and invoices add up to: every row is rounded on its own, and totals only add."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from operator import attrgetter

from backend.engine.exact import EXACT, ZERO, exact


@dataclass(frozen=True, slots=True)
class Totals:
    """The money of a row, a line or an invoice, in its currency (billing spec 4.4).

    `amount` is before discounts and commitments, `charges_total` the minimum spend, `total` what is due. Taxes are
    added by the tax app; the engine leaves them 0.
    """

    amount: Decimal = ZERO
    charges_total: Decimal = ZERO
    discounts_total: Decimal = ZERO
    credits_total: Decimal = ZERO
    taxes_inclusive_total: Decimal = ZERO
    taxes_exclusive_total: Decimal = ZERO
    taxes_total: Decimal = ZERO
    total: Decimal = ZERO

    def __add__(self, other: Totals) -> Totals:
        return Totals(*map(EXACT.add, _amounts(self), _amounts(other)))

    def __sub__(self, other: Totals) -> Totals:
        return Totals(*map(EXACT.subtract, _amounts(self), _amounts(other)))

    @property
    def is_zero(self) -> bool:
        """Whether there is nothing in it, not even an amount that a discount takes off whole."""
        return not any(_amounts(self))


_amounts = attrgetter(*(field.name for field in fields(Totals)))


@exact()
def due(
    *,
    amount: Decimal = ZERO,
    charges_total: Decimal = ZERO,
    discounts_total: Decimal = ZERO,
    credits_total: Decimal = ZERO,
    taxes_exclusive_total: Decimal = ZERO,
    taxes_inclusive_total: Decimal = ZERO,
) -> Totals:
    """The totals of one row: amount and charges and added taxes, less discounts and credits (billing spec 4.4)."""
    return Totals(
        amount=amount,
        charges_total=charges_total,
        discounts_total=discounts_total,
        credits_total=credits_total,
        taxes_inclusive_total=taxes_inclusive_total,
        taxes_exclusive_total=taxes_exclusive_total,
        taxes_total=taxes_inclusive_total + taxes_exclusive_total,
        total=amount + charges_total + taxes_exclusive_total - discounts_total - credits_total,
    )


def sum_totals(parts: Iterable[Totals]) -> Totals:
    """Add up rows to a line, or lines to an invoice, without rounding again."""
    return sum(parts, Totals())
