"""The shape of what is about to appear, while it loads."""

import reflex as rx

from portal.components.card import card


def skeleton_lines(count: int = 3) -> rx.Component:
    """Lines of text to come."""
    widths = ("72%", "94%", "58%", "83%")
    lines = [rx.skeleton(height="14px", width=widths[n % len(widths)]) for n in range(count)]
    return rx.flex(*lines, direction="column", gap="12px", width="100%", aria_busy="true", aria_label="Loading")


def skeleton_card(lines: int = 4) -> rx.Component:
    """A card to come."""
    return card(skeleton_lines(lines))


def skeleton_table(rows: int = 8) -> rx.Component:
    """A table to come."""
    row = [
        rx.flex(
            rx.skeleton(height="14px", width="26%"),
            rx.skeleton(height="14px", width="18%"),
            rx.skeleton(height="14px", width="12%"),
            justify="between",
            padding="13px 16px",
            border_bottom="1px solid var(--gray-a3)",
        )
        for _ in range(rows)
    ]
    return rx.box(*row, width="100%", aria_busy="true", aria_label="Loading")
