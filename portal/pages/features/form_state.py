"""The form of a new feature, and the one that tells anew what a unit of it costs us."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from backend.access.roles import Permission
from backend.catalog.service import features
from backend.catalog.terms import FeatureInput
from backend.engine.meter.narrowing import Wanted
from backend.errors import Conflict, Invalid
from backend.infra.context import Context
from backend.metering import service as metering
from portal import boundary
from portal.explore.answer import suggestions
from portal.explore.question import Question
from portal.keys import description_problem, key_problem, name_problem, suggested_key
from portal.pages.features.cost import CostForm, form_of, problems_of, read_cost
from portal.pages.features.state import FeaturesState

MOST_METERS = 500
FILTER = "filter."


@dataclass(frozen=True)
class FilterField:
    """A dimension that a feature can be narrowed by, and what it was lately."""

    name: str
    suggestions: list[list[str]]


class FeatureFormState(rx.State):
    """What the forms of the features page show and do."""

    meters: list[list[str]] = []
    form_open: bool = False
    key: str = ""
    key_is_own: bool = False
    meter: str = ""
    dimensions: list[FilterField] = []
    sources: list[list[str]] = []
    cost: CostForm = CostForm()
    problems: dict[str, str] = {}
    costing: str = ""
    costing_name: str = ""

    @rx.event
    @boundary.command
    async def open_form(self):
        """Show the empty form with the meters to choose from."""
        found = await boundary.read(self, _meters)
        self.meters = [["", "No meter: access only, nothing is counted"], *found]
        self.key, self.key_is_own, self.meter, self.problems = "", False, "", {}
        self.cost, self.dimensions, self.sources = CostForm(), [], _sources([])
        self.form_open = True

    @rx.event
    async def close_form(self):
        """Close whichever form is open without saving."""
        self.form_open, self.costing = False, ""

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
        self.sources = _sources([row.name for row in self.dimensions])

    @rx.event
    async def type_cost(self, field: str, text: str):
        """Take a part of the unit cost."""
        self.cost = self.cost.typed(field, text)

    @rx.event
    @boundary.command
    async def create(self, form: dict[str, Any]):
        """Create the feature; what is wrong is said at its field."""
        text = {field: str(value).strip() for field, value in form.items() if value is not None}
        checked = (
            ("name", name_problem(text.get("name", ""))),
            ("key", key_problem(text.get("key", ""))),
            ("description", description_problem(text.get("description", ""))),
        )
        self.problems = {field: problem for field, problem in checked if problem}
        try:
            # the select shows its meter only once it was taken: what was taken counts, not what the browser showed
            wanted = _wanted(text | {"meter": self.meter}, self.cost)
            if self.problems:
                return None
            await boundary.change(self, lambda ctx: features.create(ctx, wanted), need=Permission.CATALOG)
        except Conflict as error:
            self.problems = {"key": str(error)}
            return None
        except Invalid as error:
            self.problems = self.problems | problems_of(error) | {"form": boundary.wording(error)}
            return None
        self.form_open = False
        return [rx.toast.success(f"Feature {wanted.name} created"), FeaturesState.show_all]

    @rx.event
    @boundary.command
    async def open_cost(self, feature_id: str):
        """Show what a unit of a feature costs, to tell it anew."""
        name, self.cost, dimensions = await boundary.read(self, lambda ctx: _costing(ctx, feature_id))
        self.sources, self.problems = _sources(dimensions), {}
        self.costing, self.costing_name = feature_id, name

    @rx.event
    @boundary.command
    async def save_cost(self, _form: dict[str, Any]):
        """Keep the unit cost; what is wrong is said at its field."""
        feature_id, self.problems = self.costing, {}
        try:
            cost = read_cost(self.cost)
            await boundary.change(
                self, lambda ctx: features.update_unit_cost(ctx, feature_id, cost), need=Permission.CATALOG
            )
        except Invalid as error:
            self.problems = problems_of(error)
            return None
        self.costing = ""
        return [rx.toast.success("Saved"), FeaturesState.load]


def _wanted(text: dict[str, str], cost: CostForm) -> FeatureInput:
    """The feature that a form describes. Raises Invalid for a unit cost without sense."""
    return FeatureInput(
        key=text.get("key", ""),
        name=text.get("name", ""),
        description=text.get("description") or None,
        meter=text.get("meter") or None,
        meter_filters={
            field.removeprefix(FILTER): _texts(value)
            for field, value in text.items()
            if field.startswith(FILTER) and value
        },
        unit_cost=read_cost(cost),
    )


def _texts(typed: str) -> Wanted:
    """One text, or several with commas between them."""
    texts = [text.strip() for text in typed.split(",") if text.strip()]
    return {"$in": texts} if len(texts) > 1 else typed


def _meters(ctx: Context) -> list[list[str]]:
    found, _ = metering.list_meters(ctx, limit=MOST_METERS)
    return [
        [meter.slug, f"{meter.name} ({meter.aggregation.lower()} of {meter.event_type})"]
        for meter in found
        if meter.aggregation in features.ADDABLE
    ]


def _dimensions(ctx: Context, slug: str) -> list[FilterField]:
    offered = suggestions(ctx, Question(meter=slug)).dimensions
    return [FilterField(name, texts) for name, texts in offered.items()]


def _sources(dimensions: list[str]) -> list[list[str]]:
    """Where a part of a token's price can come from."""
    return [["", "Always the same"], *([name, f"The dimension {name}"] for name in dimensions)]


def _costing(ctx: Context, feature_id: str) -> tuple[str, CostForm, list[str]]:
    feature = features.get(ctx, feature_id)
    dimensions = list(metering.get_meter(ctx, feature.meter_id).group_by) if feature.meter_id else []
    return feature.name, form_of(feature.unit_cost), dimensions
