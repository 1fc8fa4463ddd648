"""Usage of one customer over time: which feature, in which windows, since when; for staff and customers alike."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import plotly.graph_objects as go
import reflex as rx

from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.exact import total
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.engine.period import Period
from backend.engine.recurrence import MONTH
from backend.infra.context import Context
from backend.metering import service as metering
from backend.subscriptions import service as subscriptions
from portal import charts
from portal.components.usage_chart import ChartRow
from portal.formatting import day, instant, quantity
from portal.page_state import Loaded
from portal.usage_words import FeatureUsage, MeteredFeature, feature_usage, metered_features

T = TypeVar("T")
SPANS = {"period": "This period", "month": "Last 30 days", "year": "Last 12 months"}
WINDOWS = {WindowSize.HOUR: "By hour", WindowSize.DAY: "By day", WindowSize.MONTH: "By month"}
ADD_UP = frozenset({Aggregation.SUM, Aggregation.COUNT})


@dataclass(frozen=True)
class UsageChart:
    """What the chart shows, as text."""

    unit: str = ""
    sum: str = ""
    since: str = ""
    rows: tuple[ChartRow, ...] = ()


class UsageCharting(Loaded, mixin=True):
    """A page state with a customer's bars and one chart. Subclasses say in `_of_customer` whose usage it is."""

    bars: list[FeatureUsage] = []
    choices: list[list[str]] = []
    feature: str = ""
    span: str = "period"
    window: str = WindowSize.DAY.value
    chart: UsageChart = UsageChart()
    figure: go.Figure = go.Figure()

    @abstractmethod
    async def _of_customer(self, use_case: Callable[[Context, Customer], T]) -> T:
        """Run a use case on the customer of this page, if the person may see them; else DomainError."""

    async def _fetch(self) -> None:
        chosen = (self.feature, self.span, WindowSize(self.window))
        self.bars, self.choices, drawn = await self._of_customer(lambda ctx, customer: _read(ctx, customer, *chosen))
        self.chart, self.figure = drawn or (UsageChart(), go.Figure())

    @rx.event
    async def choose_feature(self, key: str):
        """Chart another feature."""
        self.feature = key[:256]
        return type(self).load

    @rx.event
    async def choose_span(self, span: str):
        """Chart another stretch of time; a year is seen best by month."""
        if span not in SPANS:
            return None
        self.span = span
        self.window = (WindowSize.MONTH if span == "year" else WindowSize.DAY).value
        return type(self).load

    @rx.event
    async def choose_window(self, window: str):
        """Chart in wider or narrower windows."""
        if window not in {size.value for size in WINDOWS}:
            return None
        self.window = window
        return type(self).load


def _read(
    ctx: Context, customer: Customer, wanted: str, span: str, size: WindowSize
) -> tuple[list[FeatureUsage], list[list[str]], tuple[UsageChart, go.Figure] | None]:
    running = subscriptions.current(ctx, [customer.id]).get(customer.id)
    bars = feature_usage(ctx, customer, running)
    known = {found.feature.key: found for found in metered_features(ctx, customer, running)}
    choices = [[bar.key, bar.name] for bar in bars]
    chosen = known.get(wanted) or (known[bars[0].key] if bars else None)
    return bars, choices, _draw(ctx, customer, chosen, span, size) if chosen is not None else None


def _draw(
    ctx: Context, customer: Customer, found: MeteredFeature, span: str, size: WindowSize
) -> tuple[UsageChart, go.Figure]:
    assert found.feature.meter_id is not None
    meter = metering.get_meter(ctx, found.feature.meter_id)
    period = _period(ctx.now, found, span)
    rows = metering.usage_by_window(
        ctx, meter, customers.usage_subjects(ctx, customer), period, size, found.feature.meter_filters
    )
    unit = found.feature.name
    label = instant if size is WindowSize.HOUR else day
    adds_up = Aggregation(meter.aggregation) in ADD_UP
    shown = UsageChart(
        unit=unit,
        sum=quantity(total(row.value for row in rows)) if adds_up else "",
        since=f"{day(period.start)} to now" if period.end > ctx.now else f"{day(period.start)} to {day(period.end)}",
        rows=tuple(ChartRow(label(row.window.start), unit, quantity(row.value)) for row in reversed(rows)),
    )
    return shown, charts.bars([charts.Point(row.window.start, row.value, unit) for row in rows], unit)


def _period(now: datetime, found: MeteredFeature, span: str) -> Period:
    """What a span means now: whole days, and for a year whole months."""
    if span == "period":
        return found.period
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    end = midnight + timedelta(days=1)
    if span == "month":
        return Period(midnight - timedelta(days=29), end)
    this_month = midnight.replace(day=1)
    return Period(MONTH.after(this_month, -11), end)
