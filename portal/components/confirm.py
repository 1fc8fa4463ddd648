"""The question before anything that cannot be undone; it says what will be touched."""

from typing import Any

import reflex as rx

from portal.components.button import button
from portal.theme import MUTED


def confirm(
    trigger: rx.Component,
    title: str | rx.Var,
    consequence: str | rx.Var,
    action: str,
    on_confirm: Any,
    *,
    danger: bool = True,
    possible: rx.Var | bool = True,
    dismiss: str = "Cancel",
) -> rx.Component:
    """A dialog that `trigger` opens. `consequence` names counts: "Used in 12 subscriptions.".

    When it is not `possible`, the consequence says why, and nothing can be confirmed. `dismiss` is the way out.
    """
    return rx.alert_dialog.root(
        rx.alert_dialog.trigger(trigger),
        _question(title, consequence, action, on_confirm, danger=danger, possible=possible, dismiss=dismiss),
    )


def confirm_when(  # noqa: PLR0913 - a dialog has this many parts
    is_open: rx.Var,
    on_close: Any,
    title: str | rx.Var,
    consequence: str | rx.Var,
    action: str | rx.Var,
    on_confirm: Any,
    *,
    danger: bool = True,
    possible: rx.Var | bool = True,
    dismiss: str = "Cancel",
) -> rx.Component:
    """The same dialog, opened by the state: when the counts must be fetched first, or a row's menu asks."""
    return rx.alert_dialog.root(
        _question(title, consequence, action, on_confirm, danger=danger, possible=possible, dismiss=dismiss),
        open=is_open,
        on_open_change=on_close,
    )


def _question(
    title: str | rx.Var,
    consequence: str | rx.Var,
    action: str | rx.Var,
    on_confirm: Any,
    *,
    danger: bool,
    possible: rx.Var | bool,
    dismiss: str,
) -> rx.Component:
    confirmed = rx.alert_dialog.action(
        button(action, kind="danger" if danger else "primary", on_click=on_confirm),
    )
    return rx.alert_dialog.content(
        rx.alert_dialog.title(title, size="4"),
        rx.alert_dialog.description(consequence, size="2", color=MUTED),
        rx.flex(
            rx.alert_dialog.cancel(button(rx.cond(possible, dismiss, "Close"))),
            rx.cond(possible, confirmed, rx.fragment()),
            gap="10px",
            justify="end",
            margin_top="20px",
        ),
        max_width="440px",
    )
