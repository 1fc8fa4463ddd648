"""Buttons that act, and links that look like them; one primary button per page."""

from typing import Any, Literal

import reflex as rx

Kind = Literal["primary", "plain", "quiet", "danger"]
LOOKS: dict[Kind, dict[str, str]] = {
    "primary": {"variant": "solid"},
    "plain": {"variant": "surface", "color_scheme": "gray"},
    "quiet": {"variant": "ghost", "color_scheme": "gray"},
    "danger": {"variant": "solid", "color_scheme": "red"},
}


def button(label: str | rx.Var, *, kind: Kind = "plain", icon: str | None = None, **props: Any) -> rx.Component:
    """A button. Extra props go to the button (`on_click`, `loading`, `disabled`, `type`)."""
    return rx.button(*_inside(label, icon), **{"size": "2", "type": "button", **LOOKS[kind], **props})


def link_button(
    label: str, href: str | rx.Var, *, kind: Kind = "plain", icon: str | None = None, **props: Any
) -> rx.Component:
    """A link to another page that looks like a button; it opens in a new tab the way links do."""
    return rx.button(
        rx.link(*_inside(label, icon), href=href, underline="none", weight="medium", **_colour(kind)),
        as_child=True,
        **{"size": "2", **LOOKS[kind], **props},
    )


def text_link(label: str | rx.Var, href: str | rx.Var, **props: Any) -> rx.Component:
    """A link inside text or a cell."""
    return rx.link(label, href=href, class_name="ml-link", underline="none", **props)


def _colour(kind: Kind) -> dict[str, str]:
    """A link knows only its own colour scheme, not that of the button around it."""
    return {name: value for name, value in LOOKS[kind].items() if name == "color_scheme"}


def _inside(label: str | rx.Var, icon: str | None) -> list[Any]:
    return [rx.icon(icon, size=15, aria_hidden="true"), label] if icon else [label]
