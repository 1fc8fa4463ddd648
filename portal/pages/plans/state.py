"""The plans on sale and in the making, each as its pricing card."""

from collections.abc import Sequence

import reflex as rx

from backend.catalog.filters import PlanFilter
from backend.catalog.models import Plan
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.service import offers, plans
from backend.engine.subscribe.status import PlanStatus
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from portal import boundary
from portal.page_state import PAGE_SIZE, Exporting, Listing
from portal.pages.plans.offer import pricing_card
from portal.rate_cards.pricing_card import PricingCard, VersionLink
from portal.sheet import MOST_ROWS, Cell, Sheet, check_size

COLUMNS = (
    "id",
    "key",
    "version",
    "name",
    "status",
    "currency",
    "billing_cadence",
    "effective_from",
    "effective_to",
    "subscribers",
)
CHIPS = ("", PlanStatus.ACTIVE.value, PlanStatus.DRAFT.value, PlanStatus.ARCHIVED.value)


class PlansState(Exporting, Listing, rx.State):
    """What the page of plans shows."""

    rows: list[PricingCard] = []

    async def _fetch(self) -> None:
        wanted = self._wanted((self.page - 1) * PAGE_SIZE, PAGE_SIZE)
        self.rows, self.total = await boundary.read(self, lambda ctx: _cards(ctx, wanted))

    def _wanted(self, offset: int, limit: int) -> PlanFilter:
        return PlanFilter(
            search=self.search,
            leading=True,
            statuses=(self.chip,) if self.chip in CHIPS[1:] else (),
            order_by="name",
            offset=offset,
            limit=limit,
        )

    def _sheet(self, ctx: Context) -> Sheet:
        found, total = plans.list_plans(ctx, self._wanted(0, MOST_ROWS))
        check_size(total)
        sold = subscriptions.count_by_plan(ctx, [version.row.id for version in found])
        return Sheet("plans", COLUMNS, (_line(version, sold.get(version.row.id, 0)) for version in found))


def _cards(ctx: Context, wanted: PlanFilter) -> tuple[list[PricingCard], int]:
    found, total = plans.list_plans(ctx, wanted)
    versions = plans.versions(ctx, {version.row.key for version in found})
    counts = subscriptions.count_by_plan(ctx, [row.id for known in versions.values() for row, _ in known])

    offered = offers.of_plans(ctx, [version.row.id for version in found])

    def links(key: str) -> list[VersionLink]:
        return [version_link(row, status) for row, status in versions[key]]

    cards = [
        pricing_card(
            version,
            subscribers=counts.get(version.row.id, 0),
            versions=links(version.row.key),
            offered=offered.get(version.row.id, ()),
        )
        for version in found
    ]
    return cards, total


def _line(version: PlanVersion, subscribers: int) -> Sequence[Cell]:
    """A plan in the file: the version that leads, without its prices."""
    row = version.row
    return (
        row.id,
        row.key,
        row.version,
        row.name,
        version.status.value,
        row.currency,
        row.billing_cadence,
        row.effective_from,
        row.effective_to,
        subscribers,
    )


def version_link(plan: Plan, status: PlanStatus) -> VersionLink:
    """A version as a link to its page."""
    return VersionLink(plan.id, f"v{plan.version}", status.value)
