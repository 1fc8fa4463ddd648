"""The usage of one meter: a chart over time, the total, and the customers who used most."""

from datetime import UTC, datetime, time, timedelta

import plotly.graph_objects as go
import reflex as rx

from backend.engine.meter.window import WindowSize
from backend.errors import Invalid
from portal import boundary
from portal.components.usage_chart import ChartRow
from portal.formatting import instant
from portal.page_state import Loaded
from portal.pages.meters.usage_answer import Asked, TopRow, answer

RANGES = {
    "24h": ("Last 24 hours", timedelta(hours=24)),
    "7d": ("Last 7 days", timedelta(days=7)),
    "30d": ("Last 30 days", timedelta(days=30)),
    "90d": ("Last 90 days", timedelta(days=90)),
    "year": ("Last 12 months", timedelta(days=365)),
    "dates": ("Between two days", timedelta(0)),
}
WINDOWS = [(WindowSize.HOUR.value, "By hour"), (WindowSize.DAY.value, "By day"), (WindowSize.MONTH.value, "By month")]
LENGTHS = {WindowSize.HOUR: timedelta(hours=1), WindowSize.DAY: timedelta(days=1), WindowSize.MONTH: timedelta(days=28)}
MOST_WINDOWS = 1000
CONTROLS = ("range", "window", "group", "customer", "since", "until")


class MeterUsageState(Loaded, rx.State):
    """What the usage part of a meter's page shows."""

    range: str = "30d"
    window: str = WindowSize.DAY.value
    group: str = ""
    customer: str = ""
    since: str = ""
    until: str = ""
    groups: list[list[str]] = []
    total: str = ""
    spans: str = ""
    figure: go.Figure = go.Figure()
    points: list[ChartRow] = []
    top: list[TopRow] = []
    _meter: str = ""

    async def _fetch(self) -> None:
        wanted = str(self.router.page.params.get("meter_id", ""))
        if wanted != self._meter:
            self.reset()
            self._meter = wanted
        found = await boundary.read(self, lambda ctx: answer(ctx, self._asked(ctx.now)))
        self.total, self.figure, self.points = found.total, found.figure, found.points
        self.top, self.groups = found.top, found.groups

    @rx.event
    async def choose(self, control: str, value: str):
        """Change what the chart shows."""
        if control not in CONTROLS:
            return None
        setattr(self, control, value[:256])
        if control == "range" and value == "24h":
            self.window = WindowSize.HOUR.value
        elif control == "range" and self.window == WindowSize.HOUR:
            self.window = WindowSize.DAY.value
        return MeterUsageState.load

    def _asked(self, now: datetime) -> Asked:
        if self.range not in RANGES or self.window not in LENGTHS:
            raise Invalid("Choose a time and a window from the lists.")
        window = WindowSize(self.window)
        start, end = _period(self.range, self.since, self.until, now)
        self.spans = f"{instant(start)} to {instant(end)}"
        if (end - start) / LENGTHS[window] > MOST_WINDOWS:
            raise Invalid(f"That would be more than {MOST_WINDOWS:,} windows. Choose a wider window or a shorter time.")
        return Asked(self._meter, start, end, window, self.group, self.customer.strip())


def _period(chosen: str, since: str, until: str, now: datetime) -> tuple[datetime, datetime]:
    """The time asked for: up to now, or whole days of UTC, the last one included."""
    if chosen != "dates":
        return now - RANGES[chosen][1], now
    try:
        first, last = (datetime.combine(datetime.fromisoformat(text), time(), UTC) for text in (since, until))
    except ValueError:
        raise Invalid("Choose the first and the last day.") from None
    if last < first:
        raise Invalid("The last day lies before the first.")
    return first, last + timedelta(days=1)
