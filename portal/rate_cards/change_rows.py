"""What changed between two versions of a plan or an add-on, as rows of words: where, what, before, now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from backend.catalog.addon_rows import Offer
from backend.catalog.difference import Change, Difference, addon_differences, plan_differences
from backend.catalog.templates import StaticTemplate
from backend.catalog.terms import AddonTerms, PlanTerms, RateCardTerms
from backend.engine.rate.prices import Commitment, Discounts
from backend.engine.recurrence import Duration
from portal import price_words
from portal.formatting import NOTHING, money, quantity
from portal.rate_cards.addon_card import addon_line
from portal.rate_cards.lines import rate_card_line

WHAT = {
    "billingCadence": "Billed",
    "duration": "Lasts",
    "proRatingConfig": "Charge by the day",
    "settlementMode": "Settlement",
    "featureKey": "Feature",
    "unitConfig": "Unit conversion",
    "entitlementTemplate": "May be used",
    "taxConfig": "Tax",
    "metadata": "Labels",
    "minimumAmount": "At least",
    "maximumAmount": "At most",
    "percentageDiscount": "Percent off",
    "usageDiscount": "Included units",
    "phases": "Order of phases",
    "instanceType": "Can be had",
}


@dataclass(frozen=True)
class ChangeRow:
    """One change."""

    change: str
    where: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class OfferInWords:
    """An add-on as a plan offers it."""

    name: str
    terms: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions: its rate cards by (phase, key), and the names of the phases of both."""

    cards: Mapping[tuple[str, str], RateCardTerms]
    currency: str
    phases: Mapping[str, str] = field(default_factory=dict)


def plan_rows(before: PlanTerms, after: PlanTerms, currency: str) -> list[ChangeRow]:
    """Every difference between two versions of a plan, in the order of the newer one."""
    phases = {phase.key: phase.name for phase in (*before.phases, *after.phases)}
    sides = Side(_by_place(before), currency, phases), Side(_by_place(after), currency, phases)
    return [_row(found, *sides, "Plan") for found in plan_differences(before, after)]


def addon_rows(before: AddonTerms, after: AddonTerms, currency: str) -> list[ChangeRow]:
    """Every difference between two versions of an add-on, in the order of the newer one."""
    old, new = ({("", card.key): card for card in terms.rate_cards} for terms in (before, after))
    sides = Side(old, currency), Side(new, currency)
    return [_row(found, *sides, "Add-on") for found in addon_differences(before, after)]


def offer_rows(before: Sequence[Offer], after: Sequence[Offer]) -> list[ChangeRow]:
    """The add-ons that came, went, or are offered on other terms."""
    old, new = _said(before), _said(after)
    keys = [*new, *(key for key in old if key not in new)]
    return [
        ChangeRow(
            _kind(key in old, key in new),
            "Add-ons",
            (new.get(key) or old[key]).name,
            old[key].terms if key in old else NOTHING,
            new[key].terms if key in new else NOTHING,
        )
        for key in keys
        if old.get(key) != new.get(key)
    ]


def _by_place(terms: PlanTerms) -> dict[tuple[str, str], RateCardTerms]:
    return {(phase.key, card.key): card for phase in terms.phases for card in phase.rate_cards}


def _row(found: Difference, before: Side, after: Side, whole: str) -> ChangeRow:
    place = (found.phase, found.card)
    card = after.cards.get(place) or before.cards.get(place)
    where = [after.phases.get(found.phase, found.phase), card.name if card else found.card]
    return ChangeRow(
        change=found.change.value,
        where=": ".join(part for part in where if part) or whole,
        what=_what(found),
        before=_words(found, found.before, before) or NOTHING,
        after=_words(found, found.after, after) or NOTHING,
    )


def _what(found: Difference) -> str:
    if not found.field:
        return "Rate card" if found.card else "Phase"
    return WHAT.get(found.field) or found.field.capitalize()


def _words(found: Difference, text: str, side: Side) -> str:
    """A text of the comparison as the rest of the portal says it."""
    card = side.cards.get((found.phase, found.card))
    if card is not None:
        return _of_card(found.field, text, card, side.currency)
    match found.field:
        case "billingCadence":
            return price_words.every(Duration.parse(text) if text else None)
        case "duration" if text:
            return price_words.length(Duration.parse(text))
        case "instanceType" | "settlementMode":
            return text.replace("_", " ").replace("single", "once").replace("multiple", "several times")
        case "phases":
            return ", ".join(side.phases.get(key, key) for key in text.split(", "))
    return text


def _of_card(changed: str, text: str, card: RateCardTerms, currency: str) -> str:
    """A field of a rate card, or all of it when it came or went."""
    line, said = rate_card_line(card, currency), text
    match changed:
        case "":
            said = "; ".join(part for part in (line.price, line.allowance) if part)
        case "price":
            bare = replace(card, discounts=Discounts(), commitment=Commitment(), unit_config=None)
            said = price_words.price(bare, currency) or "free"
        case "entitlementTemplate":
            settings = card.entitlement.config if isinstance(card.entitlement, StaticTemplate) else ""
            said = f"{line.allowance}: {settings}" if settings else line.allowance
        case "minimumAmount" | "maximumAmount" if text:
            said = money(Decimal(text), currency)
        case "usageDiscount" if card.discounts.usage:
            said = quantity(card.discounts.usage.quantity)
        case "taxConfig":
            said = _tax(card.tax_config or {})
        case "billingCadence":
            said = price_words.every(card.billing_cadence)
    return said


def _tax(config: Mapping[str, Any]) -> str:
    """`added to the price, tax code txcd_10103001`."""
    behavior = {"exclusive": "added to the price", "inclusive": "included in the price"}
    code = (config.get("stripe") or {}).get("code")
    return ", ".join(filter(None, (behavior.get(config.get("behavior") or ""), f"tax code {code}" if code else "")))


def _said(offered: Iterable[Offer]) -> dict[str, OfferInWords]:
    return {offer.addon.row.key: _in_words(offer) for offer in offered}


def _in_words(offer: Offer) -> OfferInWords:
    line = addon_line(offer)
    version, phase = offer.addon.row.version, offer.terms.from_phase
    return OfferInWords(line.name, f"version {version}; {line.price}; {line.allowance}, from phase {phase}")


def _kind(was: bool, is_there: bool) -> str:
    return (Change.CHANGED if was and is_there else Change.ADDED if is_there else Change.REMOVED).value
