"""The parts of a page that explores usage: what is asked, the big number, the chart, the table with its file."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.explore.question import RANGES, WINDOWS
from portal.theme import MUTED


def asked_time(state: Any) -> list[rx.Component]:
    """The time, its windows and the zone."""
    dates = rx.fragment(
        ui.filter_time("From", value=state.start, on_change=state.ask("start")),
        ui.filter_time("Up to, not included", value=state.end, on_change=state.ask("end")),
    )
    return [
        ui.filter_choice("Time", list(RANGES.items()), value=state.range, on_change=state.ask("range")),
        rx.cond(state.range == "dates", dates, rx.fragment()),
        ui.filter_choice("Window", list(WINDOWS.items()), value=state.window, on_change=state.ask("window")),
        ui.filter_choice("Time zone", state.zones, value=state.zone, on_change=state.ask("zone"), width="150px"),
    ]


def breakdown(state: Any) -> rx.Component:
    """What usage is broken down by, any of them together."""

    def chip(group: Any) -> rx.Component:
        return rx.el.button(
            group.label,
            type="button",
            class_name="ml-chip",
            aria_pressed=rx.cond(group.chosen, "true", "false"),
            on_click=state.break_down(group.name),
        )

    return _line("By", rx.foreach(state.groups, chip))


def narrowing(state: Any) -> rx.Component:
    """What usage is narrowed to: a customer, a subject, texts of the meter's dimensions."""

    def dimension(row: Any) -> rx.Component:
        return ui.filter_suggest(
            row.label, row.suggestions, name=row.control, value=row.value, on_change=state.ask(row.control)
        )

    return _line(
        "Only",
        ui.filter_suggest(
            "Customer's key or id",
            state.customers,
            name="customer",
            value=state.customer,
            on_change=state.ask("customer"),
        ),
        ui.filter_suggest(
            "Subject", state.subjects, name="subject", value=state.subject, on_change=state.ask("subject")
        ),
        rx.foreach(state.filters, dimension),
        rx.cond(state.narrowed, ui.button("All usage", size="1", on_click=state.show_all), rx.fragment()),
    )


def answered(state: Any, *actions: rx.Component) -> rx.Component:
    """The big number over the chart; whatever fails is told in its place."""
    whole = rx.flex(
        rx.flex(
            rx.text("In this time", size="2", color=MUTED, weight="medium"),
            rx.text(
                state.amount, size="6", weight="bold", class_name="ml-figures", custom_attrs={"data-testid": "total"}
            ),
            rx.text(state.spans, size="1", color=MUTED),
            direction="column",
        ),
        rx.flex(*actions, gap="8px", wrap="wrap"),
        justify="between",
        align="start",
        gap="12px",
        wrap="wrap",
        margin_bottom="10px",
    )
    chart = ui.usage_chart(state.figure, label="Usage of " + state.unit, rows=None, caption=state.caption)
    nothing = rx.cond(
        state.narrowed,
        ui.nothing_found(state.show_all),
        ui.empty_state(
            "No usage in this time",
            "Events of this meter's type that happen in this time are drawn here, as soon as they arrive.",
            icon="chart-column",
        ),
    )
    return ui.loaded(
        state,
        rx.fragment(whole, rx.cond(state.total > 0, rx.cond(state.drawn, chart, rx.fragment()), nothing)),
        skeleton=ui.skeleton_lines(6),
    )


def numbers(state: Any) -> rx.Component:
    """The table of the chart's numbers, and the way to take them away."""
    table = ui.section(
        "In numbers",
        ui.card(ui.answer_table(state, label="Usage"), padding="0"),
        actions=ui.export_button(state),
    )
    return rx.cond(state.ready & (state.problem == "") & (state.total > 0), table, rx.fragment())


def _line(label: str, *controls: Any) -> rx.Component:
    return rx.flex(
        rx.text(label, size="1", color=MUTED, weight="medium", width=["100%", "34px"]),
        *controls,
        gap="8px",
        align="center",
        wrap="wrap",
        role="group",
        aria_label=label,
    )
