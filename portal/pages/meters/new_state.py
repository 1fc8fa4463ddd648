"""The form of a new meter: started from a template or by hand, tried on real events while it is typed."""

from dataclasses import dataclass

import reflex as rx

from backend.access.roles import Permission
from backend.engine.meter.definition import Aggregation
from backend.errors import Conflict, Invalid, Issue
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.metering import service as metering
from backend.metering.service import MeterInput, MeterPreview
from portal import boundary
from portal.formatting import instant, plural, quantity
from portal.keys import name_problem, suggested_key
from portal.page_state import Loaded
from portal.pages.meters.templates import TEMPLATES
from portal.pages.meters.words import measure_in_words, sample_event

FIELDS = ("name", "slug", "aggregation", "event_type", "value_property")
WIRE_FIELDS = {"eventType": "event_type", "valueProperty": "value_property"}
MOST_DIMENSIONS = 20
LONGEST_TEXT = 1024


@dataclass(frozen=True)
class Dimension:
    """A name to break usage down by, and where it stands in an event's data."""

    name: str = ""
    path: str = ""
    problem: str = ""


class NewMeterState(Loaded, rx.State):
    """What the page of a new meter shows and does."""

    template: str = ""
    name: str = ""
    slug: str = ""
    slug_is_own: bool = False
    aggregation: str = Aggregation.SUM.value
    event_type: str = ""
    value_property: str = ""
    dimensions: list[Dimension] = []
    problems: dict[str, str] = {}
    known_types: list[str] = []
    result: str = ""
    counted: str = ""
    uncounted: list[str] = []
    groups: str = ""
    sample: str = ""
    _touched: set[str] = set()

    async def _fetch(self) -> None:
        self.known_types = list(await boundary.read(self, ingest.event_types))
        self._start("")
        await self._try()

    @rx.event
    @boundary.command
    async def use_template(self, key: str):
        """Fill the form from a template; the empty key empties it."""
        self._start(key)
        await self._try()

    @rx.event
    @boundary.command
    async def type_in(self, field: str, text: str):
        """Take what was typed or chosen, and say at once what it would count."""
        if field not in FIELDS:
            return
        setattr(self, field, text[:LONGEST_TEXT])
        if field == "slug":
            self.slug_is_own = bool(text)
        elif field == "name" and not self.slug_is_own:
            self.slug = suggested_key(text)
        elif field == "aggregation" and text not in set(Aggregation):
            self.aggregation = Aggregation.SUM.value
        self._touched = self._touched | {field}
        await self._try()

    @rx.event
    @boundary.command
    async def type_dimension(self, index: int, part: str, text: str):
        """Take the name or the path of one dimension."""
        if part not in ("name", "path") or not 0 <= index < len(self.dimensions):
            return
        row = self.dimensions[index]
        name, path = (text, row.path) if part == "name" else (row.name, text)
        self.dimensions[index] = Dimension(name[:LONGEST_TEXT], path[:LONGEST_TEXT])
        await self._try()

    @rx.event
    async def add_dimension(self):
        """One more row to break usage down by."""
        if len(self.dimensions) < MOST_DIMENSIONS:
            self.dimensions = [*self.dimensions, Dimension()]

    @rx.event
    @boundary.command
    async def remove_dimension(self, index: int):
        """Take a row away."""
        self.dimensions = [row for number, row in enumerate(self.dimensions) if number != index]
        await self._try()

    @rx.event
    @boundary.command
    async def create(self):
        """Create the meter and go to it; what is wrong is said at its field."""
        try:
            wanted = self._wanted()
            if problem := name_problem(self.name):
                raise Invalid(problem, issues=[Issue("name", "name", problem)])
            meter = await boundary.change(self, lambda ctx: metering.create_meter(ctx, wanted), need=Permission.CATALOG)
        except Invalid as error:
            self._say(error)
            return None
        except Conflict as error:
            self.problems = {"slug": str(error)}
            return None
        self._start("")
        return [rx.toast.success(f"Meter {meter.name} created"), rx.redirect(f"/meters/{meter.id}")]

    def _start(self, key: str) -> None:
        chosen = next((template for template in TEMPLATES if template.key == key), None)
        self.template, self.problems, self._touched, self.slug_is_own = key if chosen else "", {}, set(), False
        self.name = chosen.label if chosen else ""
        self.slug = suggested_key(self.name)
        self.aggregation = (chosen.aggregation if chosen else Aggregation.SUM).value
        self.event_type = chosen.event_type if chosen else ""
        self.value_property = chosen.value_property if chosen else ""
        self.dimensions = [Dimension(*pair) for pair in chosen.group_by] if chosen else []

    def _wanted(self) -> MeterInput:
        """What the form says; raises Invalid for two dimensions of one name."""
        rows = [row for row in self.dimensions if row.name or row.path]
        names = [row.name for row in rows]
        for name in names:
            if names.count(name) > 1:
                raise Invalid("twice", issues=[Issue(f"groupBy.{name}", "twice", "This name is there twice.")])
        counts = self.aggregation == Aggregation.COUNT
        return MeterInput(
            slug=self.slug,
            aggregation=Aggregation(self.aggregation),
            event_type=self.event_type.strip(),
            value_property=None if counts else self.value_property.strip(),
            group_by={row.name: row.path for row in rows},
            name=self.name.strip(),
        )

    async def _try(self) -> None:
        """Show what the meter would make of the newest events, or what is wrong where somebody has typed."""
        paths = {row.name: row.path for row in self.dimensions if row.name}
        counts = self.aggregation == Aggregation.COUNT
        self.sample = sample_event(self.aggregation, self.event_type, None if counts else self.value_property, paths)
        self.problems, self.result, self.counted, self.uncounted, self.groups = {}, "", "", [], ""
        self.dimensions = [Dimension(row.name, row.path) for row in self.dimensions]
        try:
            wanted = self._wanted()
            tried = await boundary.read(self, lambda ctx: _tried(ctx, wanted))
        except Invalid as error:
            self._say(error, only=self._touched)
            return
        self._tell(wanted, tried)

    def _tell(self, wanted: MeterInput, tried: MeterPreview) -> None:
        if tried.newest is None:
            self.counted = f"No event of the type {wanted.event_type} has arrived yet. The meter waits for the first."
            return
        self.result = quantity(tried.value)
        what = measure_in_words(wanted.aggregation, wanted.value_property)
        of = plural(tried.events, "newest event")
        self.counted = f"{what} over {tried.counted:,} of the {of}, the last at {instant(tried.newest.time)}"
        self.uncounted = [f"{count:,} not counted: {reason}" for reason, count in tried.problems.items()]
        self.groups = ", ".join(f"{name} = {text or 'nothing'}" for name, text in tried.groups.items())

    def _say(self, error: Invalid, only: set[str] | None = None) -> None:
        """Put each problem at its field; while somebody is typing only at those that were touched."""
        found = boundary.field_problems(error)
        fields = {WIRE_FIELDS.get(place, place): text for place, text in found.items()}
        self.problems = {place: text for place, text in fields.items() if only is None or place in only}
        self.dimensions = [
            Dimension(row.name, row.path, fields.get(f"groupBy.{row.name}", "") if row.name or row.path else "")
            for row in self.dimensions
        ]


def _tried(ctx: Context, wanted: MeterInput) -> MeterPreview:
    """Try it even before it has a slug."""
    named = MeterInput(
        wanted.slug or "unnamed", wanted.aggregation, wanted.event_type, wanted.value_property, wanted.group_by
    )
    return metering.preview_meter(ctx, named)
