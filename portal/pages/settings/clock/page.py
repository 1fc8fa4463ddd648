"""The sandbox clock: see what time it is in there, move it forward, and see what happened on the way."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.settings.clock.sandbox import new_sandbox
from portal.pages.settings.clock.state import STEPS, ClockState
from portal.session import allowed
from portal.theme import MUTED


EXPLAINED = (
    "The clock stops at every instant at which something is due: lines are gathered, invoices drawn, issued and paid, "
    "quotas start anew.",
    "Afterwards it runs on from the new time; usage sent without a time counts at that time.",
    "It moves only forward, at most five years at once, and who moved it is in the audit log.",
)


@staff_page("/settings/clock", title="Sandbox clock", on_load=ClockState.load)
def clock() -> rx.Component:
    return rx.fragment(
        ui.page_header(
            "Sandbox clock",
            subtitle="In a sandbox time can be moved forward, so that a month of billing can be watched in a minute.",
        ),
        ui.loaded(ClockState, rx.cond(ClockState.sandbox, _sandbox(), _real())),
    )


def _real() -> rx.Component:
    return ui.card(
        ui.empty_state(
            "Here time is real",
            "Real customers are billed in this namespace, so its clock is the world's and nobody can move it. "
            "It shows " + ClockState.shows + ". To move time, make a sandbox.",
            allowed(Permission.ACCESS, new_sandbox()),
            icon="clock",
        ),
        padding="0",
    )


def _sandbox() -> rx.Component:
    return rx.fragment(
        ui.card(
            rx.flex(
                rx.box(
                    rx.text("The clock shows", size="2", color=MUTED, weight="medium"),
                    rx.el.time(
                        ClockState.shows,
                        date_time=ClockState.shows_exact,
                        class_name="ml-figures",
                        style={"fontSize": "28px", "fontWeight": "700", "letterSpacing": "-0.02em"},
                        custom_attrs={"data-testid": "clock"},
                    ),
                    rx.text(ClockState.ahead, size="2", color=MUTED),
                ),
                allowed(Permission.CLOCK, _controls()),
                justify="between",
                align="start",
                gap="28px",
                wrap="wrap",
            ),
            rx.text(
                rx.cond(
                    ClockState.next_due != "",
                    "Next thing due: " + ClockState.next_due + ".",
                    "Nothing is due in the future yet.",
                ),
                size="2",
                color=MUTED,
                margin_top="16px",
            ),
            rx.cond(ClockState.travelling, _under_way(), rx.fragment()),
        ),
        rx.cond(ClockState.arrived != "", _happened(), _explained()),
    )


def _controls() -> rx.Component:
    return rx.flex(
        rx.flex(
            *[
                ui.button(
                    f"Forward a {step}",
                    icon="fast-forward",
                    on_click=ClockState.forward(step),
                    disabled=ClockState.travelling,
                )
                for step in STEPS
            ],
            gap="8px",
            wrap="wrap",
        ),
        rx.form(
            rx.flex(
                ui.text_field("To the start of a day, UTC", "date", type="date", problem=ClockState.date_problem),
                ui.button("Move there", type="submit", disabled=ClockState.travelling, margin_top="25px"),
                gap="8px",
                align="start",
            ),
            on_submit=ClockState.forward_to,
            reset_on_submit=False,
            width="auto",
        ),
        direction="column",
        gap="14px",
    )


def _under_way() -> rx.Component:
    return rx.box(
        ui.usage_bar("On the way to " + ClockState.target, ClockState.percent, ClockState.percent.to_string() + "%"),
        margin_top="18px",
        role="status",
    )


def _happened() -> rx.Component:
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


def _explained() -> rx.Component:
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
