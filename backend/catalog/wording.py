"""The fields of plans, phases and rate cards as short texts, for comparing versions and telling what changed."""

from collections.abc import Mapping
from decimal import Decimal

from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import AddonTerms, PhaseTerms, PlanTerms, RateCardTerms
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.exact import plain
from backend.engine.rate.prices import Dynamic, Flat, Graduated, Package, PaymentTerm, Price, Tier, Unit, Volume
from backend.engine.rate.tiers import in_order
from backend.engine.recurrence import Duration

FIELD_WORDS = {
    "billingCadence": "the billing cadence",
    "proRatingConfig": "proration",
    "settlementMode": "the settlement",
    "featureKey": "the feature",
    "unitConfig": "the unit conversion",
    "entitlementTemplate": "the entitlement",
    "taxConfig": "the tax",
    "metadata": "the metadata",
    "instanceType": "how often it can be had",
    "minimumAmount": "the minimum spend",
    "maximumAmount": "the maximum spend",
    "percentageDiscount": "the percentage discount",
    "usageDiscount": "the free usage",
}
"""How a sentence calls a field; the others go by their own name."""


def plan_fields(terms: PlanTerms) -> dict[str, str]:
    """A plan without its phases."""
    return {
        "name": terms.name,
        "description": terms.description or "",
        "metadata": _labels(terms.labels),
        "billingCadence": str(terms.billing_cadence),
        "proRatingConfig": "on" if terms.pro_rating_enabled else "off",
        "settlementMode": terms.settlement_mode.value,
    }


def addon_fields(terms: AddonTerms) -> dict[str, str]:
    """An add-on without its rate cards."""
    return {
        "name": terms.name,
        "description": terms.description or "",
        "metadata": _labels(terms.labels),
        "instanceType": terms.instance_type.value,
    }


def phase_fields(phase: PhaseTerms) -> dict[str, str]:
    """A phase without its rate cards."""
    return {
        "name": phase.name,
        "description": phase.description or "",
        "metadata": _labels(phase.labels),
        "duration": _duration(phase.duration),
    }


def card_fields(card: RateCardTerms) -> dict[str, str]:
    """A rate card."""
    percentage, usage = card.discounts.percentage, card.discounts.usage
    return {
        "name": card.name,
        "description": card.description or "",
        "metadata": _labels(card.labels),
        "featureKey": card.feature_key or "",
        "billingCadence": _duration(card.billing_cadence),
        "price": price_text(card.price),
        "minimumAmount": _number(card.commitment.minimum),
        "maximumAmount": _number(card.commitment.maximum),
        "unitConfig": unit_config_text(card.unit_config),
        "percentageDiscount": f"{plain(percentage.percentage)}%" if percentage else "",
        "usageDiscount": f"{plain(usage.quantity)} units" if usage else "",
        "entitlementTemplate": entitlement_text(card.entitlement),
        "taxConfig": _tax(card.tax_config),
    }


def price_text(price: Price | None) -> str:
    """A price in a line: `0.01 per unit`; `free` without one."""
    if price is None:
        return "free"
    if isinstance(price, Graduated | Volume):
        return f"{'graduated' if isinstance(price, Graduated) else 'volume'}: {_tiers(price.tiers)}"
    if isinstance(price, Dynamic):
        return f"the metered value times {plain(price.multiplier)}"
    match price:
        case Flat():
            per = "flat in advance" if price.payment_term is PaymentTerm.IN_ADVANCE else "flat in arrears"
        case Unit():
            per = "per unit"
        case Package():
            per = f"per package of {plain(price.size)}"
    return f"{plain(price.amount)} {per}"


def unit_config_text(config: UnitConfig | None) -> str:
    """A unit conversion in a line: `divided by 1000, rounded up, in GB`; empty without one."""
    if config is None:
        return ""
    done = "divided by" if config.operation is Operation.DIVIDE else "times"
    rounded = {Rounding.NONE: "", Rounding.CEILING: "up", Rounding.FLOOR: "down", Rounding.HALF_UP: "half up"}
    parts = [f"{done} {plain(config.factor)}"]
    if config.rounding is not Rounding.NONE:
        places = f" to {config.precision} decimals" if config.precision else ""
        parts.append(f"rounded {rounded[config.rounding]}{places}")
    if config.display_unit:
        parts.append(f"in {config.display_unit}")
    return ", ".join(parts)


def entitlement_text(template: EntitlementTemplate | None) -> str:
    """What is included, in a line: `1000 units every P1M, hard limit`; empty without an entitlement."""
    match template:
        case None:
            return ""
        case BooleanTemplate():
            return "access"
        case StaticTemplate():
            return f"configuration {template.config}"
        case MeteredTemplate():
            issued = "no" if template.issue_after_reset is None else plain(template.issue_after_reset)
            period = f" every {template.usage_period}" if template.usage_period else ""
            limit = "soft limit" if template.is_soft_limit else "hard limit"
            kept = ", overage is kept" if template.preserve_overage_at_reset else ""
            return f"{issued} units{period}, {limit}{kept}"


def _tiers(tiers: tuple[Tier, ...]) -> str:
    said = []
    for _, _, tier in in_order(tiers):
        flat = [f"{plain(tier.flat)} flat"] if tier.flat is not None else []
        unit = [f"{plain(tier.unit)} per unit"] if tier.unit is not None else []
        band = "then" if tier.up_to is None else f"up to {plain(tier.up_to)}"
        said.append(f"{band} {' and '.join([*flat, *unit])}")
    return "; ".join(said)


def _labels(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _tax(config: Mapping[str, object] | None) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted((config or {}).items()) if value is not None)


def _duration(duration: Duration | None) -> str:
    return "" if duration is None else str(duration)


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)
