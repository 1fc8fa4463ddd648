"""The table of tiers in the rate-card wizard."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.rate_cards.parts import problem_of
from portal.theme import MUTED

HEADS = ("From", "Up to", "Per unit", "Flat price", "")


def tiers_table(state: Any) -> rx.Component:
    """One row per tier with what is wrong beneath it; the last one has no end."""
    head = [
        rx.el.span(text, style={"fontSize": "12px", "color": MUTED, "whiteSpace": "nowrap"}, aria_hidden="true")
        for text in HEADS
    ]
    whole = problem_of(state, "price.tiers")
    note = rx.cond(
        state.edited.model == "volume",
        "The whole quantity decides on one tier, and all units cost what that tier says.",
        "Each unit costs what the tier says in which it falls; a flat price is due when its tier is reached.",
    )
    return rx.el.fieldset(
        rx.el.legend(
            "Tiers in ", state.form.currency, style={"fontSize": "13.5px", "fontWeight": "500", "padding": "0 0 4px"}
        ),
        rx.text(note, size="1", color=MUTED, margin_bottom="10px"),
        rx.grid(
            *head,
            rx.foreach(state.tier_rows, lambda tier, at: _tier(state, tier, at)),
            columns="minmax(52px, 0.7fr) repeat(3, minmax(0, 1fr)) 24px",
            gap="8px",
            align="center",
        ),
        rx.cond(whole != "", _alert(whole), rx.fragment()),
        ui.button("Add a tier", icon="plus", size="1", margin_top="8px", on_click=state.add_tier),
        style={"border": "0", "padding": "0", "margin": "0", "minWidth": "0"},
    )


def _tier(state: Any, tier: rx.Var, at: rx.Var) -> rx.Component:
    row = (at + 1).to_string()

    def cell(label: str, field: str, value: rx.Var, **props: object) -> rx.Component:
        return rx.input(
            value=value,
            on_change=lambda text: state.put_tier(at, field, text),
            aria_label=label + ", tier " + row,
            input_mode="decimal",
            size="2",
            **props,
        )

    remove = rx.icon_button(
        rx.icon("x", size=15),
        variant="ghost",
        color_scheme="gray",
        type="button",
        aria_label="Remove tier " + row,
        on_click=state.remove_tier(at),
    )
    return rx.fragment(
        rx.text(tier.start, size="1", color=MUTED, class_name="ml-figures", aria_label="Tier " + row + " starts"),
        cell("Up to", "up_to", tier.up_to, placeholder="no end"),
        cell("Price per unit", "unit", tier.unit, placeholder="0"),
        cell("Flat price", "flat", tier.flat, placeholder="0"),
        remove,
        rx.cond(tier.problem != "", rx.box(_alert(tier.problem), grid_column="1 / -1"), rx.fragment()),
    )


def _alert(text: rx.Var) -> rx.Component:
    return rx.text(text, size="1", color="var(--red-11)", role="alert")
