"""The events that match the filters, newest first, and fresh as long as somebody watches."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import reflex as rx

from backend.customers import service as customers
from backend.customers.service import CustomerFilter
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.cloudevents import EARLIEST
from backend.ingest.service import EventFilter
from backend.metering import service as metering
from backend.metering.service import MOST_INSPECTED, InspectedEvent
from portal import boundary
from portal.formatting import ago, exact_instant
from portal.page_state import PAGE_SIZE, Listing
from portal.pages.events.words import sentence, status_of

RANGES: dict[str, tuple[str, timedelta | None]] = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("Last 24 hours", timedelta(hours=24)),
    "7d": ("Last 7 days", timedelta(days=7)),
    "30d": ("Last 30 days", timedelta(days=30)),
    "all": ("Any time", None),
}
UNCOUNTED = "uncounted"
FILTERS = ("type", "subject", "customer", "range")
USUAL_RANGE = "7d"
SHORT = 70


@dataclass(frozen=True)
class EventRow:
    """An event as the table shows it."""

    id: str
    at: str
    at_exact: str
    type: str
    subject: str
    customer: str
    customer_href: str
    data: str
    status: str
    why: str


class EventsState(Listing, rx.State):
    """What the list of events shows."""

    rows: list[EventRow] = []
    types: list[list[str]] = []
    type: str = ""
    subject: str = ""
    customer: str = ""
    range: str = USUAL_RANGE
    watching: bool = True
    more: bool = False

    @rx.var
    def narrowed(self) -> bool:
        """Whether a search or filter hides something."""
        return bool(self.search or self.chip or self.type or self.subject or self.customer or self.range != "all")

    @rx.var
    def showing(self) -> str:
        """Where in the list the page stands; events are too many to be counted at every look."""
        first = (self.page - 1) * PAGE_SIZE
        newest = f", of the newest {MOST_INSPECTED:,}" if self.chip == UNCOUNTED else ""
        return f"{first + 1:,} to {first + len(self.rows):,}{newest}"

    @rx.var
    def has_next(self) -> bool:
        """Whether there are older ones."""
        return self.more

    async def _fetch(self) -> None:
        found, types = await boundary.read(self, self._page)
        self.rows, self.more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
        self.total = len(self.rows)
        self.types = [["", "All types"], *([name, name] for name in types)]

    def _page(self, ctx: Context) -> tuple[list[EventRow], list[str]]:
        length = RANGES.get(self.range, RANGES[USUAL_RANGE])[1]
        wanted = EventFilter(
            since=EARLIEST if length is None else ctx.now - length,
            event_id=self.search or None,
            subject=self.subject.strip() or None,
            type=self.type or None,
        )
        find = metering.list_uncounted if self.chip == UNCOUNTED else metering.list_events
        only = [customers.get(ctx, self.customer.strip()).id] if self.customer.strip() else []
        offset = (self.page - 1) * PAGE_SIZE
        found = find(ctx, wanted, customer_ids=only, limit=PAGE_SIZE + 1, offset=offset)
        return _rows(ctx, found), list(ingest.event_types(ctx))

    @rx.event
    async def arrive(self):
        """Take the filters from the address: a link may lead to the events of one customer."""
        asked = parse_qs(urlsplit(str(self.router.url)).query)
        self.type, self.subject, self.customer = (asked.get(name, [""])[0] for name in FILTERS[:3])
        self.chip = asked.get("chip", [""])[0]
        self.range = asked.get("range", [USUAL_RANGE])[0]
        self.search, self.page, self.clearings = "", 1, self.clearings + 1
        return EventsState.load

    @rx.event
    async def narrow(self, control: str, value: str):
        """Set one of the filters."""
        if control not in FILTERS:
            return None
        setattr(self, control, value[:1024])
        self.page = 1
        return EventsState.load

    @rx.event
    async def show_all(self):
        """Drop search and filters."""
        self.search, self.chip, self.type, self.subject, self.customer = "", "", "", "", ""
        self.range, self.page, self.clearings = "all", 1, self.clearings + 1
        return EventsState.load

    @rx.event
    async def watch(self):
        """Start or stop to keep the first page fresh."""
        self.watching = not self.watching
        return EventsState.load if self.watching else None

    @rx.event
    async def refresh(self):
        """Look again, unless somebody reads an older page or has stopped watching."""
        if self.watching and self.ready and self.page == 1:
            return EventsState.load
        return None


def _rows(ctx: Context, found: list[InspectedEvent]) -> list[EventRow]:
    ids = {inspected.customer_id for inspected in found if inspected.customer_id}
    known, _ = customers.list_customers(ctx, CustomerFilter(ids=ids), limit=len(ids) or 1)
    names = {customer.id: customer.name for customer in known}
    return [to_row(inspected, names, ctx.now) for inspected in found]


def to_row(inspected: InspectedEvent, names: dict[str, str], now: datetime) -> EventRow:
    """An event as text."""
    event, customer_id = inspected.event, inspected.customer_id or ""
    data = event.data or ""
    return EventRow(
        id=event.id,
        at=ago(event.time, now),
        at_exact=exact_instant(event.time),
        type=event.type,
        subject=event.subject,
        customer=names.get(customer_id, ""),
        customer_href=f"/customers/{customer_id}",
        data=data if len(data) <= SHORT else f"{data[:SHORT]}…",
        status=status_of(inspected.problems),
        why=" ".join(sentence(problem) for problem in inspected.problems),
    )
