"""One meter: what it measures, what uses it, how to send it events; renaming and deleting it."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import reflex as rx

from backend.access.roles import Permission
from backend.catalog.service import meters as catalog_meters
from backend.errors import Conflict, Invalid, Issue
from backend.infra.context import Context
from backend.infra.settings import settings
from backend.ingest import service as ingest
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import MeterChange
from portal import boundary
from portal.formatting import NOTHING, ago, day, instant
from portal.keys import description_problem, name_problem
from portal.page_state import Loaded, asked, last_in_path
from portal.pages.meters.dimensions_state import Dimension, Dimensions
from portal.pages.meters.removal import Removal, features_of, removal
from portal.pages.meters.snippets import Snippets, snippets
from portal.pages.meters.tried import TriedRow, matching_events
from portal.pages.meters.usage_state import MeterUsageState
from portal.pages.meters.words import measure_in_words


@dataclass(frozen=True)
class Facts:
    """A meter as its page shows it."""

    id: str = ""
    name: str = ""
    slug: str = ""
    description: str = ""
    measure: str = ""
    event_type: str = ""
    value_property: str = ""
    dimensions: str = ""
    created: str = ""
    counts_from: str = ""
    last_event: str = ""
    last_event_at: str = ""
    deleted: bool = False


@dataclass(frozen=True)
class UseRow:
    """A feature that is priced by the meter."""

    name: str
    key: str
    href: str


class MeterState(Dimensions, Loaded, rx.State):
    """What the page of one meter shows and does, apart from its usage."""

    meter: Facts = Facts()
    uses: list[UseRow] = []
    tab: str = ""
    code: Snippets = Snippets()
    removal: Removal = Removal()
    matching: list[TriedRow] = []
    events_href: str = ""
    _group_by_now: dict[str, str] = {}
    editing: bool = False
    problems: dict[str, str] = {}

    async def _fetch(self) -> None:
        address = self.router.headers.origin or settings().address
        self.tab, wanted = asked(self, "tab"), last_in_path(self)
        if wanted != self.meter.id:
            self.meter = Facts()
        shown = await boundary.read(self, lambda ctx: _shown(ctx, wanted, address))
        self.meter, self.uses, self.code, self.removal, self.matching, self._group_by_now = shown
        self.events_href = "/events?range=all&type=" + quote(self.meter.event_type)

    @rx.event
    async def edit(self):
        """Open the form."""
        self.problems, self.editing = {}, True
        self.dimensions = [Dimension(name, path) for name, path in self._group_by_now.items()]

    @rx.event
    async def close_form(self):
        """Close the form without saving."""
        self.editing = False

    @rx.event
    @boundary.command
    async def save(self, form: dict[str, Any]):
        """Give the meter another name, description and dimensions; what is wrong is said at its field."""
        name, description = str(form.get("name", "")).strip(), str(form.get("description", "")).strip()
        meter_id = self.meter.id
        try:
            wrong = {"name": name_problem(name), "description": description_problem(description)}
            issues = [Issue(field, "text", problem) for field, problem in wrong.items() if problem]
            if issues:
                raise Invalid("The meter cannot be saved yet.", issues=issues)
            paths = self._group_by()
            await boundary.change(
                self, lambda ctx: _edit(ctx, meter_id, name, description, paths), need=Permission.CATALOG
            )
        except Invalid as error:
            self.problems = boundary.field_problems(error)
            self._say_dimensions(self.problems)
            return None
        except Conflict as error:
            self.problems = {"dimensions": str(error)}
            return None
        self.editing = False
        return [rx.toast.success("Saved"), MeterState.load, MeterUsageState.load]

    @rx.event
    @boundary.command
    async def delete(self):
        """Delete the meter unless features use it; its events are kept."""
        meter_id, name = self.meter.id, self.meter.name
        await boundary.change(self, lambda ctx: catalog_meters.delete_meter(ctx, meter_id), need=Permission.CATALOG)
        return [rx.toast.success(f"Meter {name} deleted"), rx.redirect("/meters")]


Shown = tuple[Facts, list[UseRow], Snippets, Removal, list[TriedRow], dict[str, str]]


def _shown(ctx: Context, wanted: str, address: str) -> Shown:
    meter = metering.get_meter(ctx, wanted)
    last = ingest.last_times(ctx, [meter.event_type]).get(meter.event_type)
    facts = replace(to_facts(meter), last_event=ago(last, ctx.now), last_event_at=instant(last))
    used = features_of(ctx, meter)
    uses = [UseRow(feature.name, feature.key, f"/features?search={feature.key}") for feature in used]
    code, events = snippets(meter, address), matching_events(ctx, meter)
    return facts, uses, code, removal(ctx, meter), events, dict(meter.group_by)


def to_facts(meter: Meter) -> Facts:
    """A meter as text."""
    return Facts(
        id=meter.id,
        name=meter.name,
        slug=meter.slug,
        description=meter.description or "",
        measure=measure_in_words(meter.aggregation, meter.value_property),
        event_type=meter.event_type,
        value_property=meter.value_property or NOTHING,
        dimensions=", ".join(f"{name} ({path})" for name, path in meter.group_by.items()) or NOTHING,
        created=day(meter.created_at),
        counts_from=instant(meter.event_from) if meter.event_from else "The first event",
        deleted=meter.deleted_at is not None,
    )


def _edit(ctx: Context, meter_id: str, name: str, description: str, paths: dict[str, str]) -> None:
    meter = metering.get_meter(ctx, meter_id)
    if meter.deleted_at is not None:
        raise Conflict("This meter is deleted.")
    change = MeterChange(name, description or None, meter.labels, paths)
    catalog_meters.update_meter(ctx, meter.id, change)
