"""The clock of a sandbox: what it shows, where it shall go, how far it has come, and what happened on the way."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import reflex as rx

from backend import clockwork
from backend.access import service as access
from backend.access.roles import Permission
from backend.access.service import SandboxClock
from backend.engine.recurrence import Duration
from backend.errors import DomainError, Invalid
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.invoicing.service import InvoiceFilter
from portal import boundary
from portal.formatting import ago, exact_instant, instant, money, plural
from portal.page_state import Loaded
from portal.session import SessionState

STEPS = {"day": Duration(days=1), "week": Duration(weeks=1), "month": Duration(months=1)}
LOOK_EVERY = 0.4
MOST_INVOICES = 50


@dataclass(frozen=True)
class DrawnRow:
    """An invoice that was drawn while the clock moved."""

    id: str
    number: str
    customer: str
    at: str
    status: str
    total: str


@dataclass(frozen=True)
class Journey:
    """Where somebody was allowed to move the clock of a namespace, and from where."""

    namespace: str
    start: datetime
    end: datetime

    def percent_at(self, now: datetime) -> int:
        """How much of the way lies behind, in whole percent."""
        return min(100, max(0, 100 * (now - self.start) // (self.end - self.start)))


class ClockState(Loaded, rx.State):
    """What the page of the sandbox clock shows and does."""

    sandbox: bool = False
    shows: str = ""
    shows_exact: str = ""
    ahead: str = ""
    next_due: str = ""
    travelling: bool = False
    percent: int = 0
    target: str = ""
    date_problem: str = ""
    arrived: str = ""
    drawn: list[DrawnRow] = []
    _journey: Journey | None = None

    async def _fetch(self) -> None:
        clock, due = await boundary.read(self, lambda ctx: (access.sandbox_clock(ctx), invoicing.next_due(ctx)))
        self._show(clock)
        self.next_due = "" if due is None else f"{instant(due)}, {ago(due, clock.now)}"

    def _show(self, clock: SandboxClock) -> None:
        self.sandbox = clock.sandbox
        self.shows, self.shows_exact = instant(clock.now), exact_instant(clock.now)
        days = (clock.ahead + timedelta(hours=12)).days
        self.ahead = f"{plural(days, 'day')} ahead of the real time" if days else "Runs with the real time"

    @rx.event
    @boundary.command
    async def forward(self, step: str):
        """Move forward by a day, a week or a month."""
        if step not in STEPS:
            raise Invalid("The clock moves by a day, a week or a month.")
        return await self._depart(STEPS[step].after)

    @rx.event
    @boundary.command
    async def forward_to(self, form: dict[str, str]):
        """Move to the start of a day, in UTC."""
        self.date_problem = ""
        try:
            wanted = datetime.combine(datetime.fromisoformat(str(form.get("date", ""))), time(), UTC)
        except ValueError:
            self.date_problem = "Choose a date."
            return None
        try:
            return await self._depart(lambda _: wanted)
        except Invalid as error:
            self.date_problem = str(error)
            return None

    async def _depart(self, where: Callable[[datetime], datetime]):
        """Check the wish, note in the audit log who has it, and let the journey begin."""
        if self.travelling:
            return None

        def request(ctx: Context) -> Journey:
            return Journey(ctx.namespace, ctx.now, access.request_travel(ctx, where(ctx.now)))

        self._journey = await boundary.change(self, request, need=Permission.CLOCK)
        self.travelling, self.percent, self.arrived, self.drawn, self.date_problem = True, 0, "", [], ""
        self.target = instant(self._journey.end)
        return ClockState.travel

    @rx.event(background=True)
    async def travel(self):
        """Move the clock through everything that is due on the way, and tell how far it has come.

        It goes only where `_depart` was allowed to: the journey lies on the server, and is made once.
        """
        async with self:
            journey, self._journey = self._journey, None
        if journey is None:
            return None
        try:
            moving = asyncio.create_task(asyncio.to_thread(clockwork.travel, journey.namespace, journey.end))
            while not moving.done():
                await asyncio.wait({moving}, timeout=LOOK_EVERY)
                async with self:
                    clock = await boundary.read(self, access.sandbox_clock)
                    self._show(clock)
                    self.percent = journey.percent_at(clock.now)
            await moving
            async with self:
                self._show(await boundary.read(self, access.sandbox_clock))
                self.drawn, self.arrived = await boundary.read(self, lambda ctx: _happened(ctx, journey.start))
        except DomainError as error:
            return rx.toast.error(str(error), duration=8000, close_button=True)
        except Exception as error:  # the page must not stay on its way for ever
            return boundary.unexpected(error)
        finally:
            async with self:
                self.travelling = False
        return [ClockState.load, SessionState.enter_staff, rx.toast.success("The clock has arrived")]


def _happened(ctx: Context, begin: datetime) -> tuple[list[DrawnRow], str]:
    wanted = InvoiceFilter(kinds=("standard",), created_after=begin, limit=MOST_INVOICES)
    drawn, total = invoicing.list_invoices(ctx, wanted)
    told = plural(total, "invoice was drawn", "invoices were drawn") if total else "No invoice was due on the way"
    return [to_row(invoice) for invoice in drawn], f"{told}."


def to_row(invoice: Invoice) -> DrawnRow:
    """An invoice as text."""
    return DrawnRow(
        id=invoice.id,
        number=invoice.number,
        customer=str(invoice.customer.get("name", "")),
        at=instant(invoice.created_at),
        status=invoice.status,
        total=money(invoice.total, invoice.currency),
    )
