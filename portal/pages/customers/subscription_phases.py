"""The phases of a subscription with what is sold in each, for staff and for the customer."""

from typing import Any

import reflex as rx

from portal.theme import MUTED


def phases(row: Any) -> rx.Component:
    """One after the other; the one that runs is marked."""
    return rx.el.ol(rx.foreach(row.phases, _phase), class_name="ml-steps", aria_label="Phases")


def _phase(phase: Any) -> rx.Component:
    return rx.el.li(
        rx.flex(
            rx.text(phase.name, size="2", weight="medium"),
            rx.text(phase.lasts, size="1", color=MUTED, class_name="ml-figures"),
            rx.cond(phase.is_now, rx.badge("now", size="1", variant="soft"), rx.fragment()),
            align="center",
            gap="9px",
            wrap="wrap",
            margin_bottom="8px",
        ),
        rx.el.ul(rx.foreach(phase.sold, _item), aria_label="Items", class_name="ml-items"),
        class_name="ml-step",
    )


def _item(item: Any) -> rx.Component:
    """What it is, what it costs, how much is included: side by side, or one under the other where it is narrow."""
    terms = [
        rx.cond(text != "", rx.text(text, size="2", color=MUTED, class_name="ml-figures ml-sentence"), rx.fragment())
        for text in (item.price, item.allowance, item.lasts)
    ]
    return rx.el.li(
        rx.grid(
            rx.text(item.name, size="2", weight="medium"),
            rx.flex(*terms, direction="column", gap="1px"),
            columns={"initial": "1fr", "sm": "minmax(120px, 1fr) 3fr"},
            gap="2px 20px",
        )
    )
