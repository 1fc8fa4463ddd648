"""Whether a meter can be deleted, and what that means, asked before anybody does it."""

from dataclasses import dataclass

from backend.catalog.filters import FeatureFilter
from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.infra.context import Context
from backend.metering.models import Meter
from portal.formatting import plural

MOST_FEATURES = 50
MOST_NAMED = 3


@dataclass(frozen=True)
class Removal:
    """The question before a meter is deleted, or why it cannot be."""

    meter_id: str = ""
    name: str = ""
    possible: bool = False
    consequence: str = ""


def features_of(ctx: Context, meter: Meter) -> list[Feature]:
    """The features in use that are measured by a meter."""
    found, _ = features.list_features(ctx, FeatureFilter(meter_slugs=(meter.slug,), limit=MOST_FEATURES))
    return [feature for feature in found if feature.meter_id == meter.id]


def removal(ctx: Context, meter: Meter) -> Removal:
    """What deleting would do. The service decides again when it is done."""
    using = features_of(ctx, meter)
    if not using:
        kept = "No feature uses it. Its events are kept, and its slug can be used again."
        return Removal(meter.id, meter.name, possible=True, consequence=kept)
    named = ", ".join(feature.name for feature in using[:MOST_NAMED]) + (", …" if len(using) > MOST_NAMED else "")
    verb, them = ("is", "it") if len(using) == 1 else ("are", "them")
    reason = (
        f"It cannot be deleted: {plural(len(using), 'feature')} {verb} measured by it ({named}). Archive {them} first."
    )
    return Removal(meter.id, meter.name, possible=False, consequence=reason)
