"""The table of tiers in the rate-card wizard."""

import reflex as rx

from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.theme import MUTED

CARD = BuilderState.edited


def tiers() -> rx.Component:
    """One row per tier; the last one has no end."""
    head = [
        rx.el.span(text, style={"fontSize": "12px", "color": MUTED})
        for text in ("Up to", "Price per unit", "Flat price", "")
    ]
    return rx.el.fieldset(
        rx.el.legend(
            "Tiers in ",
            BuilderState.form.currency,
            style={"fontSize": "13.5px", "fontWeight": "500", "padding": "0 0 8px"},
        ),
        rx.grid(
            *head,
            rx.foreach(CARD.tiers, _tier),
            columns="minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1fr) 30px",
            gap="8px",
            align="center",
        ),
        rx.text(BuilderState.tiers_problem, size="1", color="var(--red-11)", role="alert"),
        ui.button("Add a tier", icon="plus", size="1", margin_top="8px", on_click=BuilderState.add_tier),
        style={"border": "0", "padding": "0", "margin": "0"},
    )


def _tier(tier: rx.Var, at: rx.Var) -> rx.Component:
    row = (at + 1).to_string()

    def cell(label: str, field: str, value: rx.Var, **props: object) -> rx.Component:
        return rx.input(
            value=value,
            on_change=lambda text: BuilderState.put_tier(at, field, text),
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
        on_click=BuilderState.remove_tier(at),
    )
    return rx.fragment(
        cell("Up to", "up_to", tier.up_to, placeholder="no end"),
        cell("Price per unit", "unit", tier.unit),
        cell("Flat price", "flat", tier.flat),
        remove,
    )
