"""One version of an add-on: what it sells in words, which plans offer it, and what may be done to it."""

from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from backend.catalog.addon_rows import AddonVersion
from backend.catalog.service import addons, offers
from backend.catalog.service.offers import OfferingPlan
from backend.engine.subscribe.status import AddonStatus
from backend.infra.context import Context
from portal import boundary
from portal.formatting import instant
from portal.page_state import named_in_path
from portal.pages.addons.consequences import on_archive, on_publish, plan_count
from portal.pages.addons.state import HELD
from portal.rate_cards.addon_card import addon_card
from portal.rate_cards.lines import RateCardLine, rate_card_line
from portal.rate_cards.pricing_card import PricingCard, VersionLink
from portal.rate_cards.version_events import Catalog, VersionEvents


@dataclass(frozen=True)
class OfferingRow:
    """A plan version that offers it."""

    plan_id: str
    plan: str
    version: str
    status: str
    from_phase: str
    most: str


@dataclass(frozen=True)
class AddonPage:
    """Everything the page shows, read in one go."""

    card: PricingCard = PricingCard()
    cards: tuple[RateCardLine, ...] = ()
    issues: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    offering: tuple[OfferingRow, ...] = ()
    draft_id: str = ""
    on_publish: str = ""
    on_archive: str = ""


class AddonState(VersionEvents, rx.State):
    """What the page of one version of an add-on shows and does."""

    ADDRESS = "/add-ons"
    CATALOG: ClassVar[Catalog] = addons

    shown: AddonPage = AddonPage()

    async def _fetch(self) -> None:
        addon_id = named_in_path(self)
        self.shown = await boundary.read(self, lambda ctx: _page(ctx, addon_id))


def _page(ctx: Context, addon_id: str) -> AddonPage:
    version = addons.get(ctx, addon_id)
    row = version.row
    known = addons.versions(ctx, [row.key]).get(row.key, [])
    offering = offers.plans_offering(ctx, [row.id]).get(row.id, [])
    draft = next((other for other, status in known if status is AddonStatus.DRAFT), None)
    return AddonPage(
        card=addon_card(
            version.terms,
            row.currency,
            id=row.id,
            key=row.key,
            version=f"Version {row.version}",
            status=version.status.value,
            versions=tuple(VersionLink(other.id, f"Version {other.version}", status.value) for other, status in known),
        ),
        cards=tuple(rate_card_line(card, row.currency) for card in version.terms.rate_cards),
        issues=tuple(issue.message for issue in version.issues),
        facts=_facts(version),
        offering=tuple(_offering(plan) for plan in offering),
        draft_id=draft.id if draft else "",
        on_publish=on_publish(ctx, known),
        on_archive=on_archive(plan_count(offering)),
    )


def _offering(plan: OfferingPlan) -> OfferingRow:
    most = plan.terms.max_quantity
    return OfferingRow(
        plan_id=plan.row.id,
        plan=plan.row.name,
        version=f"Version {plan.row.version}",
        status=plan.status.value,
        from_phase=plan.terms.from_phase,
        most=str(most) if most else "any number",
    )


def _facts(version: AddonVersion) -> tuple[tuple[str, str], ...]:
    row = version.row
    facts = [
        ("Key", row.key),
        ("Currency", row.currency),
        ("Can be had", HELD[version.terms.instance_type]),
        ("Created", instant(row.created_at)),
    ]
    if row.effective_from is not None:
        facts.append(("On sale from", instant(row.effective_from)))
    if row.effective_to is not None:
        facts.append(("On sale until", instant(row.effective_to)))
    return tuple(facts)
