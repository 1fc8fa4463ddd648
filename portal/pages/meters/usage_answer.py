"""What the usage part of a meter's page asks of metering, and the answer as finished text."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import plotly.graph_objects as go

from backend.customers import service as customers
from backend.customers.service import CustomerFilter
from backend.engine.exact import EXACT, quotient, total
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import UsageQuery, UsageRow
from portal import charts
from portal.components.usage_chart import ChartRow
from portal.formatting import instant, percent, quantity
from portal.pages.meters.words import ADDITIVE

TOP = 10
NOBODY = "No customer"


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


def answer(ctx: Context, asked: Asked) -> Answer:
    """Ask metering. Raises NotFound for an unknown meter or customer, Invalid for a question without sense."""
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
