"""What changed between two versions of a plan, as rows of words: where, what, before, now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from backend.catalog.addon_rows import Offer
from backend.catalog.difference import Change, Difference, plan_differences
from backend.catalog.terms import PlanTerms, RateCardTerms
from backend.engine.rate.prices import Commitment, Discounts
from backend.engine.recurrence import Duration
from portal import price_words
from portal.formatting import NOTHING, money
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


def rows_of(before: PlanTerms, after: PlanTerms, currency: str) -> list[ChangeRow]:
    """Every difference of the terms, in the order of the newer version."""
    return [_row(found, before, after, currency) for found in plan_differences(before, after)]


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


def _row(found: Difference, before: PlanTerms, after: PlanTerms, currency: str) -> ChangeRow:
    old, new = _card(before, found), _card(after, found)
    return ChangeRow(
        change=found.change.value,
        where=_where(found, before, after),
        what=_what(found),
        before=_words(found, found.before, old, currency) or NOTHING,
        after=_words(found, found.after, new, currency) or NOTHING,
    )


def _where(found: Difference, before: PlanTerms, after: PlanTerms) -> str:
    phases = {phase.key: phase.name for phase in (*before.phases, *after.phases)}
    card = _card(after, found) or _card(before, found)
    parts = [phases.get(found.phase, found.phase), card.name if card else found.card]
    return ": ".join(part for part in parts if part) or "Plan"


def _card(terms: PlanTerms, found: Difference) -> RateCardTerms | None:
    cards = (card for phase in terms.phases if phase.key == found.phase for card in phase.rate_cards)
    return next((card for card in cards if found.card and card.key == found.card), None)


def _what(found: Difference) -> str:
    if not found.field:
        return "Rate card" if found.card else "Phase"
    return WHAT.get(found.field) or found.field.capitalize()


def _words(found: Difference, text: str, card: RateCardTerms | None, currency: str) -> str:
    """A text of the comparison as the rest of the portal says it."""
    if card is not None and found.field in ("", "price", "entitlementTemplate"):
        return _of_card(found.field, card, currency)
    if found.field == "billingCadence":
        return price_words.every(Duration.parse(text) if text else None)
    if found.field == "duration" and text:
        return price_words.length(Duration.parse(text))
    if found.field in ("minimumAmount", "maximumAmount") and text:
        return money(Decimal(text), currency)
    return text


def _of_card(field: str, card: RateCardTerms, currency: str) -> str:
    if field == "price":
        bare = replace(card, discounts=Discounts(), commitment=Commitment(), unit_config=None)
        return price_words.price(bare, currency) or "free"
    line = rate_card_line(card, currency)
    return line.allowance if field else "; ".join(part for part in (line.price, line.allowance) if part)


def _said(offered: Iterable[Offer]) -> dict[str, OfferInWords]:
    return {offer.addon.row.key: _in_words(offer) for offer in offered}


def _in_words(offer: Offer) -> OfferInWords:
    line = addon_line(offer)
    version, phase = offer.addon.row.version, offer.terms.from_phase
    return OfferInWords(line.name, f"version {version}; {line.price}; {line.allowance}, from phase {phase}")


def _kind(was: bool, is_there: bool) -> str:
    return (Change.CHANGED if was and is_there else Change.ADDED if is_there else Change.REMOVED).value
