"""Meters: what turns usage events into a number that can be priced."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.meters.state import MetersState
from portal.session import allowed
from portal.theme import MUTED


@staff_page("/meters", title="Meters", on_load=MetersState.load)
def meters() -> rx.Component:
    return rx.fragment(
        ui.page_header(
            "Meters",
            subtitle="A meter turns usage events into a number you can price, such as tokens per month.",
            actions=[_new()],
        ),
        ui.data_table(
            MetersState,
            [
                ui.Column("Meter", lambda row: ui.row_link(row.name, "/meters/" + row.id, note=row.slug), sort="name"),
                ui.Column("Measures", lambda row: row.measure, wide=True, sort="aggregation"),
                ui.Column("Event type", _event_type),
                ui.Column("By", lambda row: rx.text(row.dimensions, size="2", color=MUTED), wide=True),
                ui.Column("Last event", lambda row: ui.when(row.last_event, row.last_event_exact)),
                ui.Column("Used in", lambda row: ui.figure_text(row.used_in, muted=True), end=True, wide=True),
            ],
            label="Meters",
            search="Search by name, slug or event type",
            menu=_menu,
            export=True,
            empty=ui.empty_state(
                "No meters yet",
                "A meter picks the events of one type and adds them up, counts them or takes the latest. "
                "Start from a template and see at once what it makes of your own events.",
                _new(),
                icon="gauge",
            ),
        ),
        ui.confirm_when(
            MetersState.asking,
            MetersState.keep,
            "Delete the meter " + MetersState.removal.name + "?",
            MetersState.removal.consequence,
            "Delete",
            MetersState.delete,
            possible=MetersState.removal.possible,
        ),
    )


def _new() -> rx.Component:
    return allowed(Permission.CATALOG, ui.link_button("New meter", "/meters/new", kind="primary", icon="plus"))


def _menu(row: Any) -> rx.Component:
    return ui.row_menu(
        "Actions for " + row.name,
        ui.menu_link("Query its usage", row.query_href),
        ui.menu_link("See its events", row.events_href),
        allowed(Permission.CATALOG, ui.menu_item("Delete", MetersState.ask_delete(row.id), danger=True)),
    )


def _event_type(row: Any) -> rx.Component:
    return rx.link(
        rx.code(row.event_type, size="1", variant="soft", color_scheme="gray"),
        href=row.events_href,
        underline="none",
    )
