"""A chart that follows light and dark, names its unit, and can be read as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal.components.data_table import Column, plain_table
from portal.theme import MUTED


@dataclass(frozen=True)
class ChartRow:
    """A point as text, for those who read the table: window, series, value."""

    window: str
    series: str
    value: str


def _layout(ink: str, grid: str, surface: str, line: str) -> dict[str, Any]:
    axis = {"color": ink, "gridcolor": grid, "linecolor": line, "tickcolor": line}
    return {
        "font": {"family": "Inter Variable, sans-serif", "size": 12, "color": ink},
        "xaxis": axis,
        "yaxis": {**axis, "linecolor": "rgba(0,0,0,0)"},
        "legend": {"font": {"color": ink}},
        "hoverlabel": {"bgcolor": surface, "bordercolor": line, "font": {"color": ink, "size": 12}},
    }


LIGHT = _layout("#60646c", "#eceef2", "#ffffff", "#d9d9e0")
DARK = _layout("#b0b4ba", "#26282d", "#1d1f24", "#363a3f")


OVER_TIME = (
    Column("Window", lambda row: row.window),
    Column("Series", lambda row: row.series),
    Column("Value", lambda row: row.value, end=True),
)


def usage_chart(
    figure: rx.Var,
    *,
    label: str | rx.Var,
    rows: rx.Var | None,
    unit: str | rx.Var = "Value",
    height: str = "280px",
    columns: Sequence[Column] = OVER_TIME,
    caption: str | rx.Var | None = None,
) -> rx.Component:
    """A figure made by `portal.charts`; `rows` is a list of `ChartRow` with the same points as text.

    `columns` and `caption` are for charts over something else than time; no rows where the page has its own table.
    """
    beneath = ("In ", unit, ", times in UTC.") if caption is None else (caption,)
    return rx.el.figure(
        rx.box(
            rx.plotly.cartesian(
                data=figure,
                layout=rx.color_mode_cond(LIGHT, DARK),
                config={"displayModeBar": False, "responsive": True},
                use_resize_handler=True,
                width="100%",
                height="100%",
            ),
            role="img",
            aria_label=label,
            height=height,
            width="100%",
        ),
        _as_table(rows, columns, label) if rows is not None else rx.fragment(),
        rx.el.figcaption(rx.text(*beneath, size="1", color=MUTED), style={"marginTop": "6px"}),
        style={"margin": "0", "width": "100%", "minWidth": "0"},
    )


def _as_table(rows: rx.Var, columns: Sequence[Column], label: str | rx.Var) -> rx.Component:
    return rx.el.details(
        rx.el.summary("Show as table"),
        rx.box(plain_table(rows, columns, label=label), margin_top="10px", max_height="320px", overflow_y="auto"),
        class_name="ml-details",
        style={"marginTop": "8px"},
    )
