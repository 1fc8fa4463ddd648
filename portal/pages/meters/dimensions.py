"""The part of a meter's form that says by what usage can be broken down."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.theme import MUTED


def dimensions(state: Any) -> rx.Component:
    """A row for each of the dimensions of a `Dimensions` state, and the button for one more."""

    def control(row: Any, index: Any, part: str, label: str, placeholder: str) -> rx.Component:
        return rx.input(
            value=row[part],
            on_change=state.type_dimension(index, part),
            placeholder=placeholder,
            aria_label=label,
            size="2",
            flex="1",
            min_width="0",
        )

    def line(row: Any, index: Any) -> rx.Component:
        return rx.box(
            rx.flex(
                control(row, index, "name", "Name of the dimension", "model"),
                control(row, index, "path", "Path of the dimension", "$.model"),
                rx.icon_button(
                    rx.icon("x", size=15),
                    variant="ghost",
                    color_scheme="gray",
                    type="button",
                    aria_label="Remove the dimension",
                    on_click=state.remove_dimension(index),
                ),
                gap="8px",
                align="center",
            ),
            rx.cond(row.problem != "", rx.text(row.problem, size="1", color="var(--red-11)", role="alert")),
        )

    return rx.flex(
        rx.text("Dimensions", size="2", weight="medium"),
        rx.text("What usage can be broken down and priced by, such as the model.", size="1", color=MUTED),
        rx.foreach(state.dimensions, line),
        ui.button("Add a dimension", icon="plus", size="1", on_click=state.add_dimension, width="fit-content"),
        direction="column",
        gap="8px",
    )
