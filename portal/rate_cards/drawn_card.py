"""Draws a plan or an add-on as the pricing card a buyer would see."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.theme import BORDER, MUTED


def draw_card(card: Any, *footer: rx.Component, status: bool = True, href: Any = None) -> rx.Component:
    """The card of a `PricingCard`; `href` makes its name lead to the plan, `footer` is what staff see beneath."""
    name = rx.heading(card.name, as_="h2", size="4", weight="medium", letter_spacing="-0.01em")
    title = name if href is None else rx.link(name, href=href, underline="hover", color="inherit")
    return ui.card(
        rx.flex(
            rx.flex(
                title,
                *([ui.status_badge(card.status)] if status else []),
                justify="between",
                align="center",
                gap="10px",
            ),
            rx.text(card.description, size="2", color=MUTED, min_height="20px"),
            direction="column",
            gap="6px",
        ),
        _price(card),
        rx.el.ul(
            rx.foreach(card.offers, _offer),
            style={
                "listStyle": "none",
                "margin": "0",
                "padding": rx.cond(card.offers.length() > 0, "16px 0 0", "0"),
                "borderTop": rx.cond(card.offers.length() > 0, BORDER, "0"),
                "flex": "1",
            },
        ),
        rx.cond(card.addons.length() > 0, _addons(card.addons), rx.fragment()),
        *([rx.box(*footer, border_top=BORDER, margin="4px -20px -20px", padding="12px 20px")] if footer else []),
        display="flex",
        flex_direction="column",
        height="100%",
        custom_attrs={"data-testid": "pricing-card"},
    )


def _price(card: Any) -> rx.Component:
    return rx.box(
        rx.cond(card.lead_in != "", rx.text(card.lead_in, size="1", color=MUTED), rx.fragment()),
        rx.flex(
            rx.text(
                card.headline,
                size="7",
                weight="bold",
                letter_spacing="-0.03em",
                class_name="ml-figures",
                as_="span",
            ),
            rx.text(card.per, size="2", color=MUTED, as_="span"),
            align="baseline",
            gap="7px",
            wrap="wrap",
        ),
        margin="18px 0 16px",
    )


def _addons(addons: rx.Var) -> rx.Component:
    return rx.box(
        rx.text("Add-ons", size="1", weight="medium", color=MUTED, margin_bottom="8px"),
        rx.el.ul(
            rx.foreach(addons, _addon),
            style={"listStyle": "none", "margin": "0", "padding": "0"},
        ),
        border_top=BORDER,
        padding_top="12px",
    )


def _offer(offer: rx.Var) -> rx.Component:
    return _line(offer, "check")


def _addon(addon: rx.Var) -> rx.Component:
    return _line(addon, "plus")


def _line(offer: rx.Var, icon: str) -> rx.Component:
    detail = [
        rx.cond(text != "", rx.text(text, size="1", color=MUTED, class_name="ml-figures ml-sentence"), rx.fragment())
        for text in (offer.price, offer.allowance)
    ]
    return rx.el.li(
        rx.icon(icon, size=15, color="var(--accent-10)", aria_hidden="true", flex_shrink="0", margin_top="2px"),
        rx.flex(rx.text(offer.name, size="2", weight="medium"), *detail, direction="column", gap="1px", min_width="0"),
        style={"display": "flex", "gap": "9px", "marginBottom": "12px"},
    )
