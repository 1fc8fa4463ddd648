"""The add-ons on sale and in the making."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx

from backend.catalog.addon_rows import AddonVersion
from backend.catalog.filters import AddonFilter
from backend.catalog.models import InstanceType
from backend.catalog.service import addons, offers
from backend.engine.subscribe.status import AddonStatus
from backend.infra.context import Context
from portal import boundary
from portal.formatting import plural
from portal.page_state import PAGE_SIZE, Exporting, Listing
from portal.pages.addons.consequences import plan_count
from portal.rate_cards.addon_card import price_in_words
from portal.sheet import MOST_ROWS, Cell, Sheet, check_size

COLUMNS = ("id", "key", "version", "name", "status", "currency", "instance_type", "effective_from", "effective_to")
CHIPS = ("", *(status.value for status in AddonStatus))
HELD = {InstanceType.SINGLE: "once", InstanceType.MULTIPLE: "several times"}


@dataclass(frozen=True)
class AddonRow:
    """An add-on as the table shows it."""

    id: str
    name: str
    key: str
    price: str
    held: str
    offered: str
    version: str
    status: str


class AddonsState(Exporting, Listing, rx.State):
    """What the page of add-ons shows."""

    SORTS = ("name", "key")

    rows: list[AddonRow] = []

    async def _fetch(self) -> None:
        wanted = self._wanted((self.page - 1) * PAGE_SIZE, PAGE_SIZE)
        self.rows, self.total = await boundary.read(self, lambda ctx: _rows(ctx, wanted))

    def _wanted(self, offset: int, limit: int) -> AddonFilter:
        return AddonFilter(
            search=self.search,
            leading=True,
            statuses=(self.chip,) if self.chip in CHIPS[1:] else (),
            order_by=self.sort if self.sort in self.SORTS else "name",
            descending=self.descending,
            offset=offset,
            limit=limit,
        )

    def _sheet(self, ctx: Context) -> Sheet:
        found, total = addons.list_addons(ctx, self._wanted(0, MOST_ROWS))
        check_size(total)
        return Sheet("add-ons", COLUMNS, (_line(version) for version in found))


def _rows(ctx: Context, wanted: AddonFilter) -> tuple[list[AddonRow], int]:
    found, total = addons.list_addons(ctx, wanted)
    offered = offers.plans_offering(ctx, [version.row.id for version in found])
    return [_row(version, plan_count(offered.get(version.row.id, ()))) for version in found], total


def _row(version: AddonVersion, plans: int) -> AddonRow:
    row = version.row
    return AddonRow(
        id=row.id,
        name=row.name,
        key=row.key,
        price=price_in_words(version.terms, row.currency) or "no price yet",
        held=HELD[version.terms.instance_type],
        offered=plural(plans, "plan") if plans else "no plan",
        version=f"Version {row.version}",
        status=version.status.value,
    )


def _line(version: AddonVersion) -> Sequence[Cell]:
    """An add-on in the file: the version that leads, without its prices."""
    row = version.row
    return (
        row.id,
        row.key,
        row.version,
        row.name,
        version.status.value,
        row.currency,
        row.instance_type,
        row.effective_from,
        row.effective_to,
    )
