"""One number that matters, with its name, and a way to what explains it."""

import reflex as rx

from portal.components.card import card
from portal.theme import MUTED


def stat_card(
    label: str, value: str | rx.Var, *, note: str | rx.Var = "", href: str | rx.Var | None = None
) -> rx.Component:
    """A finished figure under its label; `note` compares or dates it; `href` makes the card a link."""
    body = card(
        rx.text(label, size="2", color=MUTED, weight="medium"),
        rx.text(value, size="6", weight="bold", class_name="ml-figures", letter_spacing="-0.02em", margin_top="6px"),
        rx.cond(note != "", rx.text(note, size="1", color=MUTED, margin_top="4px"), rx.fragment()),
        padding="16px 18px",
        height="100%",
        **({"_hover": {"border_color": "var(--accent-a7)"}} if href is not None else {}),
    )
    return body if href is None else rx.link(body, href=href, underline="none", color="inherit", width="100%")


def stat_row(*cards: rx.Component) -> rx.Component:
    """Stat cards side by side, as many as fit."""
    return rx.grid(*cards, columns="repeat(auto-fit, minmax(min(190px, 44%), 1fr))", gap="14px", width="100%")
