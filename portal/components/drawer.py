"""A panel from the right for creating and editing, with Cancel and Save always in sight."""

from typing import Any

import reflex as rx

from portal.components.button import button
from portal.theme import BORDER, MUTED, SURFACE


def drawer(  # noqa: PLR0913 - a form has this many parts, all named
    *fields: Any,
    title: str | rx.Var,
    is_open: rx.Var,
    on_close: Any,
    on_submit: Any,
    save: str | rx.Var = "Save",
    dismiss: str | rx.Var = "Cancel",
    danger: bool = False,
    possible: rx.Var | bool = True,
    note: str | rx.Var = "",
    width: str = "520px",
) -> rx.Component:
    """A form in a drawer. `on_submit` is given the form's values by field name; Esc asks `on_close`.

    While it is not `possible`, the fields say why, and nothing can be saved.
    """
    foot = rx.flex(
        button(dismiss, on_click=on_close),
        button(save, kind="danger" if danger else "primary", type="submit", disabled=rx.cond(possible, False, True)),
        justify="end",
        gap="10px",
        padding="14px 24px",
        border_top=BORDER,
        background=SURFACE,
    )
    form = rx.form(
        rx.flex(
            rx.flex(*fields, direction="column", gap="18px", padding="20px 24px", overflow_y="auto", flex="1"),
            foot,
            direction="column",
            height="100%",
            min_height="0",
        ),
        on_submit=on_submit,
        reset_on_submit=False,
        style={"flex": "1", "minHeight": "0"},
    )
    return _from_the_right(form, title, note, is_open, on_close, width)


def panel(
    *content: Any,
    title: str | rx.Var,
    is_open: rx.Var,
    on_close: Any,
    note: str | rx.Var = "",
    width: str = "600px",
) -> rx.Component:
    """Something to look at closer, in a drawer without a form, such as the payload of an event."""
    body = rx.flex(*content, direction="column", gap="20px", padding="20px 24px", overflow_y="auto", flex="1")
    return _from_the_right(body, title, note, is_open, on_close, width)


def _from_the_right(
    body: rx.Component, title: str | rx.Var, note: str | rx.Var, is_open: rx.Var, on_close: Any, width: str
) -> rx.Component:
    head = rx.flex(
        rx.box(
            rx.drawer.title(title, style={"fontSize": "17px", "fontWeight": "600", "margin": "0"}),
            rx.drawer.description(note, style={"fontSize": "13px", "color": MUTED, "margin": "4px 0 0"}),
        ),
        rx.icon_button(
            rx.icon("x", size=17),
            variant="ghost",
            color_scheme="gray",
            aria_label="Close",
            type="button",
            on_click=on_close,
        ),
        justify="between",
        align="start",
        gap="16px",
        padding="20px 24px 16px",
        border_bottom=BORDER,
    )
    return rx.drawer.root(
        rx.drawer.overlay(z_index="20", background="rgba(0, 0, 0, 0.45)"),
        rx.drawer.portal(
            rx.drawer.content(
                rx.flex(head, body, direction="column", height="100%", width="100%"),
                style={
                    "top": "0",
                    "right": "0",
                    "left": "auto",
                    "height": "100%",
                    "width": f"min({width}, 100vw)",
                    "background": SURFACE,
                    "borderLeft": BORDER,
                    "zIndex": "21",
                },
            )
        ),
        open=is_open,
        on_open_change=on_close,
        direction="right",
        handle_only=True,
    )
