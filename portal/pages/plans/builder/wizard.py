"""The rate-card wizard: ① a feature or a fee, ② its price, ③ how much may be used."""

import reflex as rx

from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.pages.plans.builder.wizard_allowance import allowance
from portal.pages.plans.builder.wizard_price import price
from portal.pages.plans.builder.wizard_what import what
from portal.theme import BORDER, MUTED

CARD = BuilderState.edited
STEPS = ((1, "What is sold"), (2, "Price"), (3, "Allowance"))


def wizard() -> rx.Component:
    """A dialog with Back and Continue; the rate card joins the plan at the end."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(rx.cond(BuilderState.at == -1, "Add a rate card", "Edit rate card"), size="4", margin="0"),
            rx.dialog.description("A price on the plan, and what the customer gets for it.", size="2", color=MUTED),
            _steps(),
            rx.match(BuilderState.step, (1, what()), (2, price()), allowance()),
            _foot(),
            max_width="600px",
            on_interact_outside=rx.prevent_default,
            custom_attrs={"data-testid": "wizard"},
        ),
        open=BuilderState.wizard_open,
        on_open_change=BuilderState.close_card,
    )


def _steps() -> rx.Component:
    def step(number: int, label: str) -> rx.Component:
        here = BuilderState.step == number
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
        rx.cond(CARD.is_fee, rx.fragment(), drawn[2]),
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


def _foot() -> rx.Component:
    is_last = (BuilderState.step == 3) | ((BuilderState.step == 2) & CARD.is_fee)
    done = rx.cond(BuilderState.at == -1, "Add to plan", "Done")
    return rx.flex(
        ui.button("Cancel", on_click=BuilderState.close_card),
        rx.flex(
            rx.cond(
                BuilderState.step > 1,
                ui.button("Back", on_click=BuilderState.go(BuilderState.step - 1)),
                rx.fragment(),
            ),
            ui.button(
                rx.cond(is_last, done, "Continue"), kind="primary", on_click=BuilderState.go(BuilderState.step + 1)
            ),
            gap="10px",
        ),
        justify="between",
        margin_top="24px",
        padding_top="14px",
        border_top=BORDER,
    )
