"""A plan the way its buyer sees it: a name, a headline price, and what one gets for it, all as finished text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend.catalog.plan_rows import PlanVersion
from backend.catalog.terms import PhaseTerms, PlanTerms, RateCardTerms
from backend.engine.exact import total
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import Duration
from portal import price_words
from portal.formatting import money, plural


@dataclass(frozen=True)
class Offer:
    """One line of a pricing card: what it is, what it costs beyond the headline, how much is allowed."""

    name: str
    price: str
    allowance: str


@dataclass(frozen=True)
class VersionLink:
    """Another version of the same plan."""

    id: str
    label: str
    status: str


@dataclass(frozen=True)
class PricingCard:
    """A plan version as a buyer would see it, with what staff want to know beneath."""

    id: str = ""
    key: str = ""
    name: str = ""
    description: str = ""
    version: str = ""
    status: str = "draft"
    headline: str = ""
    per: str = ""
    lead_in: str = ""
    offers: tuple[Offer, ...] = ()
    subscribers: str = ""
    versions: tuple[VersionLink, ...] = ()


def pricing_card(version: PlanVersion, *, subscribers: int = 0, versions: Iterable[VersionLink] = ()) -> PricingCard:
    """The card of a stored version."""
    row = version.row
    return draw(
        version.terms,
        row.currency,
        id=row.id,
        key=row.key,
        version=f"Version {row.version}",
        status=version.status.value,
        subscribers=plural(subscribers, "subscriber") if subscribers else "No subscribers",
        versions=tuple(versions),
    )


def draw(terms: PlanTerms, currency: str, **facts: object) -> PricingCard:
    """The card of any terms, also of a plan that is still being written. The last phase is what lasts."""
    lasting = terms.phases[-1].rate_cards if terms.phases else ()
    headline, per = headline_of(lasting, terms.billing_cadence, currency)
    return PricingCard(
        name=terms.name or "Untitled plan",
        description=terms.description or "",
        headline=headline,
        per=per,
        lead_in=_lead_in(terms.phases[:-1], terms.billing_cadence, currency),
        offers=tuple(_offer(card, currency) for card in lasting if not _in_headline(card, terms.billing_cadence)),
        **facts,  # type: ignore[arg-type]
    )


def headline_of(cards: Sequence[RateCardTerms], cadence: Duration, currency: str) -> tuple[str, str]:
    """What every period costs at no usage; without such a fee, whether usage costs anything."""
    fees = [card.price.amount for card in cards if _in_headline(card, cadence) and isinstance(card.price, Flat)]
    if fees:
        return money(total(fees), currency), f"/ {price_words.period_name(cadence)}"
    if not cards:
        return "No price yet", ""
    if any(card.price is not None and not isinstance(card.price, Flat) for card in cards):
        return "Pay as you go", ""
    return ("Free", "") if all(card.price is None for card in cards) else (money(total(()), currency), "")


def _in_headline(card: RateCardTerms, cadence: Duration) -> bool:
    """A plain fee of every billing period is said by the headline alone."""
    plain_fee = isinstance(card.price, Flat) and card.discounts.percentage is None
    return plain_fee and card.billing_cadence == cadence and card.feature_key is None


def _lead_in(phases: Sequence[PhaseTerms], cadence: Duration, currency: str) -> str:
    """The phases before the lasting one: `Trial: free for 14 days, then`."""
    said = []
    for phase in phases:
        headline, per = headline_of(phase.rate_cards, cadence, currency)
        lasts = f" for {price_words.length(phase.duration)}" if phase.duration else ""
        said.append(f"{phase.name}: {headline[:1].lower()}{headline[1:]}{' ' + per if per else ''}{lasts}")
    return f"{', then '.join(said)}, then" if said else ""


def _offer(card: RateCardTerms, currency: str) -> Offer:
    allowed = price_words.allowance(card.entitlement, card.billing_cadence)
    return Offer(card.name, price_words.price(card, currency), "" if allowed == price_words.INCLUDED else allowed)
