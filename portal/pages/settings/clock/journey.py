"""A journey of the sandbox clock: what it will do, how far it has come, what happened on the way."""

import reflex as rx

from portal import components as ui
from portal.pages.settings.clock.state import ClockState
from portal.theme import MUTED

EXPLAINED = (
    "The clock stops at every instant at which something is due: lines are gathered, invoices drawn, issued and paid, "
    "quotas start anew.",
    "Afterwards it runs on from the new time; usage sent without a time counts at that time.",
    "It moves only forward, at most five years at once, and who moved it is in the audit log.",
)


def under_way() -> rx.Component:
    """How far the clock has come."""
    return rx.box(
        ui.usage_bar("On the way to " + ClockState.target, ClockState.percent, ClockState.percent.to_string() + "%"),
        margin_top="18px",
        role="status",
    )


def happened() -> rx.Component:
    """The invoices that were drawn on the way."""
    return ui.section(
        "What happened on the way",
        rx.cond(
            ClockState.drawn.length() > 0,
            ui.card(
                ui.plain_table(
                    ClockState.drawn,
                    [
                        ui.Column("Invoice", lambda row: ui.row_link(row.number, "/invoices/" + row.id)),
                        ui.Column("Customer", lambda row: row.customer),
                        ui.Column("Drawn", lambda row: ui.when(row.at)),
                        ui.Column("Status", lambda row: ui.status_badge(row.status)),
                        ui.Column("Total", lambda row: ui.money_text(row.total, "/invoices/" + row.id), end=True),
                    ],
                    label="Invoices drawn on the way",
                ),
                padding="0",
            ),
            rx.fragment(),
        ),
        note=ClockState.arrived,
    )


def explained() -> rx.Component:
    """What moving the clock does, before somebody does it."""
    items = [rx.el.li(text, style={"marginBottom": "6px"}) for text in EXPLAINED]
    return ui.section(
        "What moving does",
        ui.card(
            rx.el.ul(
                *items,
                style={"margin": "0", "paddingLeft": "18px", "listStyle": "disc", "fontSize": "13.5px", "color": MUTED},
            )
        ),
    )
