"""Step 4a, discounts: free units come off the usage before it is priced, percentages off each priced row."""

from decimal import Decimal

from backend.engine.exact import ZERO, exact
from backend.engine.money import round_amount
from backend.engine.rate.lines import AmountDiscount, DetailedLine, DiscountReason, UsageTakenOff
from backend.engine.rate.prices import PercentageDiscount, UsageDiscount

_PERCENT = Decimal("0.01")


@exact()
def less_usage(
    discount: UsageDiscount | None, quantity: Decimal, before: Decimal
) -> tuple[Decimal, Decimal, UsageTakenOff | None]:
    """Take free units off: what is left of this line's quantity and of the usage before it, and what was taken off.

    Usage billed by earlier parts of the period has used up the discount first (billing spec 4.2, step 2).
    """
    if discount is None:
        return quantity, before, None
    used_before = max(min(discount.quantity, before), ZERO)
    used = max(min(discount.quantity - used_before, quantity), ZERO)
    taken = UsageTakenOff(used, used_before, discount.correlation_id) if used > 0 else None
    return quantity - used, before - used_before, taken


def less_percentage(discount: PercentageDiscount | None, rows: list[DetailedLine]) -> list[DetailedLine]:
    """Take a percentage off each row, rounded per row (billing spec 4.2, step 4)."""
    return rows if discount is None else [row.less(_percentage_off(discount, row)) for row in rows]


@exact()
def _percentage_off(discount: PercentageDiscount, row: DetailedLine) -> AmountDiscount:
    return AmountDiscount(
        amount=round_amount(row.totals.amount * discount.percentage * _PERCENT, row.currency),
        reason=DiscountReason.PERCENTAGE,
        reference=f"rateCardDiscount/correlationID={discount.correlation_id}",
    )
