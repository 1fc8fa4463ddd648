"""The list of meters: what each counts, when it last did, and how many features are priced by it."""

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

import reflex as rx

from backend.catalog.filters import FeatureFilter
from backend.catalog.service import features
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.metering import service as metering
from backend.metering.service import MeterOrder
from portal import boundary
from portal.formatting import ago, exact_instant, plural
from portal.page_state import PAGE_SIZE, Listing
from portal.pages.meters.words import measure_in_words

MOST_FEATURES = 1000


@dataclass(frozen=True)
class MeterRow:
    """A meter as the table shows it."""

    id: str
    slug: str
    name: str
    measure: str
    event_type: str
    events_href: str
    dimensions: str
    last_event: str
    last_event_exact: str
    used_in: str


class MetersState(Listing, rx.State):
    """What the page of meters shows."""

    SORTS: ClassVar[tuple[str, ...]] = (MeterOrder.NAME, MeterOrder.AGGREGATION, MeterOrder.CREATED_AT)

    rows: list[MeterRow] = []
    sort: str = MeterOrder.NAME.value

    async def _fetch(self) -> None:
        self.rows, self.total = await boundary.read(
            self, lambda ctx: _page(ctx, self.page, self.search, MeterOrder(self.sort), descending=self.descending)
        )


def _page(ctx: Context, page: int, search: str, order: MeterOrder, *, descending: bool) -> tuple[list[MeterRow], int]:
    meters, total = metering.list_meters(
        ctx, order=order, descending=descending, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE, search=search
    )
    last = ingest.last_times(ctx, {meter.event_type for meter in meters})
    slugs = tuple(meter.slug for meter in meters)
    priced, _ = features.list_features(ctx, FeatureFilter(meter_slugs=slugs, limit=MOST_FEATURES))
    uses = Counter(feature.meter_id for feature in priced if slugs)
    rows = [
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
            used_in=plural(uses[meter.id], "feature"),
        )
        for meter in meters
    ]
    return rows, total
