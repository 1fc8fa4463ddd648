"""Every query of the catalog."""

from backend.catalog.repository.addons import (
    addon_rate_cards,
    list_offers,
    offers,
    plans_offering,
    remove_addon_rate_cards,
)
from backend.catalog.repository.features import (
    feature,
    features_by_id,
    features_by_key,
    features_of_meter,
    list_features,
    plans_using,
)
from backend.catalog.repository.plans import phases, rate_cards, remove_phases
from backend.catalog.repository.versions import (
    V,
    list_versions,
    living_versions,
    version,
    versions,
    versions_by_id,
)

__all__ = [
    "V",
    "addon_rate_cards",
    "feature",
    "features_by_id",
    "features_by_key",
    "features_of_meter",
    "list_features",
    "list_offers",
    "list_versions",
    "living_versions",
    "offers",
    "phases",
    "plans_offering",
    "plans_using",
    "rate_cards",
    "remove_addon_rate_cards",
    "remove_phases",
    "version",
    "versions",
    "versions_by_id",
]
