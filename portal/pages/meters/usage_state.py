"""The usage of one meter: a chart over time, the total, and the customers who used most."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import plotly.graph_objects as go
import reflex as rx

from backend.customers import service as customers
from backend.customers.service import CustomerFilter
from backend.engine.exact import EXACT, quotient, total
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.errors import Invalid
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import UsageQuery, UsageRow
from portal import boundary, charts
from portal.components.usage_chart import ChartRow
from portal.formatting import instant, percent, quantity
from portal.page_state import Loaded
from portal.pages.meters.words import ADDITIVE

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
TOP = 10
NOBODY = "No customer"
CONTROLS = ("range", "window", "group", "customer", "since", "until")


@dataclass(frozen=True)
class TopRow:
    """A customer's part of the usage."""

    name: str
    href: str
    value: str
    share: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the chart shall show: a time in [start, end), its windows, and what it is broken down and narrowed by."""

    meter: str
    start: datetime
    end: datetime
    window: WindowSize
    group: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Finished text and the figure."""

    total: str
    figure: go.Figure
    points: list[ChartRow]
    top: list[TopRow]
    groups: list[list[str]]


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
        answer = await boundary.read(self, lambda ctx: _answer(ctx, self._asked(ctx.now)))
        self.total, self.figure, self.points = answer.total, answer.figure, answer.points
        self.top, self.groups = answer.top, answer.groups

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
        if self.range not in RANGES or self.window not in set(WindowSize):
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


def _answer(ctx: Context, asked: Asked) -> Answer:
    meter = metering.get_meter(ctx, asked.meter)
    only = [customers.get(ctx, asked.customer).id] if asked.customer else []
    known = only or _customers_with_usage(ctx, meter, asked)
    query = UsageQuery(asked.start, asked.end, customer_ids=only)
    by_customer = metering.query(ctx, meter, replace(query, customer_ids=known)) if known else []
    names = _names(ctx, [row.customer_id for row in by_customer if row.customer_id])
    whole = by_customer if only else metering.query(ctx, meter, query)
    used = total(row.value for row in whole)
    rows = _windows(ctx, meter, asked, query, known)
    additive = meter.aggregation in ADDITIVE
    points = [charts.Point(row.window.start, row.value, _series(row, asked.group, names)) for row in rows]
    draw = charts.bars if additive or meter.aggregation == Aggregation.UNIQUE_COUNT else charts.lines
    return Answer(
        total=quantity(used),
        figure=draw(points, meter.name),
        points=[ChartRow(instant(point.at), point.series or meter.name, quantity(point.value)) for point in points],
        top=_top(by_customer, names, used if additive else None, everybody=not only),
        groups=[
            ["", "Not broken down"],
            ["customer", "By customer"],
            *([name, f"By {name}"] for name in meter.group_by),
        ],
    )


def _windows(ctx: Context, meter: Meter, asked: Asked, query: UsageQuery, known: list[str]) -> list[UsageRow]:
    windowed = replace(query, window=asked.window)
    if asked.group == "customer":
        return metering.query(ctx, meter, replace(windowed, customer_ids=known)) if known else []
    group_by = (asked.group,) if asked.group else ()
    return metering.query(ctx, meter, replace(windowed, group_by=group_by))


def _customers_with_usage(ctx: Context, meter: Meter, asked: Asked) -> list[str]:
    subjects = metering.subjects_of(ctx, meter, asked.start, asked.end)
    return sorted(set(customers.owners(ctx, subjects).values()))


def _names(ctx: Context, ids: list[str]) -> dict[str, str]:
    found, _ = customers.list_customers(ctx, CustomerFilter(ids=ids), limit=len(ids) or 1)
    return {customer.id: customer.name for customer in found}


def _series(row: UsageRow, group: str, names: dict[str, str]) -> str:
    if group == "customer":
        return names.get(row.customer_id or "", NOBODY)
    return (row.groups[group] or "(nothing)") if group else ""


def _top(rows: list[UsageRow], names: dict[str, str], used: Decimal | None, *, everybody: bool) -> list[TopRow]:
    """Who used most; where values add up also each one's share, and what belongs to no customer."""
    ranked = sorted(rows, key=lambda row: row.value, reverse=True)[:TOP]
    told = [
        TopRow(
            names.get(row.customer_id or "", NOBODY),
            f"/customers/{row.customer_id}",
            quantity(row.value),
            percent(quotient(row.value, used), 1) if used else "",
        )
        for row in ranked
    ]
    left = EXACT.subtract(used, total(row.value for row in rows)) if used is not None and everybody else None
    if left:
        told.append(TopRow(NOBODY, "", quantity(left), percent(quotient(left, used), 1) if used else ""))
    return told
