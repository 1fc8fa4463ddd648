"""Keeps what a page shows fresh while somebody looks at it."""

import reflex as rx


def live(refresh: rx.event.EventType, seconds: int = 10) -> rx.Component:
    """Repeats `refresh` every so many seconds while the page is in sight; `assets/meterline.js` counts them."""
    return rx.el.button(
        hidden=True, type="button", tab_index=-1, on_click=refresh, custom_attrs={"data-every": str(seconds)}
    )
