"""What goes into rating one invoice line, and what comes out: the line's rows with their discounts and totals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from backend.engine.convert import UnitConfig
from backend.engine.exact import EXACT, ONE, ZERO, total
from backend.engine.invoice.totals import Totals, due
from backend.engine.money import round_amount
from backend.engine.period import Period
from backend.engine.rate.prices import Charge, Commitment, Discounts, PaymentTerm, Price


class Category(StrEnum):
    """Whether a row is a price at work or the minimum spend."""

    REGULAR = "regular"
    COMMITMENT = "commitment"


class DiscountReason(StrEnum):
    """Why something was taken off."""

    PERCENTAGE = "ratecard_percentage"
    USAGE = "ratecard_usage"
    MAXIMUM_SPEND = "maximum_spend"


@dataclass(frozen=True, slots=True)
class AmountDiscount:
    """Money taken off one row, already rounded."""

    amount: Decimal
    reason: DiscountReason
    reference: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class UsageTakenOff:
    """Free units used by this line, and by earlier parts of the same period."""

    quantity: Decimal
    before: Decimal
    correlation_id: str = ""
    reason: DiscountReason = DiscountReason.USAGE


@dataclass(frozen=True, slots=True)
class Credit:
    """Prepaid money set against what is due; `source` says whose (a grant's id, say)."""

    amount: Decimal
    description: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class LineToRate:
    """One invoice line before rating, in the metered units of its feature.

    `full_period` is the whole service period when this line is only a part of it (progressive billing), with
    `before` and `previously_billed` what earlier parts metered and billed (net). Credits are in order of use. Where
    units cannot be converted, a line that needs it is refused: metered units must never be billed in their place.
    """

    name: str
    currency: str
    price: Price
    period: Period
    quantity: Decimal = ZERO
    before: Decimal = ZERO
    full_period: Period | None = None
    previously_billed: Decimal = ZERO
    unit_config: UnitConfig | None = None
    can_convert: bool = True
    discounts: Discounts = Discounts()
    commitment: Commitment = Commitment()
    credits: tuple[Credit, ...] = ()

    @property
    def whole(self) -> Period:
        """The full service period this line belongs to."""
        return self.full_period or self.period

    @property
    def is_first(self) -> bool:
        """Whether the line starts its service period."""
        return self.period.start == self.whole.start

    @property
    def is_last(self) -> bool:
        """Whether the line ends its service period."""
        return self.period.end == self.whole.end


@dataclass(frozen=True, slots=True)
class DetailedLine:
    """One row under an invoice line: `quantity` at `per_unit_amount`, less discounts and credits."""

    name: str
    reference: str
    currency: str
    period: Period
    quantity: Decimal
    per_unit_amount: Decimal
    payment_term: PaymentTerm = PaymentTerm.IN_ARREARS
    category: Category = Category.REGULAR
    discounts: tuple[AmountDiscount, ...] = ()
    credits: tuple[Credit, ...] = ()

    @property
    def totals(self) -> Totals:
        """The row's money, rounded half away from zero to the currency (billing spec 4.4)."""
        worth = round_amount(EXACT.multiply(self.quantity, self.per_unit_amount), self.currency)
        committed = self.category is Category.COMMITMENT
        return due(
            amount=ZERO if committed else worth,
            charges_total=worth if committed else ZERO,
            discounts_total=total(discount.amount for discount in self.discounts),
            credits_total=total(credit.amount for credit in self.credits),
        )

    def less(self, *discounts: AmountDiscount) -> DetailedLine:
        """The same row with more taken off."""
        return replace(self, discounts=(*self.discounts, *discounts))


@dataclass(frozen=True, slots=True)
class RatedLine:
    """One invoice line after rating; quantities are billed units after the usage discount."""

    detailed_lines: tuple[DetailedLine, ...]
    totals: Totals
    quantity: Decimal
    before: Decimal
    usage_discount: UsageTakenOff | None = None


def detail(line: LineToRate, charges: Iterable[Charge]) -> list[DetailedLine]:
    """The rows of a line, named after it."""
    return [
        DetailedLine(
            name=f"{line.name}: {charge.label}" if charge.label else line.name,
            reference=charge.reference,
            currency=line.currency,
            period=line.period,
            quantity=charge.quantity,
            per_unit_amount=charge.per_unit_amount,
            payment_term=charge.payment_term,
        )
        for charge in charges
    ]


def minimum_spend_row(line: LineToRate, amount: Decimal) -> DetailedLine:
    """The row that lifts a line to its minimum spend, over the whole service period."""
    return DetailedLine(
        name=f"{line.name}: minimum spend",
        reference="min-spend",
        currency=line.currency,
        period=line.whole,
        quantity=ONE,
        per_unit_amount=amount,
        category=Category.COMMITMENT,
    )
