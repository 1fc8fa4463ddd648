"""The panel beside the list with one event in it."""

import reflex as rx

from portal import components as ui
from portal.pages.events.opened_state import OpenedEventState
from portal.theme import MUTED


def opened_event() -> rx.Component:
    """The panel."""
    state, event = OpenedEventState, OpenedEventState.event
    return ui.panel(
        ui.definition_list(
            ("Type", rx.code(event.type, size="2", variant="soft", color_scheme="gray")),
            ("Subject", rx.link(event.subject, href=event.same_subject, class_name="ml-link", underline="none")),
            (
                "Customer",
                rx.cond(event.customer != "", ui.text_link(event.customer, event.customer_href), "None"),
            ),
            ("Source", event.source),
            ("Id", ui.copyable(event.event_id, label="Copy the event's id")),
            ("Happened", ui.when(event.at, event.at_exact, muted=False)),
            (
                "Stored",
                rx.fragment(
                    ui.when(event.stored, event.stored_exact, muted=False),
                    rx.cond(event.late != "", rx.text(event.late, size="1", color=MUTED), rx.fragment()),
                ),
            ),
        ),
        ui.section(
            "What it counts for",
            rx.cond(state.measured.length() > 0, _meters(), _no_meter()),
            note=event.billed,
        ),
        ui.section(
            "Payload",
            rx.cond(
                event.payload != "",
                ui.code_block(event.payload, label="Copy the payload"),
                rx.text("The event carries no data.", size="2", color=MUTED),
            ),
        ),
        title="Event",
        note=event.at,
        is_open=state.is_open,
        on_close=state.close,
    )


def _meters() -> rx.Component:
    return ui.card(
        ui.plain_table(
            OpenedEventState.measured,
            [
                ui.Column("Meter", lambda row: ui.row_link(row.meter, row.href)),
                ui.Column("Value", lambda row: rx.text(row.value, size="2", word_break="break-word")),
                ui.Column("Dimensions", lambda row: rx.text(row.dimensions, size="1", color=MUTED), wide=True),
                ui.Column("", lambda row: ui.status_badge(row.status), tight=True),
            ],
            label="Meters that look at this event",
        ),
        padding="0",
    )


def _no_meter() -> rx.Component:
    return rx.text(
        "No meter counts events of this type. ",
        ui.text_link("Create a meter", "/meters/new"),
        " and this event counts too: meters look at all events that are here.",
        size="2",
        color=MUTED,
    )
