"""The right of the builder: what the buyer sees, what a customer pays at N units, and what is left to do."""

import reflex as rx

from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.rate_cards.builder_parts import left_to_do
from portal.rate_cards.costs import what_a_customer_pays
from portal.rate_cards.drawn_card import draw_card
from portal.theme import MUTED


def beside() -> rx.Component:
    """The open wizard shows the costs of its own."""
    return rx.flex(
        draw_card(BuilderState.card, status=False),
        rx.cond(BuilderState.wizard_open, rx.fragment(), _pays()),
        left_to_do(BuilderState),
        direction="column",
        gap="16px",
        min_width="0",
    )


def _pays() -> rx.Component:
    phase = rx.cond(
        BuilderState.lines.length() > 1,
        rx.text(
            "In phase " + BuilderState.viewed_name + ". Press another one on the timeline to see it.",
            size="1",
            color=MUTED,
            margin_bottom="8px",
        ),
        rx.fragment(),
    )
    return ui.card(phase, what_a_customer_pays(BuilderState, choose=True))
