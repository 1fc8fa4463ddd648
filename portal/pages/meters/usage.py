"""The usage part of a meter's page: what to show, the chart, and who used most."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.pages.meters.detail_state import MeterState
from portal.pages.meters.usage_state import RANGES, WINDOWS, MeterUsageState
from portal.theme import MUTED


def usage() -> rx.Component:
    """Controls stay in reach when the answer fails, so that the question can be put right."""
    state = MeterUsageState
    return rx.flex(
        ui.card(
            _controls(),
            ui.loaded(
                state,
                rx.fragment(
                    rx.text("In this time", size="2", color=MUTED, weight="medium"),
                    rx.text(
                        state.total,
                        size="6",
                        weight="bold",
                        class_name="ml-figures",
                        custom_attrs={"data-testid": "total"},
                    ),
                    rx.text(state.spans, size="1", color=MUTED, margin_bottom="10px"),
                    rx.cond(
                        state.points.length() > 0,
                        ui.usage_chart(
                            state.figure, label="Usage over time", rows=state.points, unit=MeterState.meter.name
                        ),
                        ui.empty_state(
                            "No usage in this time",
                            "Events of this meter's type that happen in this time are drawn here.",
                            icon="chart-column",
                        ),
                    ),
                ),
                skeleton=ui.skeleton_lines(6),
            ),
        ),
        rx.cond(state.ready & (state.problem == "") & (state.top.length() > 0), _top(), rx.fragment()),
        direction="column",
        gap="22px",
        width="100%",
    )


def _controls() -> rx.Component:
    state = MeterUsageState
    dates = rx.fragment(
        _date("First day", "since", state.since),
        _date("Last day", "until", state.until),
    )
    return rx.flex(
        ui.filter_choice(
            "Time",
            [(key, label) for key, (label, _) in RANGES.items()],
            value=state.range,
            on_change=state.choose("range"),
        ),
        rx.cond(state.range == "dates", dates, rx.fragment()),
        ui.filter_choice("Window", WINDOWS, value=state.window, on_change=state.choose("window")),
        ui.filter_choice("Broken down", state.groups, value=state.group, on_change=state.choose("group")),
        ui.filter_text(
            "Customer's key or id", value=state.customer, on_change=state.choose("customer"), key=state.router.url
        ),
        gap="8px",
        wrap="wrap",
        margin_bottom="18px",
    )


def _date(label: str, control: str, value: rx.Var) -> rx.Component:
    return rx.input(
        type="date",
        value=value,
        on_change=MeterUsageState.choose(control),
        aria_label=label,
        size="2",
    )


def _top() -> rx.Component:
    def name(row: Any) -> rx.Component:
        return rx.cond(row.href != "", ui.row_link(row.name, row.href), rx.text(row.name, size="2", color=MUTED))

    return ui.section(
        "Customers who used most",
        ui.card(
            ui.plain_table(
                MeterUsageState.top,
                [
                    ui.Column("Customer", name),
                    ui.Column("Usage", lambda row: ui.figure_text(row.value), end=True),
                    ui.Column("Share", lambda row: ui.figure_text(row.share, muted=True), end=True),
                ],
                label="Customers who used most",
            ),
            padding="0",
        ),
    )
