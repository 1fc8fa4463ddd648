"""A plan or an add-on the way its buyer sees it: a name, a headline price, and what one gets, as finished text."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.catalog.terms import RateCardTerms
from backend.engine.exact import total
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import Duration
from portal import price_words
from portal.formatting import money


@dataclass(frozen=True)
class OfferLine:
    """One line of a pricing card: what it is, what it costs beyond the headline, how much is allowed."""

    name: str
    price: str
    allowance: str


@dataclass(frozen=True)
class VersionLink:
    """Another version of the same plan or add-on."""

    id: str
    label: str
    status: str


@dataclass(frozen=True)
class PricingCard:
    """A version as a buyer would see it, with what staff want to know beneath."""

    id: str = ""
    key: str = ""
    name: str = ""
    description: str = ""
    version: str = ""
    status: str = "draft"
    headline: str = ""
    per: str = ""
    lead_in: str = ""
    offers: tuple[OfferLine, ...] = ()
    addons: tuple[OfferLine, ...] = ()
    subscribers: str = ""
    versions: tuple[VersionLink, ...] = ()


def headline_of(cards: Sequence[RateCardTerms], cadence: Duration | None, currency: str) -> tuple[str, str]:
    """What every period costs at no usage; without such a fee, whether usage costs anything."""
    fees = [card.price.amount for card in cards if _in_headline(card, cadence) and isinstance(card.price, Flat)]
    if fees:
        return money(total(fees), currency), f"/ {price_words.period_name(cadence)}" if cadence else "once"
    if not cards:
        return "No price yet", ""
    if any(card.price is not None and not isinstance(card.price, Flat) for card in cards):
        return "Pay as you go", ""
    return ("Free", "") if all(card.price is None for card in cards) else (money(total(()), currency), "")


def offer_lines(cards: Sequence[RateCardTerms], cadence: Duration | None, currency: str) -> tuple[OfferLine, ...]:
    """What one gets besides what the headline says."""
    return tuple(_line(card, currency) for card in cards if not _in_headline(card, cadence))


def _in_headline(card: RateCardTerms, cadence: Duration | None) -> bool:
    """A plain fee of every billing period is said by the headline alone."""
    plain_fee = isinstance(card.price, Flat) and card.discounts.percentage is None
    return plain_fee and card.billing_cadence == cadence and card.feature_key is None


def _line(card: RateCardTerms, currency: str) -> OfferLine:
    allowed = price_words.allowance(card.entitlement, card.billing_cadence)
    return OfferLine(card.name, price_words.price(card, currency), "" if allowed == price_words.INCLUDED else allowed)
