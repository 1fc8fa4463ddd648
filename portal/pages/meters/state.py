"""The list of meters: what each counts, when it last did, and how many features are priced by it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

import reflex as rx

from backend.access.roles import Permission
from backend.catalog.filters import FeatureFilter
from backend.catalog.service import features
from backend.catalog.service import meters as catalog_meters
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import MeterOrder
from portal import boundary
from portal.formatting import ago, exact_instant, plural
from portal.page_state import PAGE_SIZE, Exporting, Listing
from portal.pages.meters.removal import Removal, removal
from portal.pages.meters.words import measure_in_words
from portal.sheet import MOST_ROWS, Cell, Sheet, check_size

MOST_FEATURES = 10_000
COLUMNS = (
    "id",
    "slug",
    "name",
    "aggregation",
    "event_type",
    "value_property",
    "dimensions",
    "counts_from",
    "last_event_at",
    "features",
    "created_at",
)


@dataclass(frozen=True)
class MeterRow:
    """A meter as the table shows it."""

    id: str
    slug: str
    name: str
    measure: str
    event_type: str
    events_href: str
    query_href: str
    dimensions: str
    last_event: str
    last_event_exact: str
    used_in: str


class MetersState(Exporting, Listing, rx.State):
    """What the page of meters shows."""

    SORTS: ClassVar[tuple[str, ...]] = (MeterOrder.NAME, MeterOrder.AGGREGATION, MeterOrder.CREATED_AT)

    rows: list[MeterRow] = []
    removal: Removal = Removal()
    asking: bool = False
    sort: str = MeterOrder.NAME.value

    async def _fetch(self) -> None:
        self.rows, self.total = await boundary.read(self, self._page)

    def _find(self, ctx: Context, offset: int, limit: int) -> tuple[Sequence[Meter], int]:
        return metering.list_meters(
            ctx,
            order=MeterOrder(self.sort),
            descending=self.descending,
            offset=offset,
            limit=limit,
            search=self.search,
        )

    def _page(self, ctx: Context) -> tuple[list[MeterRow], int]:
        meters, total = self._find(ctx, (self.page - 1) * PAGE_SIZE, PAGE_SIZE)
        return _rows(ctx, meters), total

    def _sheet(self, ctx: Context) -> Sheet:
        meters, total = self._find(ctx, 0, MOST_ROWS)
        check_size(total)
        return _sheet(ctx, meters)

    @rx.event
    @boundary.command
    async def ask_delete(self, meter_id: str):
        """Say what deleting a meter would do, and ask."""
        self.removal = await boundary.read(self, lambda ctx: removal(ctx, metering.get_meter(ctx, meter_id)))
        self.asking = True

    @rx.event
    async def keep(self):
        """Close the question without deleting."""
        self.asking = False

    @rx.event
    @boundary.command
    async def delete(self):
        """Delete the meter that was asked about, unless features use it; its events are kept."""
        asked, self.asking = self.removal, False
        await boundary.change(
            self, lambda ctx: catalog_meters.delete_meter(ctx, asked.meter_id), need=Permission.CATALOG
        )
        return [rx.toast.success(f"Meter {asked.name} deleted"), MetersState.load]


def _rows(ctx: Context, meters: Sequence[Meter]) -> list[MeterRow]:
    last = ingest.last_times(ctx, {meter.event_type for meter in meters})
    uses = _uses(ctx, meters)
    return [
        MeterRow(
            id=meter.id,
            slug=meter.slug,
            name=meter.name,
            measure=measure_in_words(meter.aggregation, meter.value_property),
            event_type=meter.event_type,
            events_href=f"/events?type={quote(meter.event_type)}",
            dimensions=", ".join(meter.group_by),
            last_event=ago(last.get(meter.event_type), ctx.now),
            last_event_exact=exact_instant(last.get(meter.event_type)),
            query_href=f"/query?meter={meter.slug}",
            used_in=plural(uses[meter.id], "feature"),
        )
        for meter in meters
    ]


def _uses(ctx: Context, meters: Sequence[Meter]) -> Counter[str | None]:
    """Meter id to the number of features in use that are measured by it."""
    if not meters:
        return Counter()
    slugs = tuple(meter.slug for meter in meters)
    priced, _ = features.list_features(ctx, FeatureFilter(meter_slugs=slugs, limit=MOST_FEATURES))
    return Counter(feature.meter_id for feature in priced)


def _sheet(ctx: Context, meters: Sequence[Meter]) -> Sheet:
    last = ingest.last_times(ctx, {meter.event_type for meter in meters})
    uses = _uses(ctx, meters)

    def lines() -> Iterator[Sequence[Cell]]:
        for meter in meters:
            yield (
                meter.id,
                meter.slug,
                meter.name,
                meter.aggregation,
                meter.event_type,
                meter.value_property,
                ", ".join(f"{name}={path}" for name, path in meter.group_by.items()),
                meter.event_from,
                last.get(meter.event_type),
                uses[meter.id],
                meter.created_at,
            )

    return Sheet("meters", COLUMNS, lines())
