"""Features as the table and the file show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.catalog.unit_cost import from_document
from backend.engine.cost.unit_cost import CURRENCY, ManualCost
from backend.infra.context import Context
from portal.explore.question import Question
from portal.filter_words import narrowed_words
from portal.formatting import day, plural
from portal.pages.features.cost import cost_words
from portal.sheet import Cell, Sheet

ARCHIVED, ACTIVE = "archived", "active"
COLUMNS = (
    "id",
    "key",
    "name",
    "description",
    "meter",
    "filters",
    "unit_cost",
    "unit_cost_currency",
    "unit_cost_by",
    "plans",
    "status",
    "created_at",
    "archived_at",
)


@dataclass(frozen=True)
class FeatureRow:
    """A feature as the table shows it."""

    id: str
    key: str
    name: str
    description: str
    meter: str
    meter_href: str
    query_href: str
    filters: str
    cost: str
    cost_by: str
    used_in: str
    status: str
    since: str


def feature_rows(ctx: Context, found: Sequence[Feature]) -> list[FeatureRow]:
    """Features as text."""
    used = features.plans_using(ctx, [feature.id for feature in found])
    return [_row(feature, used.get(feature.id, 0)) for feature in found]


def features_sheet(ctx: Context, found: Sequence[Feature]) -> Sheet:
    """Features as a file."""
    used = features.plans_using(ctx, [feature.id for feature in found])

    def lines() -> Iterator[Sequence[Cell]]:
        for feature in found:
            yield (
                feature.id,
                feature.key,
                feature.name,
                feature.description,
                feature.meter_slug,
                narrowed_words(feature.meter_filters),
                *_cost(feature),
                used.get(feature.id, 0),
                _status(feature),
                feature.created_at,
                feature.archived_at,
            )

    return Sheet("features", COLUMNS, lines())


def _row(feature: Feature, plans: int) -> FeatureRow:
    cost, cost_by = cost_words(feature.unit_cost)
    return FeatureRow(
        id=feature.id,
        key=feature.key,
        name=feature.name,
        description=feature.description or "",
        meter=feature.meter_slug or "",
        meter_href=f"/meters/{feature.meter_id}" if feature.meter_id else "",
        query_href=_query(feature),
        filters=narrowed_words(feature.meter_filters),
        cost=cost,
        cost_by=cost_by,
        used_in=plural(plans, "plan") if plans else "no plan",
        status=_status(feature),
        since=day(feature.archived_at or feature.created_at),
    )


def _cost(feature: Feature) -> tuple[Cell, Cell, Cell]:
    """The exact amount and its currency, or what a list price goes by."""
    cost = from_document(feature.unit_cost)
    if isinstance(cost, ManualCost):
        return cost.amount, CURRENCY, None
    return None, CURRENCY if cost else None, ": ".join(cost_words(feature.unit_cost)) if cost else None


def _query(feature: Feature) -> str:
    """Where its usage is drawn: its meter, narrowed as far as an address can say it."""
    if not feature.meter_slug:
        return ""
    where = {name: wanted for name, wanted in feature.meter_filters.items() if isinstance(wanted, str)}
    return "/query?" + Question(meter=feature.meter_slug, where=where).address()


def _status(feature: Feature) -> str:
    return ARCHIVED if feature.archived_at else ACTIVE
