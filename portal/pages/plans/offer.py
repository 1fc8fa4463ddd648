"""A plan as a pricing card: the phase that lasts, what leads to it, and the add-ons that go with it."""

from collections.abc import Iterable, Sequence

from backend.catalog.addon_rows import Offer
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.terms import PhaseTerms, PlanTerms
from backend.engine.recurrence import Duration
from portal import price_words
from portal.formatting import plural
from portal.rate_cards.addon_card import addon_line
from portal.rate_cards.pricing_card import PricingCard, VersionLink, headline_of, offer_lines


def pricing_card(
    version: PlanVersion,
    *,
    subscribers: int = 0,
    versions: Iterable[VersionLink] = (),
    offered: Iterable[Offer] = (),
) -> PricingCard:
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
        addons=tuple(addon_line(offer) for offer in offered),
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
        offers=offer_lines(lasting, terms.billing_cadence, currency),
        **facts,
    )


def _lead_in(phases: Sequence[PhaseTerms], cadence: Duration, currency: str) -> str:
    """The phases before the lasting one: `Trial: free for 14 days, then`."""
    said = []
    for phase in phases:
        headline, per = headline_of(phase.rate_cards, cadence, currency)
        lasts = f" for {price_words.length(phase.duration)}" if phase.duration else ""
        said.append(f"{phase.name}: {headline[:1].lower()}{headline[1:]}{' ' + per if per else ''}{lasts}")
    return f"{', then '.join(said)}, then" if said else ""
