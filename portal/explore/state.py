"""What a page holds that explores usage: the question, which its address tells too, and one page of the answer."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode

import plotly.graph_objects as go
import reflex as rx

from backend.errors import Invalid
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.models import Meter
from portal import boundary
from portal.explore import question as questions
from portal.explore import shown
from portal.explore.answer import Answer, Suggestions, answer, known_customers, suggestions
from portal.explore.question import CUSTOMER, SUBJECT, WHERE, Question
from portal.explore.zones import OFFERED
from portal.formatting import instant
from portal.page_state import PAGE_SIZE, Addressed, Exporting
from portal.sheet import Sheet

LOCAL = "%Y-%m-%dT%H:%M"
"""How a browser's field for a time writes it."""

CHOSEN = ("meter", "range", "window", "zone")
"""Controls whose every value is worth going back to; the others are typed letter by letter."""


@dataclass(frozen=True)
class GroupChip:
    """Something that usage can be broken down by."""

    name: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class DimensionFilter:
    """A dimension of the meter, the text it is narrowed to, and what could be chosen."""

    control: str
    label: str
    value: str
    suggestions: list[list[str]]


class Explorer(Exporting, Addressed, mixin=True):
    """A page state that asks a meter and shows the answer.

    `search`, chips and sorting of a `Listing` are not used: the filters are the question's own.
    """

    meter: str = ""
    range: str = questions.USUAL["range"]
    start: str = ""
    end: str = ""
    window: str = questions.USUAL["window"]
    zone: str = questions.USUAL["zone"]
    subject: str = ""
    customer: str = ""
    is_narrowed: bool = False
    groups: list[GroupChip] = []
    filters: list[DimensionFilter] = []
    customers: list[list[str]] = []
    subjects: list[list[str]] = []
    unit: str = ""
    amount: str = ""
    spans: str = ""
    caption: str = ""
    events_href: str = ""
    query_href: str = ""
    figure: go.Figure = go.Figure()
    drawn: bool = False
    headings: list[str] = []
    rows: list[list[str]] = []
    _since: str = ""
    _until: str = ""
    _asked: str = ""
    _suggested: str = ""

    @rx.var
    def narrowed(self) -> bool:
        """Whether a filter leaves usage out."""
        return self.is_narrowed

    @rx.var
    def zones(self) -> list[list[str]]:
        """The time zones to choose from, with the one that the address names."""
        return [[name, name.replace("_", " ")] for name in dict.fromkeys((*OFFERED, self.zone))]

    def _question(self) -> Question:
        """What is asked now."""
        return questions.read(parse_qs(self._asked))

    @abstractmethod
    def _path(self, question: Question) -> str:
        """The address of this page with a question."""

    def _take(self, told: Mapping[str, Sequence[str]]) -> None:
        self._hold(questions.read(told))

    def _choose(self, question: Question, *, replace: bool = False) -> rx.event.EventSpec:
        """Ask another question."""
        self._hold(question)
        return self._go(self._path(question), replace=replace)

    async def _fetch(self) -> None:
        question = self._question()
        if question.meter:
            self.customers = await boundary.read(self, lambda ctx: known_customers(ctx, question.customer))
            self._offer(question, *await boundary.read(self, lambda ctx: self._offered(ctx, question)))
            self._show(await boundary.read(self, lambda ctx: answer(ctx, question)))

    def _offered(self, ctx: Context, question: Question) -> tuple[Meter, Suggestions | None]:
        """The meter, and what its filters offer if it is not what they offer already.

        Read before the answer, so that the controls are there to put right what cannot be answered.
        """
        meter = metering.get_meter(ctx, question.meter)
        if self._suggested == _offered_for(question):
            return meter, None
        try:
            return meter, suggestions(ctx, question)
        except Invalid:  # the answer says what is wrong with the time
            return meter, Suggestions([], {})

    def _sheet(self, ctx: Context) -> Sheet:
        return shown.sheet(answer(ctx, self._question()))

    def _hold(self, question: Question) -> None:
        """Let the controls show what is asked, also when it cannot be answered."""
        if question.address() != self._asked:
            self._asked, self.page = question.address(), 1
        for name in questions.TEXTS:
            setattr(self, name, getattr(question, name))
        self.is_narrowed = question.is_narrowed
        self.groups = [replace(chip, chosen=chip.name in question.by) for chip in self.groups]
        self.filters = [replace(row, value=question.where.get(row.label, "")) for row in self.filters]

    def _show(self, found: Answer) -> None:
        rows = shown.ordered(found)
        self.total = len(rows)
        self.page = min(self.page, max(1, -(-self.total // PAGE_SIZE)))
        self.rows = [shown.cells(found, row) for row in rows[(self.page - 1) * PAGE_SIZE : self.page * PAGE_SIZE]]
        self.headings, self.unit, self.amount = shown.headings(found), found.meter.name, shown.whole_text(found)
        zone = found.question.zone
        start, end = found.period.start, found.period.end
        self.spans = f"{instant(start, zone)} to {instant(end, zone)}"
        self.caption = f"{found.meter.name}, on the clocks of {zone.replace('_', ' ')}."
        self.figure, self.drawn = shown.figure(found), self.total > (1 if found.question.window_size is None else 0)
        self.query_href = "/query?" + replace(found.question, meter=found.meter.slug).address()
        clocks = found.question.time_zone
        self._since, self._until = (at.astimezone(clocks).strftime(LOCAL) for at in (start, end))
        narrowed = {"type": found.meter.event_type, "subject": found.question.subject}
        times = {"range": "dates", "start": start.strftime(LOCAL), "end": end.strftime(LOCAL)}
        pairs = {**narrowed, "customer": found.question.customer, **times}
        self.events_href = "/events?" + urlencode({name: text for name, text in pairs.items() if text})

    def _offer(self, question: Question, meter: Meter, offered: Suggestions | None) -> None:
        names = dict.fromkeys((CUSTOMER, SUBJECT, *meter.group_by, *question.by))
        self.groups = [GroupChip(name, shown.heading(name), name in question.by) for name in names]
        known = {row.control: row.suggestions for row in self.filters}
        if offered is not None:
            self._suggested = _offered_for(question)
            self.subjects = offered.subjects
            known = {WHERE + name: texts for name, texts in offered.dimensions.items()}
        self.filters = [
            DimensionFilter(WHERE + name, name, question.where.get(name, ""), known.get(WHERE + name, []))
            for name in dict.fromkeys((*meter.group_by, *question.where))
        ]

    @rx.event
    async def ask(self, control: str, value: str):
        """Set one part of the question."""
        question = self._question().changed(control, value.strip()[: questions.LONGEST])
        if question.range == "dates" and not question.start and not question.end:
            question = replace(question, start=self._since, end=self._until)
        return self._choose(question, replace=control not in CHOSEN)

    @rx.event
    async def break_down(self, name: str):
        """Break usage down by one thing more, or no longer."""
        return self._choose(self._question().broken_down(name[: questions.LONGEST]))

    @rx.event
    async def show_all(self):
        """Drop the filters."""
        self.clearings += 1
        return self._choose(self._question().without_filters())


def _offered_for(question: Question) -> str:
    """What suggestions depend on: the meter and the time."""
    return replace(question, window="", by=(), subject="", customer="", where={}).address()
