"""Meterline's mark and name."""

import reflex as rx


def mark(size: int = 22) -> rx.Component:
    """The mark: three bars of a meter that rise."""
    return rx.image(src="/favicon.svg", width=f"{size}px", height=f"{size}px", alt="")


def wordmark() -> rx.Component:
    """The mark with the name beside it."""
    return rx.flex(
        mark(),
        rx.text("Meterline", size="3", weight="bold", letter_spacing="-0.02em"),
        align="center",
        gap="9px",
    )
