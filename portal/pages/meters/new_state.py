"""The form of a new meter: started from a template or by hand, tried on real events while it is typed."""

from datetime import UTC, datetime

import reflex as rx

from backend.access.roles import Permission
from backend.engine.meter.definition import Aggregation
from backend.errors import Conflict, Invalid, Issue
from backend.ingest import service as ingest
from backend.metering import service as metering
from backend.metering.service import MeterInput, MeterPreview
from portal import boundary
from portal.event_words import sentence
from portal.formatting import plural, quantity
from portal.keys import description_problem, name_problem, suggested_key
from portal.page_state import Loaded
from portal.pages.meters.dimensions_state import LONGEST_TEXT, Dimension, Dimensions
from portal.pages.meters.templates import TEMPLATES
from portal.pages.meters.tried import TriedRow, tried_rows, try_meter
from portal.pages.meters.words import measure_in_words, sample_event

FIELDS = ("name", "slug", "description", "aggregation", "event_type", "value_property", "event_from")
WIRE_FIELDS = {"eventType": "event_type", "valueProperty": "value_property"}


class NewMeterState(Dimensions, Loaded, rx.State):
    """What the page of a new meter shows and does."""

    template: str = ""
    name: str = ""
    slug: str = ""
    slug_is_own: bool = False
    description: str = ""
    aggregation: str = Aggregation.SUM.value
    event_type: str = ""
    value_property: str = ""
    event_from: str = ""
    problems: dict[str, str] = {}
    known_types: list[str] = []
    result: str = ""
    counted: str = ""
    uncounted: list[str] = []
    tried: list[TriedRow] = []
    sample: str = ""
    changed: bool = False
    _touched: set[str] = set()

    async def _fetch(self) -> None:
        self.known_types = list(await boundary.read(self, ingest.event_types))
        self._start("")
        await self._retyped()

    @rx.event
    @boundary.command
    async def use_template(self, key: str):
        """Fill the form from a template; the empty key empties it."""
        self._start(key)
        await self._retyped()

    @rx.event
    @boundary.command
    async def type_in(self, field: str, text: str):
        """Take what was typed or chosen, and say at once what it would count."""
        if field not in FIELDS:
            return
        setattr(self, field, text[: LONGEST_TEXT + 1])
        if field == "slug":
            self.slug_is_own = bool(text)
        elif field == "name" and not self.slug_is_own:
            self.slug = suggested_key(text)
        elif field == "aggregation" and text not in set(Aggregation):
            self.aggregation = Aggregation.SUM.value
        self._touched, self.changed = self._touched | {field}, True
        await self._retyped()

    @rx.event
    @boundary.command
    async def refresh(self):
        """Try it on the events that came meanwhile, unless something is still to be put right."""
        if self.counted:
            await self._retyped()

    @rx.event
    @boundary.command
    async def create(self):
        """Create the meter and go to it; what is wrong is said at its field."""
        try:
            wanted = self._wanted()
            wrong = {"name": name_problem(self.name), "description": description_problem(self.description)}
            issues = [Issue(field, "text", problem) for field, problem in wrong.items() if problem]
            if issues:
                raise Invalid("The meter cannot be created yet.", issues=issues)
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
        self.changed = False
        self.name = chosen.label if chosen else ""
        self.slug = suggested_key(self.name)
        self.description, self.event_from = "", ""
        self.aggregation = (chosen.aggregation if chosen else Aggregation.SUM).value
        self.event_type = chosen.event_type if chosen else ""
        self.value_property = chosen.value_property if chosen else ""
        self.dimensions = [Dimension(*pair) for pair in chosen.group_by] if chosen else []

    def _wanted(self) -> MeterInput:
        """What the form says; raises Invalid for what no meter can be told."""
        counts = self.aggregation == Aggregation.COUNT
        return MeterInput(
            slug=self.slug,
            aggregation=Aggregation(self.aggregation),
            event_type=self.event_type.strip(),
            value_property=None if counts else self.value_property.strip(),
            group_by=self._group_by(),
            name=self.name.strip(),
            description=self.description.strip() or None,
            event_from=_instant(self.event_from),
        )

    async def _retyped(self) -> None:
        """Show what the meter would make of the newest events, or what is wrong where somebody has typed."""
        paths = {row.name: row.path for row in self.dimensions if row.name}
        counts = self.aggregation == Aggregation.COUNT
        self.sample = sample_event(self.aggregation, self.event_type, None if counts else self.value_property, paths)
        self.problems, self.result, self.counted, self.uncounted, self.tried = {}, "", "", [], []
        self._say_dimensions({})
        try:
            wanted = self._wanted()
            found, now = await boundary.read(self, lambda ctx: try_meter(ctx, wanted))
        except Invalid as error:
            self._say(error, only=self._touched)
            return
        self._tell(wanted, found, now)

    def _tell(self, wanted: MeterInput, found: MeterPreview, now: datetime) -> None:
        if not found.tried:
            self.counted = f"No event of the type {wanted.event_type} has arrived yet. The meter waits for the first."
            return
        self.result = quantity(found.value)
        what = measure_in_words(wanted.aggregation, wanted.value_property)
        self.counted = f"{what} over {found.counted:,} of the {plural(len(found.tried), 'newest event')}"
        self.uncounted = [f"{count:,} not counted: {sentence(reason)}" for reason, count in found.problems.items()]
        self.tried = tried_rows(found, now)

    def _say(self, error: Invalid, only: set[str] | None = None) -> None:
        """Put each problem at its field; while somebody is typing only at those that were touched."""
        found = boundary.field_problems(error)
        fields = {WIRE_FIELDS.get(place, place): text for place, text in found.items()}
        self.problems = {place: text for place, text in fields.items() if only is None or place in only}
        self._say_dimensions(found)


def _instant(text: str) -> datetime | None:
    """When counting begins, as a browser's field gives it, in UTC; None for the first event."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"{text} is not a time."
        raise Invalid(message, issues=[Issue("event_from", "time", message)]) from None
