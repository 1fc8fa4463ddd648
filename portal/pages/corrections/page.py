"""Corrections: what issued invoices should have come to, and the decisions that wait for a person."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.frame import staff_page
from portal.pages.corrections.deciding import decision, standing
from portal.pages.corrections.state import CorrectionsState
from portal.theme import MUTED

TEACHES = (
    "When an issued invoice turns out wrong, because usage arrived late or the past of a subscription was changed, the "
    "difference is listed here. The customer's billing profile says whether it is booked at once or waits for you."
)


@staff_page("/corrections", title="Corrections", on_load=[CorrectionsState.enter, CorrectionsState.load])
def corrections() -> rx.Component:
    """The list, and what can be decided in it."""
    profiles = ui.link_button("See the billing profiles", "/settings/billing-profiles", kind="primary")
    return rx.fragment(
        ui.page_header(
            "Corrections",
            subtitle="An issued invoice is never changed: what it should have come to is settled by later ones.",
        ),
        ui.data_table(
            CorrectionsState,
            [
                ui.Column("Invoice", lambda row: ui.row_link(row.number, row.href, note=row.customer), sort="number"),
                ui.Column("Line", _line),
                ui.Column("Billed", lambda row: ui.figure_text(row.billed), end=True, wide=True),
                ui.Column("Due", lambda row: ui.figure_text(row.due), end=True, wide=True),
                ui.Column("Difference", lambda row: ui.money_text(row.amount, row.href), end=True),
                ui.Column("Standing", standing, wide=True),
                ui.Column("Found", lambda row: ui.when(row.found, row.found_exact), wide=True, sort="created_at"),
            ],
            label="Corrections",
            search="Search by invoice or customer",
            chips=(("", "All"), ("waiting", "Undecided"), ("booked", "Booked"), ("dismissed", "Let go")),
            menu=lambda row: decision(CorrectionsState, row),
            empty=ui.empty_state("No invoice turned out wrong", TEACHES, profiles, icon="file-check"),
        ),
    )


def _line(row: Any) -> rx.Component:
    """On narrow screens with what became of it, which stands in a column of its own elsewhere."""
    return rx.flex(
        rx.text(row.line, size="2"),
        rx.text(row.why, size="1", color=MUTED),
        rx.box(standing(row), class_name="ml-narrow"),
        direction="column",
        gap="1px",
    )
