"""The plan builder's form: everything as the text that stands in its fields, made from a plan or from nothing."""

from dataclasses import dataclass
from decimal import Decimal

from backend.catalog.plan_rows import PlanVersion
from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import PhaseTerms, RateCardTerms
from backend.engine.exact import EXACT, plain
from backend.engine.rate.prices import Dynamic, Flat, Graduated, Package, Price, Tier, Unit, Volume
from backend.engine.recurrence import Duration
from portal.price_words import readable_scale

FREE = "free"
QUOTA, ACCESS, SETTINGS, NO_GRANT = "metered", "boolean", "static", "none"
DAYS, WEEKS, MONTHS, YEARS = "D", "W", "M", "Y"


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
    grant: str = NO_GRANT
    quota: str = ""
    quota_period: str = "P1M"
    is_soft: bool = False
    config: str = "{}"


@dataclass(frozen=True)
class PhaseForm:
    """A phase; only one that another phase follows has a length."""

    source: str = ""
    name: str = "Default"
    key: str = "default"
    lasts: str = ""
    unit: str = MONTHS
    cards: tuple[CardForm, ...] = ()


@dataclass(frozen=True)
class PlanForm:
    """A plan that is being written."""

    name: str = ""
    key: str = ""
    description: str = ""
    currency: str = "USD"
    cadence: str = "P1M"
    prorates: bool = True
    phases: tuple[PhaseForm, ...] = (PhaseForm(),)


def form_of(version: PlanVersion) -> PlanForm:
    """The form of a stored draft."""
    row, terms = version.row, version.terms
    phases = tuple(_phase(number, phase) for number, phase in enumerate(terms.phases))
    return PlanForm(
        name=terms.name,
        key=row.key,
        description=terms.description or "",
        currency=row.currency,
        cadence=str(terms.billing_cadence),
        prorates=terms.pro_rating_enabled,
        phases=phases or (PhaseForm(),),
    )


def _phase(number: int, phase: PhaseTerms) -> PhaseForm:
    lasts, unit = _length(phase.duration)
    cards = tuple(_card(f"{number}.{index}", card) for index, card in enumerate(phase.rate_cards))
    return PhaseForm(source=str(number), name=phase.name, key=phase.key, lasts=lasts, unit=unit, cards=cards)


def _card(source: str, card: RateCardTerms) -> CardForm:
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
        **_grant(card.entitlement, card.billing_cadence),
    )


def _price(price: Price | None) -> dict[str, object]:
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


def _grant(template: EntitlementTemplate | None, cadence: Duration | None) -> dict[str, object]:
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
            }
        case _:
            return {"grant": NO_GRANT}


def _length(duration: Duration | None) -> tuple[str, str]:
    """A duration as a number and its unit; one of several parts as days would change it, so it is left as it is."""
    if duration is None:
        return "", MONTHS
    for unit, count in (
        (YEARS, duration.years),
        (MONTHS, duration.months),
        (WEEKS, duration.weeks),
        (DAYS, duration.days),
    ):
        if count and str(duration) == f"P{count}{unit}":
            return str(count), unit
    return str(duration), MONTHS


def _text(number: Decimal | None) -> str:
    return "" if number is None else plain(number)
