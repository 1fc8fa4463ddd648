"""Rate cards in words, one under the other, as a builder lists them."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.theme import BORDER, MUTED


def listed_cards(state: Any, cards: rx.Var, group: Any) -> rx.Component:
    """The rate cards of a group (`RateCardLine`s), each with what may be done to it."""
    return rx.box(rx.foreach(cards, lambda card, at: _card(state, card, group, at)))


def _card(state: Any, card: rx.Var, group: Any, at: rx.Var) -> rx.Component:
    said = [
        rx.cond(text != "", rx.text(text, size="2", color=MUTED, class_name="ml-figures ml-sentence"), rx.fragment())
        for text in (rx.cond((card.price == "free") & (card.allowance != ""), "", card.price), card.allowance)
    ]
    problem = rx.text(card.problem, size="1", color="var(--red-11)", role="alert")
    return rx.flex(
        rx.flex(
            rx.text(card.name, size="2", weight="medium"),
            *said,
            rx.cond(card.problem != "", problem, rx.fragment()),
            rx.cond(card.advice != "", rx.text(card.advice, size="1", color="var(--amber-11)"), rx.fragment()),
            direction="column",
            gap="2px",
            min_width="0",
        ),
        rx.flex(
            ui.button("Edit", kind="quiet", aria_label="Edit " + card.name, on_click=state.open_card(group, at)),
            ui.row_menu(
                "Actions for " + card.name,
                ui.menu_item("Move up", state.move_card(group, at, -1)),
                ui.menu_item("Move down", state.move_card(group, at, 1)),
                ui.menu_item("Remove", state.remove_card(group, at), danger=True),
            ),
            gap="18px",
            align="center",
            padding_right="8px",
        ),
        justify="between",
        align="center",
        gap="14px",
        padding="0 0 14px",
        margin_bottom="14px",
        border_bottom=BORDER,
        custom_attrs={"data-testid": "rate-card"},
    )
