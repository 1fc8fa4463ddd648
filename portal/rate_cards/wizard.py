"""The rate-card wizard: ① a feature or a fee, ② its price, ③ how much may be used; its cost stands beside it."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.rate_cards.advice import remarks
from portal.rate_cards.costs import what_a_customer_pays
from portal.rate_cards.step_allowance import allowance
from portal.rate_cards.step_price import price
from portal.rate_cards.step_what import what
from portal.theme import BORDER, MUTED

STEPS = ((1, "What is sold"), (2, "Price"), (3, "Allowance"))


def wizard(state: Any, *, add: str) -> rx.Component:
    """A dialog of a `CardEvents` state with Back and Continue; `add` is the last button for a new rate card."""
    return rx.fragment(
        rx.dialog.root(
            rx.dialog.content(
                rx.dialog.title(rx.cond(state.at == -1, "Add a rate card", "Edit rate card"), size="4", margin="0"),
                rx.dialog.description(
                    "A price, and what the customer gets for it.", size="2", color=MUTED, margin="2px 0 0"
                ),
                _steps(state),
                _body(state),
                _foot(state, add),
                max_width="940px",
                max_height="calc(94dvh - 48px)",
                on_interact_outside=rx.prevent_default,
                custom_attrs={"data-testid": "wizard"},
            ),
            open=state.wizard_open,
            on_open_change=state.close_card,
        ),
        ui.confirm_when(
            state.discarding,
            state.keep_writing,
            "Discard this rate card?",
            "What you wrote in it is lost.",
            "Discard",
            state.discard_card,
            dismiss="Keep writing",
        ),
    )


def _body(state: Any) -> rx.Component:
    costs = rx.box(
        rx.cond(
            state.edited.key != "",
            what_a_customer_pays(state, choose=False),
            rx.text("What a customer pays appears here.", size="2", color=MUTED),
        ),
        rx.cond(state.card_advice.length() > 0, rx.box(remarks(state.card_advice), padding_top="12px"), rx.fragment()),
        background="var(--gray-a2)",
        border=BORDER,
        border_radius="8px",
        padding="16px 18px",
        min_width="0",
        position=rx.breakpoints(initial="static", md="sticky"),
        top="0",
    )
    return rx.grid(
        rx.match(state.step, (1, what(state)), (2, price(state)), allowance(state)),
        costs,
        columns=rx.breakpoints(initial="minmax(0, 1fr)", md="minmax(0, 1fr) 360px"),
        gap="28px",
        align="start",
        min_height=rx.breakpoints(initial="0", md="340px"),
    )


def _steps(state: Any) -> rx.Component:
    def step(number: int, label: str) -> rx.Component:
        here = state.step == number
        return rx.el.li(
            rx.center(
                str(number),
                width="21px",
                height="21px",
                border_radius="999px",
                font_size="12px",
                font_weight="600",
                background=rx.cond(here, "var(--accent-9)", "var(--gray-a4)"),
                color=rx.cond(here, "white", "var(--gray-11)"),
            ),
            rx.text(label, size="2", weight="medium", color=rx.cond(here, "var(--gray-12)", "var(--gray-11)")),
            style={"display": "flex", "alignItems": "center", "gap": "8px"},
            aria_current=rx.cond(here, "step", "false"),
        )

    drawn = [step(number, label) for number, label in STEPS]
    return rx.el.ol(
        *drawn[:2],
        rx.cond(state.edited.is_fee, rx.fragment(), drawn[2]),
        style={
            "display": "flex",
            "flexWrap": "wrap",
            "gap": "10px 22px",
            "listStyle": "none",
            "margin": "16px 0 18px",
            "padding": "0 0 14px",
            "borderBottom": BORDER,
        },
    )


def _foot(state: Any, add: str) -> rx.Component:
    is_last = (state.step == 3) | ((state.step == 2) & state.edited.is_fee)
    done = rx.cond(state.at == -1, add, "Done")
    back = ui.button("Back", on_click=state.go(state.step - 1))
    on = ui.button(rx.cond(is_last, done, "Continue"), kind="primary", on_click=state.go(state.step + 1))
    return rx.flex(
        ui.button("Cancel", on_click=state.close_card),
        rx.flex(rx.cond(state.step > 1, back, rx.fragment()), on, gap="10px"),
        justify="between",
        class_name="ml-wizard-foot",
    )
