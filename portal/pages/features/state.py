"""The list of features, and the question before one is archived."""

from collections.abc import Sequence

import reflex as rx

from backend.access.roles import Permission
from backend.catalog.filters import FeatureFilter
from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from portal import boundary
from portal.formatting import plural
from portal.page_state import PAGE_SIZE, Exporting, Listing, asked
from portal.pages.features.rows import ARCHIVED, FeatureRow, feature_rows, features_sheet
from portal.sheet import MOST_ROWS, Sheet, check_size


class FeaturesState(Exporting, Listing, rx.State):
    """What the page of features shows and does."""

    ADDRESSED_BY = ("search",)

    rows: list[FeatureRow] = []
    archiving: str = ""
    archiving_name: str = ""
    consequence: str = ""

    @rx.event
    async def arrive(self):
        """Take the search from the address: a meter's page leads to the features that it measures."""
        if asked(self, "search"):
            self.search, self.chip, self.page, self.clearings = asked(self, "search"), "", 1, self.clearings + 1
        return FeaturesState.load

    async def _fetch(self) -> None:
        self.rows, self.total = await boundary.read(self, self._page)

    def _page(self, ctx: Context) -> tuple[list[FeatureRow], int]:
        found, total = self._find(ctx, (self.page - 1) * PAGE_SIZE, PAGE_SIZE)
        return feature_rows(ctx, found), total

    def _sheet(self, ctx: Context) -> Sheet:
        found, total = self._find(ctx, 0, MOST_ROWS)
        check_size(total)
        return features_sheet(ctx, found)

    def _find(self, ctx: Context, offset: int, limit: int) -> tuple[Sequence[Feature], int]:
        archived = self.chip == ARCHIVED
        wanted = FeatureFilter(search=self.search, only_archived=archived, order_by="name", offset=offset, limit=limit)
        return features.list_features(ctx, wanted)

    @rx.event
    @boundary.command
    async def ask_archive(self, feature_id: str):
        """Say what archiving would touch, and ask."""
        name, consequence = await boundary.read(self, lambda ctx: _consequence(ctx, feature_id))
        self.archiving, self.archiving_name, self.consequence = feature_id, name, consequence

    @rx.event
    async def keep(self):
        """Close the question without archiving."""
        self.archiving = ""

    @rx.event
    @boundary.command
    async def archive(self):
        """Archive the feature that was asked about."""
        feature_id, self.archiving = self.archiving, ""
        feature = await boundary.change(self, lambda ctx: features.archive(ctx, feature_id), need=Permission.CATALOG)
        return [rx.toast.success(f"Feature {feature.name} archived"), FeaturesState.load]


def _consequence(ctx: Context, feature_id: str) -> tuple[str, str]:
    feature = features.get(ctx, feature_id)
    plans = features.plans_using(ctx, [feature.id]).get(feature.id, 0)
    running = subscriptions.count_by_feature(ctx, [feature.id]).get(feature.id, 0)
    goes_on = "They keep it" if running else "Nobody loses anything"
    return feature.name, (
        f"It is used in {plural(plans, 'plan')} and {plural(running, 'running subscription')}. "
        f"{goes_on}; drafts that name it cannot be published, and no new plan can use it. This cannot be undone."
    )
