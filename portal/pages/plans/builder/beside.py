"""The right of the builder: what the buyer sees, what a customer pays at N units, and what is left to do."""

import reflex as rx

from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.pages.plans.card import draw_card
from portal.rate_cards.advice import remarks
from portal.rate_cards.costs import what_a_customer_pays
from portal.theme import MUTED


def beside() -> rx.Component:
    """Stays in sight while the form scrolls, on wide screens. The open wizard shows the costs of its own."""
    return rx.flex(
        draw_card(BuilderState.card, status=False),
        rx.cond(BuilderState.wizard_open, rx.fragment(), _pays()),
        rx.cond(BuilderState.to_do.length() > 0, _to_do(), rx.fragment()),
        rx.cond(BuilderState.wizard_open | (BuilderState.advice.length() == 0), rx.fragment(), _advice()),
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


def _advice() -> rx.Component:
    return ui.card(
        rx.heading("Worth a second look", as_="h2", size="3", weight="medium"),
        rx.text("It can be published all the same.", size="1", color=MUTED, margin="2px 0 8px"),
        remarks(BuilderState.advice),
    )


def _to_do() -> rx.Component:
    return ui.card(
        rx.heading("Before it can be published", as_="h2", size="3", weight="medium"),
        rx.el.ul(
            rx.foreach(BuilderState.to_do, rx.el.li),
            style={
                "margin": "8px 0 0",
                "paddingLeft": "18px",
                "listStyle": "disc",
                "fontSize": "13.5px",
                "color": MUTED,
                "lineHeight": "1.6",
            },
        ),
        custom_attrs={"data-testid": "to-do"},
    )
