"""A meter can be removed only when no feature in use is measured by it."""

from backend.catalog import repository
from backend.errors import Conflict
from backend.infra.context import Context
from backend.metering import service as metering


def delete_meter(ctx: Context, id_or_slug: str) -> None:
    """Delete a meter. Raises NotFound, or Conflict while features use it."""
    meter = metering.get_meter(ctx, id_or_slug)
    using = repository.features_of_meter(ctx, meter.id)
    if using:
        keys = ", ".join(feature.key for feature in using)
        raise Conflict(f"The meter {meter.slug} is used by the features {keys}. Archive them first.")
    metering.delete_meter(ctx, meter.id)
