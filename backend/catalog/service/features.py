"""Features: create, find, list and archive."""

from collections.abc import Iterable, Iterator, Sequence

from ulid import ULID

from backend.catalog import repository
from backend.catalog.filters import FeatureFilter
from backend.catalog.models import Feature
from backend.catalog.service.meters import meter_lock
from backend.catalog.terms import FeatureInput
from backend.catalog.unit_cost import to_document
from backend.engine.cost.unit_cost import UnitCost, mistakes
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.narrowing import kept, narrowing
from backend.errors import Conflict, Invalid, Issue, NotFound
from backend.infra import locks
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.models import Meter

FILTERS = "advancedMeterGroupByFilters"
"""Where a feature's filters are written, for what is told of them."""

ADDABLE = (Aggregation.SUM, Aggregation.COUNT, Aggregation.UNIQUE_COUNT, Aggregation.LATEST)
"""The aggregations a feature may be measured by (metering spec 6)."""


def create(ctx: Context, wanted: FeatureInput) -> Feature:
    """Create a feature. Its key must be free among the features in use, and must not look like an id.

    Raises Invalid when the meter, a filter or the unit cost does not fit, Conflict when the key is taken.
    Source: metering spec 6.
    """
    meter = None if wanted.meter is None else _measuring(ctx, wanted.meter)
    _refuse(*_issues(wanted, meter))
    taken = repository.feature(ctx, wanted.key, include_archived=False)
    if taken is not None:
        raise Conflict(f"There is a feature with the key {wanted.key} already.", conflictingEntityId=taken.id)
    feature = Feature(
        key=wanted.key,
        name=wanted.name,
        description=wanted.description,
        meter_id=meter.id if meter else None,
        meter_slug=meter.slug if meter else None,
        meter_filters=kept(narrowing(wanted.meter_filters, FILTERS)),
        unit_cost=to_document(wanted.unit_cost),
        labels=dict(wanted.labels),
    )
    ctx.session.add(feature)
    ctx.session.flush()
    return feature


def check(ctx: Context, wanted: FeatureInput) -> tuple[Issue, ...]:
    """Everything that is wrong with a feature that is being written; nothing is saved. Raises NotFound (meter)."""
    return tuple(_issues(wanted, None if wanted.meter is None else metering.get_meter(ctx, wanted.meter)))


def update_unit_cost(ctx: Context, id_or_key: str, cost: UnitCost | None) -> Feature:
    """Tell anew what one unit of a feature costs; None takes it back. Nothing else about a feature changes.

    Raises NotFound, also when the feature is archived, and Invalid when it does not fit the meter.
    """
    feature = get(ctx, id_or_key)
    if feature.archived_at is not None:
        raise NotFound(f"The feature {feature.key} is archived.")
    _refuse(*_cost_issues(cost, metering.get_meter(ctx, feature.meter_id).group_by if feature.meter_id else {}))
    feature.unit_cost = to_document(cost)
    ctx.session.add(feature)
    ctx.session.flush()
    return feature


def get(ctx: Context, id_or_key: str) -> Feature:
    """By id, or by key: the one in use, else the one archived last. Raises NotFound."""
    found = repository.feature(ctx, id_or_key)
    if found is None:
        raise NotFound(f"There is no feature {id_or_key}.")
    return found


def by_id(ctx: Context, ids: Iterable[str]) -> dict[str, Feature]:
    """Features by their id, also archived ones; unknown ids are left out."""
    return {feature.id: feature for feature in repository.features_by_id(ctx, ids)}


def list_features(ctx: Context, wanted: FeatureFilter | None = None) -> tuple[Sequence[Feature], int]:
    """One page of features, and how many there are in all."""
    return repository.list_features(ctx, wanted or FeatureFilter())


def plans_using(ctx: Context, feature_ids: Iterable[str]) -> dict[str, int]:
    """Feature id → the number of plans that would be touched by archiving it; features in no plan are left out."""
    return repository.plans_using(ctx, feature_ids)


def archive(ctx: Context, id_or_key: str) -> Feature:
    """Take a feature out of use: what was sold with it goes on, new plans cannot use it. Twice is once."""
    feature = get(ctx, id_or_key)
    if feature.archived_at is None:
        feature.archived_at = ctx.now
        ctx.session.add(feature)
    return feature


def _measuring(ctx: Context, id_or_slug: str) -> Meter:
    """The meter that a feature asks for, which is not deleted before the feature is there."""
    meter = metering.get_meter(ctx, id_or_slug)
    locks.share(ctx, meter_lock(meter))
    ctx.session.refresh(meter)
    if meter.deleted_at is not None:
        raise NotFound(f"The meter {id_or_slug} is deleted.")
    return meter


def _issues(wanted: FeatureInput, meter: Meter | None) -> Iterator[Issue]:
    if _looks_like_an_id(wanted.key):
        yield Issue("key", "invalid_key", f"{wanted.key} looks like an id; choose another key.")
    if meter is not None and meter.aggregation not in ADDABLE:
        allowed = ", ".join(ADDABLE)
        message = f"A feature is measured by {allowed}; the meter {meter.slug} is {meter.aggregation}."
        yield Issue("meterSlug", "aggregation", message)
    yield from _filter_issues(wanted, meter)
    yield from _cost_issues(wanted.unit_cost, meter.group_by if meter else {})


def _filter_issues(wanted: FeatureInput, meter: Meter | None) -> list[Issue]:
    if meter is None:
        missing = Issue(FILTERS, "no_meter", "Filters need a meter: name it in meterSlug.")
        return [missing] if wanted.meter_filters else []
    unknown = sorted(set(wanted.meter_filters) - set(meter.group_by))
    found = [
        Issue(f"{FILTERS}.{name}", "unknown_dimension", f"The meter {meter.slug} is not grouped by {name}.")
        for name in unknown
    ]
    for name, one in wanted.meter_filters.items():
        try:
            narrowing({name: one}, FILTERS)
        except Invalid as refused:
            found += refused.issues
    return found


def _cost_issues(cost: UnitCost | None, dimensions: Iterable[str]) -> list[Issue]:
    return mistakes(cost, dimensions) if cost is not None else []


def _refuse(*issues: Issue) -> None:
    if issues:
        raise Invalid("; ".join(f"{issue.field}: {issue.message}" for issue in issues), issues=issues)


def _looks_like_an_id(text: str) -> bool:
    try:
        ULID.from_str(text.upper())
    except ValueError:
        return False
    return True
