"""The events that match the filters, newest first, and fresh as long as somebody watches."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import reflex as rx

from backend.customers import service as customers
from backend.errors import Invalid
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.cloudevents import EARLIEST
from backend.ingest.service import EventFilter
from backend.metering import service as metering
from backend.metering.service import MOST_INSPECTED, InspectedEvent, Uncounted
from portal import boundary
from portal.explore.answer import known_customers
from portal.keys import plain_text
from portal.page_state import LONGEST_SEARCH, PAGE_SIZE, Addressed, Exporting
from portal.pages.events.rows import EventRow, event_rows, events_sheet
from portal.sheet import MOST_ROWS, Sheet

RANGES: dict[str, tuple[str, timedelta | None]] = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("Last 24 hours", timedelta(hours=24)),
    "7d": ("Last 7 days", timedelta(days=7)),
    "30d": ("Last 30 days", timedelta(days=30)),
    "all": ("Any time", None),
    "dates": ("Between two times", None),
}
UNCOUNTED = "uncounted"
REASONS = {reason.name.lower(): reason for reason in Uncounted}
FILTERS = ("type", "subject", "customer", "range", "start", "end")
ADDRESSED = (*FILTERS, "search", "chip")
USUAL_RANGE = "7d"
LONGEST = 1024
RESOLUTION = timedelta(seconds=1)


class EventsState(Exporting, Addressed, rx.State):
    """What the list of events shows."""

    rows: list[EventRow] = []
    types: list[list[str]] = []
    customers: list[list[str]] = []
    type: str = ""
    subject: str = ""
    customer: str = ""
    range: str = USUAL_RANGE
    start: str = ""
    end: str = ""
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
        newest = f", of the newest {MOST_INSPECTED:,}" if self.chip else ""
        return f"{first + 1:,} to {first + len(self.rows):,}{newest}"

    @rx.var
    def has_next(self) -> bool:
        """Whether there are older ones."""
        return self.more

    async def _fetch(self) -> None:
        self.customers = await boundary.read(self, lambda ctx: known_customers(ctx, self.customer.strip()))
        found, types = await boundary.read(self, self._page)
        self.rows, self.more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
        self.total = len(self.rows)
        self.types = [["", "All types"], *([name, name] for name in types)]

    def _page(self, ctx: Context) -> tuple[list[EventRow], list[str]]:
        found = self._find(ctx, (self.page - 1) * PAGE_SIZE, PAGE_SIZE + 1)
        return event_rows(ctx, found), list(ingest.event_types(ctx))

    def _sheet(self, ctx: Context) -> Sheet:
        return events_sheet(ctx, self._find(ctx, 0, MOST_ROWS + 1))

    def _find(self, ctx: Context, offset: int, limit: int) -> list[InspectedEvent]:
        since, until = self._times(ctx.now)
        wanted = EventFilter(
            since=since,
            until=until,
            event_id=self.search or None,
            subject=self.subject.strip() or None,
            type=self.type or None,
        )
        only = [customers.get(ctx, self.customer.strip()).id] if self.customer.strip() else []
        if not self.chip:
            return metering.list_events(ctx, wanted, customer_ids=only, limit=limit, offset=offset)
        because = REASONS.get(self.chip)
        return metering.list_uncounted(ctx, wanted, because=because, customer_ids=only, limit=limit, offset=offset)

    def _times(self, now: datetime) -> tuple[datetime, datetime | None]:
        """The first and the last second to show. Raises Invalid for what is no time."""
        if self.range == "dates":
            return _typed(self.start, EARLIEST), (_typed(self.end, now) - RESOLUTION if self.end else None)
        length = RANGES.get(self.range, RANGES[USUAL_RANGE])[1]
        return (EARLIEST if length is None else now - length), None

    def _take(self, told: Mapping[str, Sequence[str]]) -> None:
        texts = {name: plain_text(told.get(name, [""])[0], LONGEST) for name in ADDRESSED}
        texts["range"] = texts["range"] or USUAL_RANGE
        if any(getattr(self, name) != text for name, text in texts.items()):
            self.page, self.clearings = 1, self.clearings + 1
        for name, text in texts.items():
            setattr(self, name, text)

    def _look_again(self) -> rx.event.EventSpec:
        """Write search and filters into the address, and show what they leave from its first page on."""
        self.page = 1
        told = {name: getattr(self, name) for name in ADDRESSED}
        if told["range"] == USUAL_RANGE:
            del told["range"]
        pairs = {name: text for name, text in told.items() if text}
        return self._go(f"/events?{urlencode(pairs)}", replace=True)

    @rx.event
    async def look_for(self, text: str):
        """Search as the person types."""
        self.search = plain_text(text, LONGEST_SEARCH)
        return self._look_again()

    @rx.event
    async def choose(self, chip: str):
        """Press a filter chip; the empty chip shows all."""
        self.chip = chip[:LONGEST_SEARCH]
        return self._look_again()

    @rx.event
    async def narrow(self, control: str, value: str):
        """Set one of the filters."""
        if control not in FILTERS:
            return None
        setattr(self, control, plain_text(value, LONGEST))
        return self._look_again()

    @rx.event
    async def show_all(self):
        """Drop search and filters."""
        self.search, self.chip, self.type, self.subject, self.customer = "", "", "", "", ""
        self.range, self.clearings = "all", self.clearings + 1
        return self._look_again()

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


def _typed(text: str, otherwise: datetime) -> datetime:
    """A time as a browser's field gives it, in UTC; the other one when nothing is typed. Raises Invalid."""
    try:
        found = datetime.fromisoformat(text) if text else otherwise
        return max((found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC), EARLIEST)
    except (ValueError, OverflowError):
        raise Invalid(f"{text} is not a time.") from None
