"""A meter can be removed, or lose a dimension, only when no feature in use needs it."""

from backend.catalog import repository
from backend.errors import Conflict
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import MeterChange


def update_meter(ctx: Context, id_or_slug: str, change: MeterChange) -> Meter:
    """Change a meter. Raises NotFound, or Conflict while a feature filters by a dimension that would go."""
    meter = metering.get_meter(ctx, id_or_slug)
    for feature in repository.features_of_meter(ctx, meter.id):
        lost = sorted(feature.meter_filters.keys() - change.group_by.keys())
        if lost:
            raise Conflict(
                f"The feature {feature.key} filters the meter {meter.slug} by {', '.join(lost)}. Archive it first.",
                conflictingEntityId=feature.id,
            )
    return metering.update_meter(ctx, meter.id, change)


def delete_meter(ctx: Context, id_or_slug: str) -> None:
    """Delete a meter. Raises NotFound, or Conflict while features use it."""
    meter = metering.get_meter(ctx, id_or_slug)
    using = repository.features_of_meter(ctx, meter.id)
    if using:
        keys = ", ".join(feature.key for feature in using)
        raise Conflict(f"The meter {meter.slug} is used by the features {keys}. Archive them first.")
    metering.delete_meter(ctx, meter.id)
