"""What stands where nothing is yet: what the thing is, and the button that makes the first one."""

import reflex as rx

from portal.components.button import button
from portal.theme import MUTED


def empty_state(title: str, teaches: str, action: rx.Component | None = None, *, icon: str = "inbox") -> rx.Component:
    """Never used yet: one sentence that says what the thing is for, then the primary button."""
    return _stage(
        rx.center(
            rx.icon(icon, size=20, aria_hidden="true"),
            width="44px",
            height="44px",
            border_radius="12px",
            background="var(--accent-a3)",
            color="var(--accent-11)",
        ),
        rx.heading(title, as_="h2", size="4", weight="medium"),
        rx.text(teaches, size="2", color=MUTED, max_width="46ch"),
        *([rx.box(action, padding_top="6px")] if action is not None else []),
    )


def nothing_found(on_clear: rx.event.EventType) -> rx.Component:
    """A search or filter that hides everything, which is not the same as an empty page."""
    return _stage(
        rx.heading("Nothing matches", as_="h2", size="3", weight="medium"),
        rx.text("No entry fits this search and these filters.", size="2", color=MUTED),
        button("Show all", on_click=on_clear),
    )


def _stage(*children: rx.Component) -> rx.Component:
    return rx.flex(
        *children,
        direction="column",
        align="center",
        justify="center",
        gap="10px",
        padding="56px 24px",
        text_align="center",
        width="100%",
    )
