"""The usage part of a meter's page: what to show, the chart, who used most, and the numbers."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.explore import controls
from portal.pages.meters.usage_state import MeterUsageState
from portal.theme import MUTED


def usage() -> rx.Component:
    """Controls stay in reach when the answer fails, so that the question can be put right."""
    state = MeterUsageState
    return rx.flex(
        ui.card(
            rx.flex(
                rx.flex(*controls.asked_time(state), gap="8px", wrap="wrap"),
                controls.breakdown(state),
                controls.narrowing(state),
                direction="column",
                gap="10px",
                margin_bottom="18px",
            ),
            controls.answered(
                state,
                ui.text_link("See the events", state.events_href, size="2"),
                ui.text_link("Open in Query", state.query_href, size="2"),
            ),
        ),
        rx.cond(state.ready & (state.problem == "") & (state.top.length() > 0), _top(), rx.fragment()),
        controls.numbers(state),
        direction="column",
        gap="22px",
        width="100%",
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
