"""Usage becomes the amount due, in billing order. Start reading here.

Each step is one function of its own file; the order is a rule (billing spec 4.2): unit conversion, usage discount,
price, percentage discount, maximum spend, minimum spend, credits. Taxes are added by the tax app, not here.
"""

from backend.engine.commitment import at_least, at_most
from backend.engine.convert import to_billed_units
from backend.engine.credit.apply import apply_credits
from backend.engine.discount import less_percentage, less_usage
from backend.engine.exact import ONE, ZERO
from backend.engine.invoice.totals import sum_totals
from backend.engine.rate import rate
from backend.engine.rate.lines import LineToRate, RatedLine, detail
from backend.engine.rate.prices import Flat, Portion
from backend.errors import Invalid, Issue


def rate_line(line: LineToRate) -> RatedLine:
    """Rate one invoice line: its rows, what they add up to, and the quantity they bill.

    A flat price takes no unit conversion, usage discount or commitment. Impossible combinations raise Invalid.
    """
    return _rate_flat_line(line) if isinstance(line.price, Flat) else _rate_usage_line(line)


def _rate_usage_line(line: LineToRate) -> RatedLine:
    _refuse_unconverted(line)
    units = to_billed_units(line.unit_config, line.quantity)  # convert
    units_before = to_billed_units(line.unit_config, line.before)
    billed, before, taken = less_usage(line.discounts.usage, units, units_before)  # discount usage
    portion = Portion(line.currency, billed, before, line.is_first, line.is_last)
    rows = detail(line, rate(line.price, portion))  # rate
    rows = less_percentage(line.discounts.percentage, rows)  # discount amount
    rows = at_most(line.commitment.maximum, line.previously_billed, rows)  # commit
    rows = at_least(line, rows)
    rows = apply_credits(line.credits, rows)  # credit
    return RatedLine(tuple(rows), sum_totals(row.totals for row in rows), billed, before, taken)


def _rate_flat_line(line: LineToRate) -> RatedLine:
    rows = detail(line, rate(line.price, Portion(line.currency, ONE, ZERO, line.is_first, line.is_last)))
    rows = less_percentage(line.discounts.percentage, rows)
    rows = apply_credits(line.credits, rows)
    return RatedLine(tuple(rows), sum_totals(row.totals for row in rows), ONE, ZERO)


def _refuse_unconverted(line: LineToRate) -> None:
    """Where unit conversion is switched off, a line that needs it cannot be rated (billing spec 4.2, step 1)."""
    if line.unit_config is not None and not line.can_convert:
        message = f"{line.name} is priced in converted units, and unit conversion is switched off."
        raise Invalid(message, issues=[Issue("unitConfig", "unit_config_disabled", message)])
