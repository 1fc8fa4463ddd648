"""The meter of an archived feature stays as long as a customer is entitled to the feature."""

from collections.abc import Sequence

from backend.catalog.models import Feature
from backend.catalog.service import meters
from backend.entitlements import repository
from backend.errors import Conflict
from backend.infra.context import Context


def refuse_entitled(ctx: Context, features: Sequence[Feature]) -> None:
    """Raise Conflict while somebody is or will be entitled to one of these features (metering spec 3)."""
    held = repository.unended_of_features(ctx, [feature.id for feature in features])
    if held is not None:
        message = f"A customer is still entitled to the feature {held.feature_key}."
        raise Conflict(message, conflictingEntityId=held.id)


meters.guard_with(refuse_entitled)
