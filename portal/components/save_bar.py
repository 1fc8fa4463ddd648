"""The bar at the foot of a page on which something is made or changed: Cancel and Save are always in sight."""

from typing import Any

import reflex as rx

from portal.theme import BORDER, MUTED, SIDEBAR_WIDTH, SURFACE

ROOM = "72px"
"""What the page leaves free at its end, so that the bar hides nothing."""


def save_bar(*buttons: Any, state: str | rx.Var = "") -> rx.Component:
    """The buttons at the right, the primary one last; `state` says where things stand."""
    return rx.flex(
        rx.text(state, size="2", color=MUTED, aria_live="polite", display=["none", "none", "block"]),
        rx.flex(*buttons, gap="10px", margin_left="auto"),
        align="center",
        justify="between",
        gap="16px",
        position="fixed",
        bottom="0",
        right="0",
        left=rx.breakpoints(initial="0", lg=SIDEBAR_WIDTH),
        padding="12px clamp(16px, 3vw, 40px)",
        background=SURFACE,
        border_top=BORDER,
        z_index="9",
        class_name="ml-chrome",
    )


def unsaved(*content: Any, changed: rx.Var) -> rx.Component:
    """What stands above a save bar. While it is `changed`, leaving is asked about; see `assets/meterline.js`."""
    return rx.box(
        *content,
        width="100%",
        padding_bottom=ROOM,
        custom_attrs={"data-unsaved": rx.cond(changed, "true", "false")},
    )
