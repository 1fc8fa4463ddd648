"""Turns series of exact numbers into charts: units on the axis, days in UTC, one calm palette."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import plotly.graph_objects as go

PALETTE = ("#5B5BD6", "#12A594", "#E5935B", "#8E4EC6", "#3E8ED0", "#D6409F", "#AD7F58", "#7C8AA5")
OTHERS = "everything else"


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series, in the window that starts at `at`."""

    at: datetime
    value: Decimal
    series: str = ""


def bars(points: Sequence[Point], unit: str) -> go.Figure:
    """Stacked bars over time, one colour per series; the eight largest series, the rest as one."""
    return _figure([go.Bar(name=name, x=x, y=y, marker={"color": c}) for name, x, y, c in _series(points)], unit)


def lines(points: Sequence[Point], unit: str) -> go.Figure:
    """Lines over time, for balances and rates, which do not add up."""
    drawn = [
        go.Scatter(name=name, x=x, y=y, mode="lines", line={"color": c, "width": 2})
        for name, x, y, c in _series(points)
    ]
    return _figure(drawn, unit)


def burn_down(balance: Sequence[Point], used: Sequence[Point], unit: str) -> go.Figure:
    """What was left of a quota over time as a line, and what was used in each window as bars."""
    bars_of = go.Bar(
        name="Used",
        x=[point.at for point in used],
        y=[float(point.value) for point in used],
        marker={"color": PALETTE[1]},
    )
    line = go.Scatter(
        name="Balance",
        x=[point.at for point in balance],
        y=[float(point.value) for point in balance],
        mode="lines",
        line={"color": PALETTE[0], "width": 2},
        fill="tozeroy",
        fillcolor="rgba(91, 91, 214, 0.08)",
    )
    return _figure([bars_of, line], unit)


def ranking(amounts: Sequence[tuple[str, Decimal]], unit: str) -> go.Figure:
    """Bars side by side, the greatest at the top: who or what had how much."""
    names, values = [name for name, _ in amounts], [float(amount) for _, amount in amounts]
    drawn = go.Bar(name="", x=values, y=names, orientation="h", marker={"color": PALETTE[0]})
    figure = _figure([drawn], unit)
    figure.update_layout(hovermode="closest", margin={"l": 12, "r": 12, "t": 12, "b": 40})
    figure.update_xaxes(title={"text": unit, "standoff": 8}, rangemode="tozero", tickformat="~s")
    figure.update_yaxes(title={"text": ""}, type="category", autorange="reversed", automargin=True, tickformat="")
    return figure


def curve(amounts: Sequence[tuple[Decimal, Decimal]], unit: str, currency: str) -> go.Figure:
    """What N units cost: pairs of quantity and amount."""
    x, y = [float(units) for units, _ in amounts], [float(amount) for _, amount in amounts]
    drawn = go.Scatter(name="", x=x, y=y, mode="lines", line={"color": PALETTE[0], "width": 2}, fill="tozeroy")
    drawn.fillcolor = "rgba(91, 91, 214, 0.08)"
    figure = _figure([drawn], currency)
    figure.update_xaxes(title={"text": unit, "standoff": 10}, type="linear")
    figure.update_layout(hovermode="x")
    return figure


def _series(points: Sequence[Point]) -> list[tuple[str, list[datetime], list[float], str]]:
    """Each series with its instants and values; floats only now, because pixels are."""
    sums: dict[str, dict[datetime, Decimal]] = {}
    for point in points:
        windows = sums.setdefault(point.series, {})
        windows[point.at] = windows.get(point.at, Decimal(0)) + point.value
    ranked = sorted(sums, key=lambda name: sum(sums[name].values()), reverse=True)
    for name in ranked[len(PALETTE) - 1 :] if len(ranked) > len(PALETTE) else ():
        rest = sums.setdefault(OTHERS, {})
        for at, value in sums.pop(name).items():
            rest[at] = rest.get(at, Decimal(0)) + value
    ordered = [name for name in ranked if name in sums] + ([OTHERS] if OTHERS in sums else [])
    return [
        (name, sorted(sums[name]), [float(sums[name][at]) for at in sorted(sums[name])], PALETTE[n])
        for n, name in enumerate(ordered)
    ]


def _figure(drawn: list[go.Bar] | list[go.Scatter], unit: str) -> go.Figure:
    figure = go.Figure(data=drawn)
    figure.update_layout(
        template="none",
        barmode="stack",
        bargap=0.28,
        margin={"l": 64, "r": 12, "t": 12, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=len(drawn) > 1,
        legend={"orientation": "h", "y": -0.18, "x": 0},
        hovermode="x unified",
        yaxis={"title": {"text": unit, "standoff": 8}, "rangemode": "tozero", "tickformat": "~s", "zeroline": False},
        xaxis={"showgrid": False, "ticks": "outside", "ticklen": 4},
    )
    return figure
