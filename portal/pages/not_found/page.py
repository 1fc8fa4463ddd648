"""What a person sees at an address where nothing is."""

import reflex as rx

from portal import components as ui
from portal.theme import CANVAS


@rx.page(route="/404", title="Not found \N{MIDDLE DOT} Meterline")
def not_found() -> rx.Component:
    """One sentence and the way back."""
    return rx.el.main(
        ui.empty_state(
            "There is no page here",
            "The address may be mistyped, or what it named has been removed.",
            ui.link_button("Go to the overview", "/", kind="primary"),
            icon="compass",
        ),
        style={"minHeight": "100vh", "background": CANVAS, "paddingTop": "18vh"},
    )
