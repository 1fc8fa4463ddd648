"""Prices and allowances in words a buyer understands: `first 1,000,000 included, then $2.00 per 1,000,000`."""

from collections.abc import Sequence
from decimal import Decimal

from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import RateCardTerms
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.exact import EXACT, ONE, ZERO, plain
from backend.engine.rate.prices import Dynamic, Flat, Graduated, Package, Tier, Unit, Volume
from backend.engine.recurrence import Duration
from portal.formatting import money, quantity, unit_price

SCALES = (Decimal(1), Decimal(1_000), Decimal(1_000_000))
ONE_CENT = Decimal("0.01")
SINGLE = {"P1D": "day", "P1W": "week", "P1M": "month", "P3M": "quarter", "P6M": "half-year", "P1Y": "year"}
INCLUDED = "included"
WITH_SETTINGS = "included, with settings"
ROUNDED = {
    Rounding.CEILING: "rounded up",
    Rounding.FLOOR: "rounded down",
    Rounding.HALF_UP: "rounded to the nearest",
}
PARTS = ("years", "months", "weeks", "days", "hours", "minutes")


def length(duration: Duration) -> str:
    """How long: `14 days`, `1 month`, `1 year 6 months`."""
    counted = [(getattr(duration, part), part) for part in PARTS]
    said = [f"{count} {part if count != 1 else part[:-1]}" for count, part in counted if count]
    return " ".join([*said, *([f"{plain(duration.seconds)} seconds"] if duration.seconds else [])]) or "no time"


def period_name(cadence: Duration) -> str:
    """One period of a cadence: `month`, `year`, `2 weeks`."""
    text = "P1Y" if str(cadence) == "P12M" else str(cadence)
    return SINGLE.get(text) or length(cadence).removeprefix("1 ")


def every(cadence: Duration | None) -> str:
    """How often: `every month`, or `once`."""
    return "once" if cadence is None else f"every {period_name(cadence)}"


def readable_scale(amount: Decimal) -> Decimal:
    """For how many units a unit price is best said, so that it is at least a cent: 1, 1,000 or 1,000,000."""
    fitting = (scale for scale in SCALES if EXACT.multiply(amount, scale) >= ONE_CENT)
    return SCALES[0] if amount == 0 else next(fitting, SCALES[-1])


def per_unit(amount: Decimal, currency: str, scale: Decimal | None = None) -> str:
    """A unit price: `$0.30 each`, `$2.00 per 1,000,000`; for `scale` units if it is given."""
    scale = scale or readable_scale(amount)
    said = unit_price(EXACT.multiply(amount, scale), currency)
    return f"{said} each" if scale == 1 else f"{said} per {quantity(scale)}"


def price(card: RateCardTerms, currency: str) -> str:
    """What a rate card costs, with its free units, commitments and percentage; empty for a free one."""
    if card.price is None:
        return ""
    said = _price(card, currency)
    if card.discounts.usage is not None:
        said = f"first {quantity(card.discounts.usage.quantity)}{_named(card.unit_config)} included, then {said}"
    if card.discounts.percentage is not None:
        said += f", less {plain(card.discounts.percentage.percentage)}%"
    bounds = (("at least", card.commitment.minimum), ("at most", card.commitment.maximum))
    said += "".join(f", {word} {money(amount, currency)}" for word, amount in bounds if amount is not None)
    bounded = any(amount is not None for _, amount in bounds)
    return f"{said} per {period_name(card.billing_cadence)}" if bounded and card.billing_cadence else said


def allowance(template: EntitlementTemplate | None, cadence: Duration | None) -> str:
    """How much a buyer may use, and what happens then; empty when nothing is limited or granted."""
    match template:
        case None:
            return ""
        case BooleanTemplate():
            return INCLUDED
        case StaticTemplate():
            return WITH_SETTINGS
        case MeteredTemplate():
            period = template.usage_period or cadence
            often = f" {every(period)}" if period else ""
            said = f"up to {quantity(template.issue_after_reset or ZERO)}{often}"
            return f"{said}, more is possible" if template.is_soft_limit else f"{said}, then it stops"


def _price(card: RateCardTerms, currency: str) -> str:
    value, converted = card.price, _converted(card.unit_config)
    match value:
        case Flat():
            when = f", in {value.payment_term.value.removeprefix('in_')}" if card.billing_cadence else ""
            return f"{money(value.amount, currency)} {every(card.billing_cadence)}{when}"
        case Unit():
            named = card.unit_config.display_unit if card.unit_config else None
            said = f"{unit_price(value.amount, currency)} per {named}" if named else per_unit(value.amount, currency)
            return said + converted
        case Graduated():
            return ", ".join(_tiers(value.tiers, currency, ("first", "up to", "then"))) + converted
        case Volume():
            tiers = ", ".join(_tiers(value.tiers, currency, ("up to", "up to", "above")))
            return f"all units by volume: {tiers}{converted}"
        case Package():
            return f"{money(value.amount, currency)} for every {quantity(value.size)} begun"
        case Dynamic():
            return _times(value.multiplier)


def _named(config: UnitConfig | None) -> str:
    """The unit after a number of billed units: ` GB`."""
    return f" {config.display_unit}" if config and config.display_unit else ""


def _converted(config: UnitConfig | None) -> str:
    """How usage is converted before it is priced: ` (1 GB is 1,000,000,000 used, rounded up)`."""
    if config is None:
        return ""
    rounded = "" if config.rounding is Rounding.NONE else f", {ROUNDED[config.rounding]}"
    if config.operation is Operation.MULTIPLY:
        return f" (usage is multiplied by {quantity(config.factor)}{rounded})"
    return f" (1{_named(config) or ' unit'} is {quantity(config.factor)} used{rounded})"


def _times(multiplier: Decimal) -> str:
    """What a price that follows the metered cost adds to it or leaves off: `the metered cost plus 20%`."""
    percent = EXACT.multiply(EXACT.subtract(multiplier, ONE), Decimal(100))
    if not percent:
        return "the metered cost"
    return f"the metered cost {'plus' if percent > 0 else 'less'} {plain(abs(percent))}%"


def _tiers(tiers: Sequence[Tier], currency: str, words: tuple[str, str, str]) -> list[str]:
    first, between, last = words
    ordered = sorted(tiers, key=lambda tier: (tier.up_to is None, tier.up_to or ZERO))
    scale = max((readable_scale(tier.unit) for tier in ordered if tier.unit), default=SCALES[0])
    said = []
    for number, tier in enumerate(ordered):
        flat = money(tier.flat, currency) if tier.flat else ""
        unit = per_unit(tier.unit, currency, scale) if tier.unit else ""
        amount = " plus ".join(part for part in (flat, unit) if part) or "nothing more"
        amount += " in all" if flat and not unit else ""
        if number == 0 and tier.up_to is not None and not flat and not unit:
            said.append(f"{first} {quantity(tier.up_to)} {INCLUDED}")
        elif tier.up_to is None:
            said.append(f"{last} {amount}" if number else amount)
        else:
            said.append(f"{first if number == 0 else between} {quantity(tier.up_to)} at {amount}")
    return said
