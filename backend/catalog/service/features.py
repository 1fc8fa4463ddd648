"""Features: create, find, list and archive."""

from collections.abc import Iterable, Sequence

from ulid import ULID

from backend.catalog import repository
from backend.catalog.filters import FeatureFilter
from backend.catalog.models import Feature
from backend.catalog.terms import FeatureInput
from backend.engine.meter.definition import Aggregation
from backend.errors import Conflict, Invalid, Issue, NotFound
from backend.infra.context import Context
from backend.metering import service as metering

ADDABLE = (Aggregation.SUM, Aggregation.COUNT, Aggregation.UNIQUE_COUNT, Aggregation.LATEST)
"""The aggregations a feature may be measured by (metering spec 6)."""


def create(ctx: Context, wanted: FeatureInput) -> Feature:
    """Create a feature. Its key must be free among the features in use, and must not look like an id.

    Raises Invalid when the meter or a filter does not fit, Conflict when the key is taken. Source: metering spec 6.
    """
    if _looks_like_an_id(wanted.key):
        raise Invalid(f"{wanted.key} looks like an id; choose another key.", issues=[Issue("key", "invalid_key", "")])
    taken = repository.feature(ctx, wanted.key, include_archived=False)
    if taken is not None:
        raise Conflict(f"There is a feature with the key {wanted.key} already.", conflictingEntityId=taken.id)
    meter_id, meter_slug = _measured_by(ctx, wanted)
    feature = Feature(
        key=wanted.key,
        name=wanted.name,
        meter_id=meter_id,
        meter_slug=meter_slug,
        meter_filters=dict(wanted.meter_filters),
        labels=dict(wanted.labels),
    )
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


def _measured_by(ctx: Context, wanted: FeatureInput) -> tuple[str | None, str | None]:
    if wanted.meter is None:
        if wanted.meter_filters:
            raise Invalid("Filters need a meter: name it in meterSlug.")
        return None, None
    meter = metering.get_meter(ctx, wanted.meter)
    if meter.deleted_at is not None:
        raise NotFound(f"The meter {wanted.meter} is deleted.")
    if meter.aggregation not in ADDABLE:
        allowed = ", ".join(ADDABLE)
        raise Invalid(f"A feature is measured by {allowed}; the meter {meter.slug} is {meter.aggregation}.")
    unknown = sorted(set(wanted.meter_filters) - set(meter.group_by))
    if unknown:
        raise Invalid(f"The meter {meter.slug} is not grouped by {', '.join(unknown)}.")
    return meter.id, meter.slug


def _looks_like_an_id(text: str) -> bool:
    try:
        ULID.from_str(text.upper())
    except ValueError:
        return False
    return True
