"""The list of features, the form that creates one, and the question before one is archived."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from backend.access.roles import Permission
from backend.catalog.filters import FeatureFilter
from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.catalog.terms import FeatureInput
from backend.errors import Conflict
from backend.infra.context import Context
from backend.metering import service as metering
from backend.subscriptions import service as subscriptions
from portal import boundary
from portal.formatting import day, plural
from portal.keys import key_problem, name_problem, suggested_key
from portal.page_state import PAGE_SIZE, Listing

ARCHIVED = "archived"
MOST_METERS = 500
FILTER = "filter."


@dataclass(frozen=True)
class FeatureRow:
    """A feature as the table shows it."""

    id: str
    key: str
    name: str
    meter: str
    meter_href: str
    filters: str
    used_in: str
    status: str
    since: str


class FeaturesState(Listing, rx.State):
    """What the page of features shows and does."""

    rows: list[FeatureRow] = []
    meters: list[list[str]] = []
    form_open: bool = False
    key: str = ""
    key_is_own: bool = False
    meter: str = ""
    dimensions: list[str] = []
    problems: dict[str, str] = {}
    archiving: str = ""
    archiving_name: str = ""
    consequence: str = ""

    async def _fetch(self) -> None:
        wanted = FeatureFilter(
            search=self.search,
            only_archived=self.chip == ARCHIVED,
            order_by="name",
            offset=(self.page - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
        )
        self.rows, self.total = await boundary.read(self, lambda ctx: _rows(ctx, wanted))

    @rx.event
    @boundary.command
    async def open_form(self):
        """Show the empty form with the meters to choose from."""
        found = await boundary.read(self, _meters)
        self.meters = [["", "No meter: access only, nothing is counted"], *found]
        self.key, self.key_is_own, self.meter, self.dimensions, self.problems = "", False, "", [], {}
        self.form_open = True

    @rx.event
    async def close_form(self):
        """Close the form without saving."""
        self.form_open = False

    @rx.event
    async def name_typed(self, name: str):
        """Suggest a key from the name as long as nobody wrote their own."""
        if not self.key_is_own:
            self.key = suggested_key(name)

    @rx.event
    async def key_typed(self, key: str):
        """Keep the key that was typed; an emptied one is suggested again."""
        self.key, self.key_is_own = key, bool(key)

    @rx.event
    @boundary.command
    async def choose_meter(self, slug: str):
        """Take a meter, and offer what its events can be filtered by."""
        self.meter = slug
        self.dimensions = await boundary.read(self, lambda ctx: _dimensions(ctx, slug)) if slug else []

    @rx.event
    @boundary.command
    async def create(self, form: dict[str, Any]):
        """Create the feature; what is wrong is said at its field."""
        wanted = _wanted(form)
        self.problems = {
            field: problem
            for field, problem in (("name", name_problem(wanted.name)), ("key", key_problem(wanted.key)))
            if problem
        }
        if self.problems:
            return None
        try:
            await boundary.change(self, lambda ctx: features.create(ctx, wanted), need=Permission.CATALOG)
        except Conflict as error:
            self.problems = {"key": str(error)}
            return None
        self.form_open = False
        return [rx.toast.success(f"Feature {wanted.name} created"), FeaturesState.show_all]

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


def _rows(ctx: Context, wanted: FeatureFilter) -> tuple[list[FeatureRow], int]:
    found, total = features.list_features(ctx, wanted)
    used = features.plans_using(ctx, [feature.id for feature in found])
    return [_row(feature, used.get(feature.id, 0)) for feature in found], total


def _row(feature: Feature, plans: int) -> FeatureRow:
    return FeatureRow(
        id=feature.id,
        key=feature.key,
        name=feature.name,
        meter=feature.meter_slug or "",
        meter_href=f"/meters/{feature.meter_id}" if feature.meter_id else "",
        filters=", ".join(f"{name} is {value}" for name, value in feature.meter_filters.items()),
        used_in=plural(plans, "plan") if plans else "no plan",
        status=ARCHIVED if feature.archived_at else "active",
        since=day(feature.archived_at or feature.created_at),
    )


def _meters(ctx: Context) -> list[list[str]]:
    found, _ = metering.list_meters(ctx, limit=MOST_METERS)
    return [
        [meter.slug, f"{meter.name} ({meter.aggregation.lower()} of {meter.event_type})"]
        for meter in found
        if meter.aggregation in features.ADDABLE
    ]


def _dimensions(ctx: Context, slug: str) -> list[str]:
    return list(metering.get_meter(ctx, slug).group_by)


def _wanted(form: dict[str, Any]) -> FeatureInput:
    text = {field: str(value).strip() for field, value in form.items() if value is not None}
    filters = {field.removeprefix(FILTER): value for field, value in text.items() if field.startswith(FILTER) and value}
    return FeatureInput(
        key=text.get("key", ""), name=text.get("name", ""), meter=text.get("meter") or None, meter_filters=filters
    )


def _consequence(ctx: Context, feature_id: str) -> tuple[str, str]:
    feature = features.get(ctx, feature_id)
    plans = features.plans_using(ctx, [feature.id]).get(feature.id, 0)
    running = subscriptions.count_by_feature(ctx, [feature.id]).get(feature.id, 0)
    goes_on = "They keep it" if running else "Nobody loses anything"
    return feature.name, (
        f"It is used in {plural(plans, 'plan')} and {plural(running, 'running subscription')}. "
        f"{goes_on}; drafts that name it cannot be published, and no new plan can use it. This cannot be undone."
    )
