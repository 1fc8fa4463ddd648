"""A rate card as the text that stands in its fields, made from stored terms or from nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import RateCardTerms
from backend.engine.convert import UnitConfig
from backend.engine.exact import EXACT, plain
from backend.engine.rate.prices import Dynamic, Flat, Graduated, Package, Price, Tier, Unit, Volume
from backend.engine.recurrence import Duration
from portal.price_words import readable_scale

FREE = "free"
CONVERTIBLE = ("unit", "graduated", "volume")
QUOTA, ACCESS, SETTINGS, NO_GRANT = "metered", "boolean", "static", "none"


@dataclass(frozen=True)
class TierForm:
    """A row of the tiers table; an empty `up_to` has no end."""

    up_to: str = ""
    flat: str = ""
    unit: str = ""


@dataclass(frozen=True)
class CardForm:
    """A rate card. `source` says which stored rate card it came from, so that nothing unseen is lost."""

    source: str = ""
    is_fee: bool = False
    name: str = ""
    key: str = ""
    model: str = "unit"
    amount: str = ""
    per: str = "1"
    size: str = "1000"
    tiers: tuple[TierForm, ...] = (TierForm(up_to="1000"), TierForm())
    term: str = "in_advance"
    cadence: str = "P1M"
    free_units: str = ""
    minimum: str = ""
    maximum: str = ""
    percent: str = ""
    convert: str = ""
    factor: str = ""
    rounding: str = "none"
    precision: str = "0"
    display_unit: str = ""
    tax: str = ""
    tax_code: str = ""
    grant: str = NO_GRANT
    quota: str = ""
    quota_period: str = "P1M"
    is_soft: bool = False
    carries_overage: bool = False
    config: str = "{}"


def card_form(source: str, card: RateCardTerms) -> CardForm:
    """The form of a stored rate card."""
    discounts, commitment = card.discounts, card.commitment
    return CardForm(
        source=source,
        is_fee=card.feature_key is None,
        name=card.name,
        key=card.key,
        cadence="" if card.billing_cadence is None else str(card.billing_cadence),
        free_units=_text(discounts.usage.quantity if discounts.usage else None),
        minimum=_text(commitment.minimum),
        maximum=_text(commitment.maximum),
        percent=_text(discounts.percentage.percentage if discounts.percentage else None),
        **_price(card.price),
        **_conversion(card.unit_config),
        **_tax(card.tax_config or {}),
        **_grant(card.entitlement, card.billing_cadence),
    )


def _price(price: Price | None) -> dict[str, Any]:
    match price:
        case Flat():
            return {"model": "flat", "amount": plain(price.amount), "term": price.payment_term.value}
        case Unit():
            scale = readable_scale(price.amount)
            return {"model": "unit", "amount": plain(EXACT.multiply(price.amount, scale)), "per": plain(scale)}
        case Graduated() | Volume():
            model = "graduated" if isinstance(price, Graduated) else "volume"
            return {"model": model, "tiers": _tiers(price.tiers)}
        case Package():
            return {"model": "package", "amount": plain(price.amount), "size": plain(price.size)}
        case Dynamic():
            return {"model": "dynamic", "amount": plain(price.multiplier)}
        case _:
            return {"model": FREE}


def _tiers(tiers: tuple[Tier, ...]) -> tuple[TierForm, ...]:
    return tuple(TierForm(_text(tier.up_to), _text(tier.flat), _text(tier.unit)) for tier in tiers)


def _conversion(config: UnitConfig | None) -> dict[str, Any]:
    if config is None:
        return {}
    return {
        "convert": config.operation.value,
        "factor": plain(config.factor),
        "rounding": config.rounding.value,
        "precision": str(config.precision),
        "display_unit": config.display_unit or "",
    }


def _tax(config: Mapping[str, Any]) -> dict[str, Any]:
    return {"tax": config.get("behavior") or "", "tax_code": (config.get("stripe") or {}).get("code", "")}


def _grant(template: EntitlementTemplate | None, cadence: Duration | None) -> dict[str, Any]:
    match template:
        case BooleanTemplate():
            return {"grant": ACCESS}
        case StaticTemplate():
            return {"grant": SETTINGS, "config": template.config}
        case MeteredTemplate():
            return {
                "grant": QUOTA,
                "quota": _text(template.issue_after_reset),
                "quota_period": str(template.usage_period or cadence or "P1M"),
                "is_soft": template.is_soft_limit,
                "carries_overage": template.preserve_overage_at_reset,
            }
        case _:
            return {"grant": NO_GRANT}


def _text(number: Decimal | None) -> str:
    return "" if number is None else plain(number)
