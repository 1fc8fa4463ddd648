"""The sandbox clock: see what time it is in there, move it forward, and see what happened on the way."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.settings.clock.journey import explained, happened, under_way
from portal.pages.settings.clock.sandbox import new_sandbox
from portal.pages.settings.clock.state import STEPS, ClockState
from portal.session import allowed
from portal.theme import MUTED


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
            rx.cond(ClockState.travelling, under_way(), rx.fragment()),
        ),
        rx.cond(ClockState.arrived != "", happened(), explained()),
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
