"""Add-ons: what buyers of a plan may take besides, such as more seats or a support package."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.addons.state import AddonsState
from portal.session import allowed

TEACHES = (
    "An add-on is sold on top of a plan: extra seats, a support package, a larger quota. "
    "Build it once, publish it, then let plans offer it."
)
CHIPS = [("", "All"), ("active", "On sale"), ("draft", "Drafts"), ("archived", "Archived")]


@staff_page("/add-ons", title="Add-ons", on_load=AddonsState.load)
def addons_page() -> rx.Component:
    """The list."""
    return rx.fragment(
        ui.page_header(
            "Add-ons",
            subtitle="What buyers of a plan may take besides.",
            actions=[_new("New add-on")],
        ),
        ui.data_table(
            AddonsState,
            [
                ui.Column(
                    "Name", lambda row: ui.row_link(row.name, "/add-ons/" + row.id.to(str), note=row.key), sort="name"
                ),
                ui.Column("Price", lambda row: rx.el.span(row.price, class_name="ml-figures ml-sentence")),
                ui.Column("Can be had", lambda row: row.held, tight=True, wide=True),
                ui.Column("Offered with", lambda row: ui.figure_text(row.offered), tight=True, wide=True),
                ui.Column("Version", lambda row: ui.figure_text(row.version), tight=True, wide=True),
                ui.Column("Status", lambda row: ui.status_badge(row.status), tight=True),
            ],
            label="Add-ons",
            search="Search by name or key",
            chips=CHIPS,
            empty=ui.empty_state("No add-ons yet", TEACHES, _new("Build the first add-on"), icon="puzzle"),
            export=True,
        ),
    )


def _new(label: str) -> rx.Component:
    return allowed(Permission.CATALOG, ui.link_button(label, "/add-ons/new", kind="primary", icon="plus"))
