"""A secret that is shown this once, such as a new key or a first password: it is copied now or never."""

from typing import Any

import reflex as rx

from portal.components.button import button
from portal.components.copyable import code_block
from portal.theme import MUTED


def shown_once(title: str | rx.Var, explains: str, secret: rx.Var, on_done: Any, *, label: str) -> rx.Component:
    """Open as long as `secret` is not empty; `on_done` forgets it. `label` names the copy button."""
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(title, size="4"),
            rx.alert_dialog.description(explains, size="2", color=MUTED),
            rx.box(code_block(secret, label=label), margin_top="16px", custom_attrs={"data-testid": "shown-once"}),
            rx.flex(
                rx.alert_dialog.action(button("I have copied it", kind="primary", on_click=on_done)),
                justify="end",
                margin_top="20px",
            ),
            max_width="520px",
        ),
        open=secret != "",
    )
