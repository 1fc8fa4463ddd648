"""What needs somebody's attention, above everything else: failed or late payments, then quotas that run out."""

from typing import Any

import reflex as rx

from portal import components as ui


def attention(troubles: rx.Var, alerts: rx.Var) -> rx.Component:
    """A notice for each; nothing when nothing is wrong."""

    def trouble(row: Any) -> rx.Component:
        return _notice(rx.text(ui.text_link(row.number, row.href), " ", row.text), "red")

    return rx.cond(
        (troubles.length() > 0) | (alerts.length() > 0),
        rx.flex(
            rx.foreach(troubles, trouble),
            rx.foreach(alerts, lambda text: _notice(text, "amber")),
            direction="column",
            gap="8px",
            role="status",
            custom_attrs={"data-testid": "alerts"},
        ),
        rx.fragment(),
    )


def _notice(text: Any, colour: str) -> rx.Component:
    return rx.callout.root(
        rx.callout.icon(rx.icon("triangle-alert", size=16, aria_hidden="true")),
        rx.callout.text(text),
        size="1",
        color_scheme=colour,
        width="100%",
    )
