"""One version of a plan: what it sells in words, what is wrong with it, and what may be done to it."""

from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from backend.catalog.addon_rows import Offer
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.service import offers, plans
from backend.catalog.terms import PhaseTerms
from backend.engine.subscribe.status import PlanStatus
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from portal import boundary, price_words
from portal.formatting import instant
from portal.page_state import named_in_path
from portal.pages.plans.consequences import on_archive, on_publish
from portal.pages.plans.offer import pricing_card
from portal.rate_cards.addon_card import addon_line
from portal.rate_cards.lines import RateCardLine, rate_card_line
from portal.rate_cards.pricing_card import PricingCard, VersionLink
from portal.rate_cards.version_events import Catalog, VersionEvents


@dataclass(frozen=True)
class PhaseBlock:
    """A phase with its rate cards."""

    title: str
    lasts: str
    cards: tuple[RateCardLine, ...]


@dataclass(frozen=True)
class OfferRow:
    """An add-on that the plan offers; `problem` is what keeps the two from going together."""

    id: str
    addon_id: str
    name: str
    version: str
    price: str
    from_phase: str
    most: str
    problem: str


@dataclass(frozen=True)
class PlanPage:
    """Everything the page shows, read in one go."""

    card: PricingCard = PricingCard()
    phases: tuple[PhaseBlock, ...] = ()
    issues: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    offered: tuple[OfferRow, ...] = ()
    draft_id: str = ""
    on_publish: str = ""
    on_archive: str = ""


class PlanState(VersionEvents, rx.State):
    """What the page of one plan version shows and does."""

    ADDRESS = "/plans"
    CATALOG: ClassVar[Catalog] = plans

    shown: PlanPage = PlanPage()

    async def _fetch(self) -> None:
        plan_id = named_in_path(self)
        self.shown = await boundary.read(self, lambda ctx: _page(ctx, plan_id))


def _page(ctx: Context, plan_id: str) -> PlanPage:
    version = plans.get(ctx, plan_id)
    known = plans.versions(ctx, [version.row.key]).get(version.row.key, [])
    counts = subscriptions.count_by_plan(ctx, [row.id for row, _ in known])
    links = [VersionLink(row.id, f"Version {row.version}", status.value) for row, status in known]
    offered = offers.of_plan(ctx, version.row.id)
    draft = next((row for row, status in known if status is PlanStatus.DRAFT), None)
    return PlanPage(
        card=pricing_card(version, subscribers=counts.get(version.row.id, 0), versions=links, offered=offered),
        phases=tuple(_phase(version, phase) for phase in version.terms.phases),
        issues=tuple(issue.message for issue in version.issues),
        facts=_facts(version),
        offered=tuple(_offer(version, offer) for offer in offered),
        draft_id=draft.id if draft else "",
        on_publish=on_publish(known, counts),
        on_archive=on_archive(counts.get(version.row.id, 0)),
    )


def _phase(version: PlanVersion, phase: PhaseTerms) -> PhaseBlock:
    only = len(version.terms.phases) == 1
    lasts = price_words.length(phase.duration) if phase.duration else ("" if only else "until the subscription ends")
    return PhaseBlock(
        title="What it charges and includes" if only else phase.name,
        lasts=lasts,
        cards=tuple(rate_card_line(card, version.row.currency) for card in phase.rate_cards),
    )


def _offer(version: PlanVersion, offer: Offer) -> OfferRow:
    line, addon = addon_line(offer), offer.addon.row
    phases = {phase.key: phase.name for phase in version.terms.phases}
    return OfferRow(
        id=offer.row.id,
        addon_id=addon.id,
        name=line.name,
        version=f"Version {addon.version}",
        price=line.price,
        from_phase=phases.get(offer.terms.from_phase, offer.terms.from_phase),
        most=line.allowance,
        problem=" ".join(issue.message for issue in offer.issues) if version.status is not PlanStatus.ARCHIVED else "",
    )


def _facts(version: PlanVersion) -> tuple[tuple[str, str], ...]:
    row = version.row
    facts = [
        ("Key", row.key),
        ("Currency", row.currency),
        ("Billed", price_words.every(version.terms.billing_cadence)),
        ("Part of a period", "charged by the day" if row.pro_rating_enabled else "charged in full"),
        ("Created", instant(row.created_at)),
    ]
    if row.effective_from is not None:
        facts.append(("On sale from", instant(row.effective_from)))
    if row.effective_to is not None:
        facts.append(("On sale until", instant(row.effective_to)))
    return tuple(facts)
