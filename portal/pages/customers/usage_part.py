"""The bars and the chart of one customer's usage, for staff and for the customer."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.pages.customers.charting import SPANS, WINDOWS
from portal.theme import MUTED


def usage_bars(bars: rx.Var) -> rx.Component:
    """A bar for each quota; features without one as a line of words."""

    def bar(row: Any) -> rx.Component:
        words = rx.text(
            rx.cond(row.runs_out != "", row.runs_out.to(str) + " ", ""),
            row.resets,
            " ",
            row.limit,
            rx.cond(row.price != "", " Price: " + row.price.to(str) + ".", ""),
            size="1",
        )
        plain = rx.flex(
            rx.text(row.name, size="2", weight="medium"),
            rx.text(row.words, size="2", color=MUTED, class_name="ml-figures"),
            justify="between",
            gap="12px",
            wrap="wrap",
        )
        limited = ui.usage_bar(row.name, row.percent, row.words, soft=row.is_soft)
        return rx.el.li(
            rx.cond(row.is_limited, limited, plain),
            rx.box(words, color=MUTED, margin_top="7px"),
            custom_attrs={"data-testid": "quota"},
            title=row.exact,
        )

    return rx.cond(
        bars.length() > 0,
        rx.el.ul(
            rx.foreach(bars, bar),
            aria_label="Usage by feature",
            style={"listStyle": "none", "margin": "0", "padding": "0", "display": "grid", "gap": "22px"},
        ),
        rx.text("No feature of the present plan counts usage.", size="2", color=MUTED),
    )


def usage_over_time(state: Any) -> rx.Component:
    """One feature over time, with what to look at chosen above it."""
    controls = rx.flex(
        ui.filter_choice("Feature", state.choices, value=state.feature, on_change=state.choose_feature),
        ui.filter_choice("Time", list(SPANS.items()), value=state.span, on_change=state.choose_span),
        ui.filter_choice(
            "Window",
            [(size.value, label) for size, label in WINDOWS.items()],
            value=state.window,
            on_change=state.choose_window,
        ),
        gap="8px",
        wrap="wrap",
    )
    figures = rx.text(
        rx.cond(state.chart.sum != "", state.chart.sum.to(str) + " " + state.chart.unit.to(str) + ", ", ""),
        state.chart.since,
        size="2",
        color=MUTED,
        class_name="ml-figures",
    )
    chart = ui.usage_chart(state.figure, label="Usage over time", rows=state.chart.rows, unit=state.chart.unit)
    nothing = ui.empty_state(
        "No usage in this time", "As soon as events of this feature arrive, they are drawn here.", icon="chart-column"
    )
    return ui.card(
        rx.flex(controls, figures, justify="between", align="center", gap="12px", wrap="wrap", margin_bottom="14px"),
        rx.cond(state.chart.rows.length() > 0, chart, nothing),
    )
