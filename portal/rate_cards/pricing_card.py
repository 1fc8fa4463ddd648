"""A plan or an add-on the way its buyer sees it: a name, a headline price, and what one gets, as finished text."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.catalog.terms import RateCardTerms
from backend.engine.exact import EXACT, ZERO, plain, quotient, total
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import Duration
from portal import price_words
from portal.formatting import money

HUNDRED = Decimal(100)
UNLIMITED = (price_words.INCLUDED, price_words.WITH_SETTINGS)


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
    """What every period costs at no usage, less what is taken off; without a fee, whether usage costs anything."""
    fees = [_charged(card) for card in cards if is_in_headline(card, cadence)]
    if fees:
        return money(total(fees), currency), f"/ {price_words.period_name(cadence)}" if cadence else "once"
    if not cards:
        return "No price yet", ""
    if any(card.price is not None and not isinstance(card.price, Flat) for card in cards):
        return "Pay as you go", ""
    return ("Free", "") if all(card.price is None for card in cards) else (money(total(()), currency), "")


def offer_lines(cards: Sequence[RateCardTerms], cadence: Duration | None, currency: str) -> tuple[OfferLine, ...]:
    """What one gets besides what the headline says."""
    return tuple(_line(card, cadence, currency) for card in cards if not _is_said(card, cadence))


def is_in_headline(card: RateCardTerms, cadence: Duration | None) -> bool:
    """Whether it is a fee of every billing period, also one for a feature such as priority support."""
    return isinstance(card.price, Flat) and card.billing_cadence == cadence


def _is_said(card: RateCardTerms, cadence: Duration | None) -> bool:
    """A fee that is for no feature and has nothing taken off is said by the headline alone."""
    return is_in_headline(card, cadence) and card.feature_key is None and card.discounts.percentage is None


def _charged(card: RateCardTerms) -> Decimal:
    amount = card.price.amount if isinstance(card.price, Flat) else ZERO
    off = card.discounts.percentage.percentage if card.discounts.percentage else ZERO
    return quotient(EXACT.multiply(amount, EXACT.subtract(HUNDRED, off)), HUNDRED)


def _line(card: RateCardTerms, cadence: Duration | None, currency: str) -> OfferLine:
    allowed = price_words.allowance(card.entitlement, card.billing_cadence)
    return OfferLine(card.name, _beyond(card, cadence, currency), "" if allowed in UNLIMITED else allowed)


def _beyond(card: RateCardTerms, cadence: Duration | None, currency: str) -> str:
    """The price that the headline does not say."""
    if not is_in_headline(card, cadence):
        return price_words.price(card, currency)
    off = card.discounts.percentage
    return "" if off is None else f"{plain(off.percentage)}% off, in the price above"
