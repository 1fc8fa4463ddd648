"""Step 4b, commitments: a period never costs more than its maximum nor, once it is over, less than its minimum."""

from decimal import Decimal

from backend.engine.exact import exact, plain, total
from backend.engine.money import round_amount
from backend.engine.rate.lines import AmountDiscount, DetailedLine, DiscountReason, LineToRate, minimum_spend_row


@exact()
def at_most(maximum: Decimal | None, billed: Decimal, rows: list[DetailedLine]) -> list[DetailedLine]:
    """Discount what lies above the maximum, counting what earlier parts of the period billed (spec 4.2, step 5)."""
    if maximum is None:
        return rows
    limited = []
    for row in rows:
        within = _limited(maximum, billed, row)
        billed += within.totals.total
        limited.append(within)
    return limited


@exact()
def at_least(line: LineToRate, rows: list[DetailedLine]) -> list[DetailedLine]:
    """Add what is missing to the minimum spend, with the last part of the period only (spec 4.2, step 6).

    The minimum compares with the discounted sum of all parts of the period.
    """
    minimum = line.commitment.minimum
    if minimum is None or not line.is_last:
        return rows
    billed = line.previously_billed + total(row.totals.total for row in rows)
    missing = round_amount(minimum - billed, line.currency)
    return [*rows, minimum_spend_row(line, missing)] if missing > 0 else rows


def _limited(maximum: Decimal, billed: Decimal, row: DetailedLine) -> DetailedLine:
    worth = row.totals.total
    ceiling = round_amount(maximum, row.currency)
    excess = min(worth, round_amount(billed, row.currency) + worth - ceiling)
    if excess <= 0:
        return row
    description = f"Maximum spend discount for charges over {plain(ceiling)}"
    return row.less(AmountDiscount(excess, DiscountReason.MAXIMUM_SPEND, "line_maximum_spend", description))
