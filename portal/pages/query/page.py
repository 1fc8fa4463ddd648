"""Query: pick a meter, break its usage down and narrow it; see it drawn and in numbers, take it away, send the link."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.explore import controls
from portal.frame import staff_page
from portal.pages.query.state import QueryState
from portal.theme import MUTED


@staff_page("/query", title="Query", on_load=QueryState.arrive)
def query() -> rx.Component:
    state = QueryState
    return rx.fragment(
        ui.page_header(
            "Query",
            subtitle="How much was used, by whom and of what. The address holds the question: send it to somebody.",
        ),
        rx.cond(
            state.meter != "",
            rx.fragment(_asking(), controls.numbers(state)),
            ui.card(ui.loaded(state, rx.cond(state.meters.length() > 0, _start(), _no_meters()))),
        ),
    )


def _asking() -> rx.Component:
    state = QueryState
    return ui.card(
        rx.flex(
            rx.flex(
                ui.filter_choice("Meter", state.meters, value=state.meter, on_change=state.ask("meter")),
                *controls.asked_time(state),
                gap="8px",
                wrap="wrap",
            ),
            controls.breakdown(state),
            controls.narrowing(state),
            direction="column",
            gap="10px",
            margin_bottom="18px",
        ),
        controls.answered(
            state,
            ui.copyable(state.link, shown="Copy the link", label="Copy the link to this question", font="inherit"),
            ui.text_link("See the events", state.events_href, size="2"),
        ),
    )


def _start() -> rx.Component:
    """Never asked anything: what this page is for, and the meters to begin with."""

    def pick(meter: Any) -> rx.Component:
        return rx.el.button(
            rx.el.span(meter[1], style={"fontWeight": "500", "fontSize": "13.5px"}),
            rx.el.span(meter[0], style={"fontSize": "12px", "color": MUTED}),
            type="button",
            class_name="ml-pick",
            on_click=QueryState.ask("meter", meter[0]),
        )

    return rx.flex(
        ui.empty_state(
            "Which usage do you want to see?",
            "Pick a meter. Then break its usage down by customer, subject or dimension, narrow it, choose the time.",
            icon="chart-column",
        ),
        rx.grid(
            rx.foreach(QueryState.meters, pick),
            columns="repeat(auto-fill, minmax(min(200px, 100%), 1fr))",
            gap="10px",
        ),
        direction="column",
    )


def _no_meters() -> rx.Component:
    return ui.empty_state(
        "Nothing is measured yet",
        "A meter turns events into usage. As soon as there is one, its usage can be asked for here.",
        ui.link_button("Create the first meter", "/meters/new", kind="primary"),
        icon="gauge",
    )
