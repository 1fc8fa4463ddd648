"""A rate card as one line of words."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.catalog.terms import RateCardTerms
from portal import price_words


@dataclass(frozen=True)
class RateCardLine:
    """A rate card in words; while it is being written `problem` is what is wrong, `advice` what is odd."""

    name: str
    key: str
    feature: str
    price: str
    allowance: str
    billed: str
    problem: str = ""
    advice: str = ""


def problems_at(found: Mapping[str, str], place: str) -> str:
    """Everything that is wrong at a rate card's place and below it, as one text."""
    return " ".join(dict.fromkeys(said for where, said in found.items() if where.startswith(f"{place}.")))


def rate_card_line(card: RateCardTerms, currency: str, *, problem: str = "", advice: str = "") -> RateCardLine:
    """What it is, what it costs, how much may be used, how often it is billed."""
    return RateCardLine(
        name=card.name or "Unnamed",
        key=card.key,
        feature=card.feature_key or "",
        price=price_words.price(card, currency) or "free",
        allowance=price_words.allowance(card.entitlement, card.billing_cadence),
        billed=price_words.every(card.billing_cadence) if card.price is not None else "",
        problem=problem,
        advice=advice,
    )
