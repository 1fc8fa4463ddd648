"""Which features, plans and add-ons a list shows, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.engine.filter import Filter


@dataclass(frozen=True, slots=True)
class FeatureFilter:
    """Which features a list shows, and in which order; `columns` compares meter_id, key and name in other ways."""

    search: str = ""
    meter_slugs: tuple[str, ...] = ()
    include_archived: bool = False
    only_archived: bool = False
    columns: Mapping[str, Filter] = field(default_factory=dict)
    order_by: str = "created_at"
    descending: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class VersionFilter:
    """Which versions of plans or add-ons a list shows, and in which order. Empty means all.

    `statuses` are wire values. `leading` keeps one version of each key: of those that match the one on sale, else the
    latest. `columns` compares id, key, name and currency in other ways. `without_unit_config` leaves out what version
    1 of the API cannot write.
    """

    search: str = ""
    leading: bool = False
    columns: Mapping[str, Filter] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    key_versions: tuple[tuple[str, tuple[int, ...]], ...] = ()
    statuses: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    include_deleted: bool = False
    without_unit_config: bool = False
    order_by: str = "created_at"
    descending: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class PlanFilter(VersionFilter):
    """Which plan versions a list shows."""


@dataclass(frozen=True, slots=True)
class AddonFilter(VersionFilter):
    """Which versions of add-ons a list shows."""


@dataclass(frozen=True, slots=True)
class OfferFilter:
    """Which of the add-ons that a plan offers a list shows, and in which order. Empty means all.

    `ids` are those of the add-on or of the offer; `keys` and `key_versions` are the add-on's. `without_unit_config`
    leaves out what version 1 of the API cannot write.
    """

    ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    key_versions: tuple[tuple[str, tuple[int, ...]], ...] = ()
    include_deleted: bool = False
    without_unit_config: bool = False
    order_by: str = "created_at"
    descending: bool = False
    offset: int = 0
    limit: int = 100
