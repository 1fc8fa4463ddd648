"""One quota closer: its burn-down chart, its grants in the order they burn, and what is reserved of it now."""

from dataclasses import dataclass
from datetime import timedelta

import plotly.graph_objects as go

from backend.catalog.service import features
from backend.customers.models import Customer
from backend.engine.entitle import EntitlementValue
from backend.engine.meter.window import WindowSize
from backend.engine.period import Period
from backend.engine.recurrence import Duration
from backend.engine.reserve import Status
from backend.entitlements import reservation_service as reservations
from backend.entitlements import service as entitlements
from backend.entitlements.models import Entitlement, EntitlementGrant, EntitlementKind
from backend.entitlements.service import GrantFilter, HistoryInput
from backend.infra.context import Context
from portal import charts
from portal.charts import Point
from portal.components.usage_chart import ChartRow
from portal.formatting import NOTHING, ago, day, exact_instant, instant, quantity
from portal.price_words import every

SPANS = {"period": "This usage period", "month": "Last 30 days", "quarter": "Last 90 days"}
DAYS = {"month": 30, "quarter": 90}
BY_THE_HOUR = timedelta(days=4)
MOST_GRANTS, MOST_RESERVATIONS = 200, 50


@dataclass(frozen=True)
class GrantRow:
    """A grant: how much of it is left, and when it counts."""

    id: str
    amount: str
    left: str
    priority: str
    counts: str
    terms: str
    status: str
    can_void: bool


@dataclass(frozen=True)
class ReservationRow:
    """Units that are held for somebody."""

    id: str
    amount: str
    made: str
    lapses: str
    lapses_exact: str


@dataclass(frozen=True)
class QuotaDetail:
    """Everything that is shown of the chosen quota beside its chart."""

    id: str = ""
    name: str = ""
    chart_rows: tuple[ChartRow, ...] = ()
    grants: tuple[GrantRow, ...] = ()
    reserved: tuple[ReservationRow, ...] = ()
    more_reserved: str = ""


def quota_detail(ctx: Context, customer: Customer, entitlement_id: str, span: str) -> tuple[QuotaDetail, go.Figure]:
    """The quota with this id, else the first one the customer has; nothing when there is none."""
    metered = [row for row in entitlements.active(ctx, customer) if row.kind == EntitlementKind.METERED]
    chosen = next((row for row in metered if row.id == entitlement_id), metered[0] if metered else None)
    if chosen is None:
        return QuotaDetail(), go.Figure()
    value = entitlements.value_of(ctx, customer, chosen, ctx.now)
    name = features.by_id(ctx, [chosen.feature_id])[chosen.feature_id].name
    points = _points(ctx, customer, chosen, span)
    held, count = reservations.list_reservations(
        ctx, customer, chosen.feature_key, statuses=(Status.HELD,), limit=MOST_RESERVATIONS
    )
    detail = QuotaDetail(
        id=chosen.id,
        name=name,
        chart_rows=tuple(ChartRow(instant(point.at), point.series, quantity(point.value)) for point in points[::-1]),
        grants=tuple(_grants(ctx, chosen, value)),
        reserved=tuple(
            ReservationRow(
                row.id,
                quantity(row.granted),
                ago(row.created_at, ctx.now),
                ago(row.expires_at, ctx.now),
                exact_instant(row.expires_at),
            )
            for row in held
        ),
        more_reserved=f"The newest {len(held)} of {count:,}." if count > len(held) else "",
    )
    return detail, charts.burn_down(
        [point for point in points if point.series == "Balance"],
        [point for point in points if point.series == "Used"],
        name,
    )


def _points(ctx: Context, customer: Customer, chosen: Entitlement, span: str) -> list[Point]:
    """The balance at the start of each window and now, and what was used inside each."""
    assert chosen.measure_usage_from is not None
    period = entitlements.usage_period(ctx, chosen, ctx.now)
    wanted = period.start if span == "period" else ctx.now - timedelta(days=DAYS[span])
    start = max(wanted, chosen.measure_usage_from)
    if start >= ctx.now:
        return []
    size = WindowSize.HOUR if Period(start, ctx.now).length <= BY_THE_HOUR else WindowSize.DAY
    charted = entitlements.history(ctx, customer, chosen, HistoryInput(size, start, ctx.now))
    points = []
    for window in charted.windows:
        points.append(Point(window.period.start, window.balance_at_start, "Balance"))
        points.append(Point(window.period.start, window.usage, "Used"))
    return [*points, Point(ctx.now, charted.run.snapshot.balance, "Balance")]


def _grants(ctx: Context, chosen: Entitlement, value: EntitlementValue) -> list[GrantRow]:
    """The grants that count now in the order they burn, then those to come, then those that are over."""
    found, _ = entitlements.grants.list_grants(ctx, GrantFilter(entitlement_id=chosen.id, limit=MOST_GRANTS))
    left = value.grant_balances or {}
    rows = []
    for grant in found:
        status = _status(grant, ctx)
        row = GrantRow(
            id=grant.id,
            amount=quantity(grant.amount),
            left=quantity(left[grant.id]) if grant.id in left else NOTHING,
            priority=str(grant.priority),
            counts=_counts(grant),
            terms=_terms(grant),
            status=status,
            can_void=status in ("active", "scheduled"),
        )
        order = ("active", "scheduled").index(status) if row.can_void else 2
        rows.append(((order, grant.priority, grant.effective_at), row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _status(grant: EntitlementGrant, ctx: Context) -> str:
    if grant.voided_at is not None and grant.voided_at <= ctx.now:
        return "voided"
    if grant.expires_at is not None and grant.expires_at <= ctx.now:
        return "expired"
    return "active" if grant.effective_at <= ctx.now else "scheduled"


def _counts(grant: EntitlementGrant) -> str:
    if grant.voided_at is not None:
        return f"Until {instant(grant.voided_at)}"
    since = f"Since {day(grant.effective_at)}"
    return f"{since}, until {instant(grant.expires_at)}" if grant.expires_at is not None else since


def _terms(grant: EntitlementGrant) -> str:
    """What happens to it at a reset, and when it is full again."""
    if (grant.annotations or {}).get("issueAfterReset"):
        return "Full again after each reset"
    terms = []
    if grant.recurrence_interval is not None:
        terms.append(f"Full again {every(Duration.parse(grant.recurrence_interval))}")
    if grant.max_rollover <= 0:
        terms.append("Nothing rolls over")
    elif grant.max_rollover < grant.amount:
        terms.append(f"At most {quantity(grant.max_rollover)} roll over")
    else:
        terms.append("All that is left rolls over")
    if grant.min_rollover > 0:
        terms.append(f"at least {quantity(grant.min_rollover)} after a reset")
    return "; ".join(terms)
