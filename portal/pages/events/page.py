"""Events: a live look at what programs send, and why something does not count."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.formatting import words
from portal.frame import staff_page
from portal.pages.events.opened import opened_event
from portal.pages.events.opened_state import OpenedEventState
from portal.pages.events.state import RANGES, REASONS, UNCOUNTED, EventsState
from portal.theme import MUTED

EVERY = 5
CHIPS = [("", "All"), (UNCOUNTED, "Not counted"), *((name, words(name)) for name in REASONS)]


@staff_page("/events", title="Events", on_load=EventsState.arrive)
def events() -> rx.Component:
    state = EventsState
    return rx.fragment(
        ui.page_header(
            "Events",
            subtitle="What your programs sent, newest first. Each event is kept for ever and counts once.",
            actions=[_live()],
        ),
        ui.data_table(
            state,
            [
                ui.Column("When", _when, tight=True),
                ui.Column("Type", _type, wide=True),
                ui.Column("Subject", _subject),
                ui.Column("Data", _data, wide=True),
                ui.Column("Status", _status),
                ui.Column("", _open, tight=True),
            ],
            label="Events",
            search="Search by event id",
            chips=CHIPS,
            export=True,
            filters=_filters(),
            empty=ui.empty_state(
                "No events yet",
                "An event says that somebody used something: who, what and how much. Send the first one from a "
                "program with an API key; every meter has a snippet to copy.",
                ui.link_button("Go to the meters", "/meters", kind="primary"),
                icon="activity",
            ),
        ),
        opened_event(),
        ui.live(state.refresh, EVERY),
    )


def _filters() -> list[rx.Component]:
    state = EventsState
    return [
        ui.filter_choice(
            "Time",
            [(key, label) for key, (label, _) in RANGES.items()],
            value=state.range,
            on_change=state.narrow("range"),
        ),
        rx.cond(state.range == "dates", _dates(), rx.fragment()),
        ui.filter_choice("Event type", state.types, value=state.type, on_change=state.narrow("type")),
        ui.filter_text("Subject", value=state.subject, on_change=state.narrow("subject"), key=state.clearings),
        ui.filter_suggest(
            "Customer's key or id",
            state.customers,
            name="customer",
            value=state.customer,
            on_change=state.narrow("customer"),
        ),
    ]


def _dates() -> rx.Component:
    return rx.fragment(
        ui.filter_time("From, in UTC", value=EventsState.start, on_change=EventsState.narrow("start")),
        ui.filter_time("Up to, in UTC, not included", value=EventsState.end, on_change=EventsState.narrow("end")),
    )


def _when(row: Any) -> rx.Component:
    return rx.flex(
        ui.when(row.at, row.at_exact),
        rx.cond(row.late != "", rx.text(row.late, size="1", color=MUTED, class_name="ml-wide"), rx.fragment()),
        direction="column",
        gap="1px",
    )


def _live() -> rx.Component:
    return rx.el.button(
        rx.el.span(
            style={
                "width": "7px",
                "height": "7px",
                "borderRadius": "50%",
                "marginRight": "7px",
                "background": rx.cond(EventsState.watching, "var(--grass-9)", "var(--gray-8)"),
            }
        ),
        rx.cond(EventsState.watching, "Live", "Paused"),
        type="button",
        class_name="ml-chip",
        aria_pressed=rx.cond(EventsState.watching, "true", "false"),
        title="Look for new events every few seconds",
        on_click=EventsState.watch,
    )


def _subject(row: Any) -> rx.Component:
    customer = rx.link(row.customer, href=row.customer_href, size="1", color=MUTED, underline="hover")
    return rx.flex(
        rx.text(row.subject, size="2", weight="medium"),
        rx.cond(row.customer != "", customer, rx.fragment()),
        rx.box(_type(row), class_name="ml-narrow"),
        direction="column",
        gap="1px",
        overflow_wrap="anywhere",
        min_width="96px",
    )


def _type(row: Any) -> rx.Component:
    return rx.code(row.type, size="1", variant="soft", color_scheme="gray")


def _data(row: Any) -> rx.Component:
    return rx.code(
        row.data,
        size="1",
        variant="ghost",
        color_scheme="gray",
        truncate=True,
        style={"display": "block", "maxWidth": "300px"},
    )


def _status(row: Any) -> rx.Component:
    return rx.flex(
        rx.box(ui.status_badge(row.status)),
        rx.cond(row.why != "", rx.text(row.why, size="1", color=MUTED), rx.fragment()),
        direction="column",
        gap="3px",
        min_width=["90px", "170px"],
    )


def _open(row: Any) -> rx.Component:
    return ui.button(
        "Inspect", size="1", on_click=OpenedEventState.open(row.id), aria_label="Inspect the event of " + row.subject
    )
