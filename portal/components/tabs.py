"""Tabs that are links: the one that is open stands in the address and can be sent to somebody."""

from dataclasses import dataclass

import reflex as rx

from portal.theme import BORDER


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its word in the address, its label, what it shows."""

    key: str
    label: str
    content: rx.Component


def tabs(chosen: rx.Var, *items: Tab, label: str = "Parts of this page") -> rx.Component:
    """A bar of links to `?tab=<key>`. The state sets `chosen` from the address when it loads; empty is the first."""
    first = items[0].key
    links = [
        rx.link(
            item.label,
            href=f"?tab={item.key}",
            underline="none",
            class_name="ml-tab",
            aria_current=rx.cond((chosen == item.key) | ((chosen == "") & (item.key == first)), "page", "false"),
        )
        for item in items
    ]
    return rx.flex(
        rx.el.nav(
            rx.flex(*links, gap="20px", overflow_x="auto"),
            aria_label=label,
            style={"borderBottom": BORDER, "width": "100%"},
        ),
        rx.match(chosen, *[(item.key, item.content) for item in items[1:]], items[0].content),
        direction="column",
        gap="20px",
        width="100%",
    )
