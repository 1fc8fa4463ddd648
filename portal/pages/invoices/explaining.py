"""An invoice in depth: each line with its arithmetic, its usage by day and the raw events behind it; and its PDF."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlencode

import plotly.graph_objects as go
import reflex as rx

from backend import bootstrap
from backend.engine.period import Period
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.invoicing.service import Corrected, Explanation
from backend.invoicing.service.why import why
from backend.invoicing.service.wording import StepInWords, steps
from backend.metering.service import CountedEvent
from portal import boundary, charts
from portal.components.usage_chart import ChartRow
from portal.formatting import day, exact_instant, instant, money, percent, period, plural, quantity
from portal.page_state import asked
from portal.sold_words import line_price

EVENTS_AT_ONCE = 10
T = TypeVar("T")


@dataclass(frozen=True)
class EventRow:
    """A raw event and what it counted; `href` is where staff can inspect it."""

    id: str
    href: str
    at: str
    at_exact: str
    subject: str
    value: str


@dataclass(frozen=True)
class ExplainedLine:
    """Everything about one line, as text."""

    title: str = ""
    period: str = ""
    price: str = ""
    steps: tuple[StepInWords, ...] = ()
    fee_note: str = ""
    corrects: str = ""
    corrects_path: str = ""
    counted: str = ""
    late: str = ""
    unit: str = ""
    meter: str = ""
    meter_href: str = ""
    days_note: str = ""
    days: tuple[ChartRow, ...] = ()


class Explaining(rx.State, mixin=True):
    """A page state that explains invoice lines and hands out the PDF.

    Subclasses say in `_of_invoice` who may look at which invoice.
    """

    line_id: str = ""
    explained: ExplainedLine = ExplainedLine()
    figure: go.Figure = go.Figure()
    events: list[EventRow] = []
    events_page: int = 1
    has_more_events: bool = False

    @abstractmethod
    async def _of_invoice(self, use_case: Callable[[Context, Invoice], T]) -> T:
        """Run a use case on the invoice of this page, if the person may see it; else DomainError."""

    @rx.event
    @boundary.command
    async def explain(self, line_id: str):
        """Open the explanation of a line of this invoice."""
        await self._open(line_id)

    @rx.event
    @boundary.command
    async def explain_asked(self):
        """Open the explanation of the line that the address asks for: `?line=01J…`."""
        if line_id := asked(self, "line"):
            await self._open(line_id)

    async def _open(self, line_id: str) -> None:
        self.explained, self.figure = await self._of_invoice(
            lambda ctx, invoice: _explained(invoicing.explain(ctx, invoice, line_id))
        )
        self.events_page, self.events = 1, []
        await self._fetch_events(line_id)
        self.line_id = line_id

    @rx.event
    @boundary.command
    async def download_pdf(self):
        """Let the browser save the invoice as a PDF file."""
        number, printed = await self._of_invoice(
            lambda ctx, invoice: (invoice.number, invoicing.pdf(ctx, bootstrap.printer(), invoice))
        )
        return rx.download(data=printed, filename=f"{number}.pdf")

    @rx.event
    async def close_explanation(self):
        """Back to the invoice."""
        self.line_id = ""

    @rx.event
    @boundary.command
    async def turn_events(self, step: int):
        """Older events (1) or newer ones (-1)."""
        self.events_page = max(1, self.events_page + (1 if step > 0 else -1))
        await self._fetch_events(self.line_id)

    async def _fetch_events(self, line_id: str) -> None:
        offset = (self.events_page - 1) * EVENTS_AT_ONCE
        found = await self._of_invoice(
            lambda ctx, invoice: invoicing.events_behind(ctx, invoice, line_id, offset=offset, limit=EVENTS_AT_ONCE + 1)
        )
        self.has_more_events = len(found) > EVENTS_AT_ONCE
        self.events = [_event_row(event) for event in found[:EVENTS_AT_ONCE]]


def _explained(found: Explanation) -> tuple[ExplainedLine, go.Figure]:
    line, currency = found.view.line, found.invoice.currency
    shown = ExplainedLine(
        title=line.name,
        period=period(line.period_start, line.period_end),
        price=line_price(line),
        steps=tuple(steps(found.view, currency)),
    )
    if found.corrects is not None:
        return _correction(shown, found.corrects), go.Figure()
    if found.source is None:
        return replace(shown, fee_note=_fee_note(found)), go.Figure()
    unit = found.source.feature.name
    metered = replace(
        shown,
        counted=_counted(found),
        late=_late(found),
        unit=unit,
        meter=found.source.meter.name,
        meter_href=f"/meters/{found.source.meter.id}",
        days_note="" if found.days_add_up else "The days do not add up to the quantity: this meter does not sum.",
        days=tuple(ChartRow(day(row.window.start), unit, quantity(row.value)) for row in found.days),
    )
    return metered, charts.bars([charts.Point(row.window.start, row.value, unit) for row in found.days], unit)


def _correction(shown: ExplainedLine, corrects: Corrected) -> ExplainedLine:
    """A line that corrects an earlier one is explained by that one, and by what was not known then."""
    late, note = corrects.late, why(corrects.correction)
    if late is not None:
        number = plural(late.count, "event") if late.is_all else f"At least {plural(late.count, 'event')}"
        of = day(late.first_at)
        if day(late.last_at) != of:
            of = f"{of} to {day(late.last_at)}"
        note = f"{note}: {number} of {of} came after it was counted"
    return replace(
        shown,
        fee_note=f"{note[:1].upper()}{note[1:]}.",
        corrects=f"{corrects.line.name} on {corrects.invoice.number}",
        corrects_path=f"{corrects.invoice.id}?line={corrects.line.id}",
    )


def _fee_note(found: Explanation) -> str:
    """Why a fee is what it is: it does not depend on usage, but perhaps on days."""
    whole, line = found.prorated_from, found.view.line
    if whole is None:
        return "A fee: it does not depend on usage."
    part = Period(line.period_start, line.period_end)
    share = percent(part.share_of(whole.period), 1)
    fee = f"{money(whole.amount, found.invoice.currency)} for {period(whole.period.start, whole.period.end)}"
    return f"The whole fee is {fee}; this line covers {share} of that time."


def _counted(found: Explanation) -> str:
    """When the quantity was taken down."""
    at = found.invoice.quantities_at
    return f"Counted for this invoice on {instant(at)}." if at else "Counted live, as of this moment."


def _late(found: Explanation) -> str:
    """Usage that arrived after the quantity was taken down."""
    counted = found.view.metered_quantity
    if counted is None or found.counted_now is None or found.counted_now == counted:
        return ""
    more = found.counted_now - counted
    return f"{quantity(more)} more arrived after that and is not on this invoice." if more > 0 else ""


def _event_row(counted: CountedEvent) -> EventRow:
    event, value = counted.event, counted.value
    return EventRow(
        id=event.event_id,
        href=f"/events?{urlencode({'search': event.event_id, 'subject': event.subject, 'range': 'all'})}",
        at=instant(event.time),
        at_exact=exact_instant(event.time),
        subject=event.subject,
        value=quantity(value) if isinstance(value, Decimal) else value,
    )
