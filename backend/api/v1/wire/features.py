"""How features are written in version 1."""

from typing import Annotated

from pydantic import Field

from backend.api.wire import Instant, Key, Labels, Wire, WireInput
from backend.catalog.models import Feature
from backend.catalog.terms import FeatureInput
from backend.errors import Invalid, Issue


class EqualsWire(WireInput):
    """A filter that a meter's group must equal; the other operators are not offered for features."""

    eq: Annotated[str, Field(alias="$eq")]


class FeatureCreateWire(WireInput):
    """A feature to create; metered when it names a meter."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=256)]
    metadata: Labels | None = None
    meter_slug: str | None = None
    meter_group_by_filters: dict[str, str] | None = None
    advanced_meter_group_by_filters: dict[str, EqualsWire] | None = None

    def from_wire(self) -> FeatureInput:
        """The feature to create. Raises Invalid when the two ways to write filters contradict each other."""
        filters = dict(self.meter_group_by_filters or {})
        for key, condition in (self.advanced_meter_group_by_filters or {}).items():
            if filters.setdefault(key, condition.eq) != condition.eq:
                field = f"advancedMeterGroupByFilters.{key}"
                message = f"meterGroupByFilters asks for another value of {key}."
                raise Invalid(message, issues=[Issue(field, "contradicting_filters", message)])
        return FeatureInput(self.key, self.name, self.meter_slug, filters, self.metadata or {})


class FeatureOut(Wire):
    """A feature."""

    id: str
    key: str
    name: str
    metadata: Labels | None = None
    meter_slug: str | None = None
    meter_group_by_filters: dict[str, str] | None = None
    advanced_meter_group_by_filters: dict[str, EqualsWire] | None = None
    created_at: Instant
    updated_at: Instant
    archived_at: Instant | None = None


def feature_to_wire(feature: Feature) -> FeatureOut:
    """A feature as version 1 writes it."""
    assert feature.created_at is not None
    assert feature.updated_at is not None
    filters = feature.meter_filters
    return FeatureOut(
        id=feature.id,
        key=feature.key,
        name=feature.name,
        metadata=dict(feature.labels) or None,
        meter_slug=feature.meter_slug,
        meter_group_by_filters=filters or None,
        advanced_meter_group_by_filters={key: EqualsWire(eq=value) for key, value in filters.items()} or None,
        created_at=feature.created_at,
        updated_at=feature.updated_at,
        archived_at=feature.archived_at,
    )
