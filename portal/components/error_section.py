"""An error stays in the part of the page it concerns, says what happened, and can be tried again."""

import reflex as rx

from portal.components.button import button
from portal.theme import MUTED


def error_section(problem: str | rx.Var, retry: rx.event.EventType) -> rx.Component:
    """What went wrong, with a Retry button."""
    return rx.flex(
        rx.flex(
            rx.icon("triangle-alert", size=17, color="var(--red-11)", aria_hidden="true"),
            rx.text("This part could not be loaded", weight="medium", size="2"),
            align="center",
            gap="8px",
        ),
        rx.text(problem, size="2", color=MUTED, max_width="60ch"),
        button("Retry", icon="rotate-ccw", on_click=retry),
        direction="column",
        align="center",
        gap="12px",
        padding="44px 24px",
        text_align="center",
        width="100%",
        role="alert",
    )
