"""The figures of the overview, each part loaded on its own, so that a slow one holds up no other."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import plotly.graph_objects as go
import reflex as rx

from backend.access import service as access
from backend.engine.exact import EXACT, ZERO, quotient
from backend.engine.subscribe.status import SubscriptionStatus
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.invoicing import service as invoicing
from backend.invoicing.service import MonthRevenue
from backend.subscriptions import service as subscriptions
from backend.subscriptions.terms import SubscriptionFilter
from portal import boundary, charts
from portal.components.usage_chart import ChartRow
from portal.formatting import day, money, percent, plural, quantity
from portal.page_state import Loaded

MONTHS = 12
RUNNING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELED)
NO_MONEY = "USD"


class RevenueState(Loaded, rx.State):
    """Revenue of this month and of the last twelve, recurring fees, and running subscriptions."""

    today: str = ""
    revenue: str = ""
    revenue_note: str = ""
    recurring: str = ""
    recurring_note: str = ""
    running: str = ""
    running_note: str = ""
    currency: str = ""
    currencies: list[list[str]] = []
    figure: go.Figure = go.Figure()
    points: list[ChartRow] = []

    async def _fetch(self) -> None:
        now, months, recurring, running, ending = await boundary.read(self, _revenue)
        starts = _last_months(now)
        this, before = (_in_month(months, start) for start in (starts[-1], starts[-2]))
        self.today = day(now)
        self.revenue, others = in_words(this)
        self.revenue_note = others or _compared(this, before, starts[-2])
        self.recurring, others = in_words(recurring)
        self.recurring_note = others or "Fixed fees a month, without usage"
        self.running = quantity(running)
        self.running_note = f"{plural(ending, 'one')} of them ends soon" if ending else "None of them is canceled"
        known = _by_size(_total_by_currency(months)) or list(recurring) or [NO_MONEY]
        self.currencies = [[code, code] for code in known]
        self.currency = self.currency if self.currency in known else known[0]
        self._draw(months, starts)

    @rx.event
    async def choose_currency(self, currency: str):
        """Draw another currency; amounts of two currencies are never added."""
        self.currency = currency[:3]
        return RevenueState.load

    def _draw(self, months: Iterable[MonthRevenue], starts: list[datetime]) -> None:
        found = {row.month: row for row in months if row.currency == self.currency}
        amounts = [(start, found[start].total if start in found else ZERO) for start in starts]
        self.figure = charts.bars([charts.Point(start, amount) for start, amount in amounts], self.currency)
        self.figure.update_xaxes(tickformat="%b\n%Y", dtick="M2")
        self.points = [
            ChartRow(f"{start:%B %Y}", self.currency, money(amount, self.currency)) for start, amount in amounts
        ]


class AccruingState(Loaded, rx.State):
    """Usage that is not invoiced yet, rated as it would be now."""

    amount: str = ""
    note: str = ""

    async def _fetch(self) -> None:
        self.amount, others = in_words(await boundary.read(self, invoicing.accruing_usage))
        self.note = others or "Usage that is not invoiced yet"


class ActivityState(Loaded, rx.State):
    """How many events happen."""

    hour: str = ""
    minute: str = ""

    async def _fetch(self) -> None:
        in_hour, in_minute = await boundary.read(self, _activity)
        self.hour = quantity(in_hour)
        self.minute = f"{quantity(in_minute)} in the last minute"


def in_words(amounts: Mapping[str, Decimal]) -> tuple[str, str]:
    """The largest amount, and the other currencies as a note: amounts of two currencies are never added."""
    codes = _by_size(amounts) or [NO_MONEY]
    others = ", ".join(money(amounts[code], code) for code in codes[1:] if amounts[code])
    return money(amounts.get(codes[0], ZERO), codes[0]), f"and {others}" if others else ""


def _revenue(ctx: Context) -> tuple[datetime, list[MonthRevenue], dict[str, Decimal], int, int]:
    _, running = subscriptions.list_subscriptions(ctx, SubscriptionFilter(statuses=RUNNING, limit=1))
    _, ending = subscriptions.list_subscriptions(ctx, SubscriptionFilter(statuses=RUNNING[1:], limit=1))
    months = invoicing.revenue_by_month(ctx, _last_months(ctx.now)[0])
    return access.sandbox_clock(ctx).now, months, subscriptions.monthly_recurring(ctx), running, ending


def _activity(ctx: Context) -> tuple[int, int]:
    ahead = ctx.now + timedelta(seconds=1)
    hour, minute = (ctx.now - timedelta(hours=1), ctx.now - timedelta(minutes=1))
    return ingest.count_events(ctx, hour, ahead), ingest.count_events(ctx, minute, ahead)


def _last_months(now: datetime) -> list[datetime]:
    """The starts of the last twelve calendar months of UTC, this one last."""
    this = now.astimezone(UTC)
    number = 12 * this.year + this.month - 1
    return [datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in range(number - MONTHS + 1, number + 1)]


def _in_month(months: Iterable[MonthRevenue], start: datetime) -> dict[str, Decimal]:
    return {row.currency: row.total for row in months if row.month == start}


def _total_by_currency(months: Iterable[MonthRevenue]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in months:
        sums[row.currency] = EXACT.add(sums.get(row.currency, ZERO), row.total)
    return sums


def _by_size(amounts: Mapping[str, Decimal]) -> list[str]:
    return sorted(amounts, key=lambda code: (-amounts[code], code))


def _compared(this: Mapping[str, Decimal], before: Mapping[str, Decimal], month: datetime) -> str:
    """How this month stands to the whole of the last one, in the currency that is shown."""
    code = (_by_size(this) or _by_size(before) or [NO_MONEY])[0]
    if not before.get(code):
        return "Issued and paid invoices"
    return f"{percent(quotient(this.get(code, ZERO), before[code]))} of {money(before[code], code)} in {month:%B}"
