"""An add-on as a pricing card, and as one line on the card of a plan that offers it."""

from collections.abc import Sequence

from backend.catalog.addon_rows import Offer
from backend.catalog.models import InstanceType
from backend.catalog.terms import AddonTerms, RateCardTerms
from backend.engine.recurrence import Duration
from portal import price_words
from portal.formatting import plural
from portal.rate_cards.pricing_card import OfferLine, PricingCard, headline_of, offer_lines


def addon_card(terms: AddonTerms, currency: str, **facts: object) -> PricingCard:
    """The card of any terms, also of an add-on that is still being written."""
    cadence = cadence_of(terms.rate_cards)
    headline, per = headline_of(terms.rate_cards, cadence, currency)
    return PricingCard(
        name=terms.name or "Untitled add-on",
        description=terms.description or "",
        headline=headline,
        per=f"{per} each".strip() if per and terms.instance_type is InstanceType.MULTIPLE else per,
        offers=offer_lines(terms.rate_cards, cadence, currency),
        **facts,
    )


def cadence_of(cards: Sequence[RateCardTerms]) -> Duration | None:
    """How often an add-on is billed: all its recurring prices share one cadence; None for one-time fees alone."""
    return next((card.billing_cadence for card in cards if card.price is not None and card.billing_cadence), None)


def addon_line(offer: Offer) -> OfferLine:
    """`Extra seats`, `$10.00 / month each`, `up to 5, from phase Paid on`."""
    card = addon_card(offer.addon.terms, offer.addon.row.currency)
    said = [f"{card.headline} {card.per}".strip()] if card.per or not card.offers else []
    said += [": ".join(filter(None, (line.name, line.price or line.allowance))) for line in card.offers]
    named = [text for text in said if text != card.name]
    return OfferLine(offer.terms.name or card.name, "; ".join(named), most_of(offer))


def most_of(offer: Offer) -> str:
    """How many of it a subscription may hold."""
    if offer.addon.terms.instance_type is InstanceType.SINGLE:
        return "can be added once"
    most = offer.terms.max_quantity
    return f"can be added up to {plural(most, 'time')}" if most else "can be added any number of times"


def price_in_words(terms: AddonTerms, currency: str) -> str:
    """All prices of an add-on in one line; of what costs nothing, how much it is."""
    return "; ".join(f"{card.name}: {_worth(card, currency)}" for card in terms.rate_cards)


def _worth(card: RateCardTerms, currency: str) -> str:
    return price_words.price(card, currency) or price_words.allowance(card.entitlement, card.billing_cadence) or "free"
