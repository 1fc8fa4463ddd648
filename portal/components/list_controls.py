"""What stands around every list: search, filters and export above it, pages below."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from portal.components.button import button
from portal.theme import MUTED


def list_toolbar(
    state: Any,
    *,
    search: str = "",
    chips: Sequence[tuple[str, str]] = (),
    filters: Sequence[rx.Component] = (),
    export: bool = False,
    **props: Any,
) -> rx.Component:
    """Search field, filter chips and further filters at the left, the `export` of an `Exporting` state at the right."""
    left: list[rx.Component] = []
    if search:
        left.append(
            rx.input(
                rx.input.slot(rx.icon("search", size=15, aria_hidden="true")),
                default_value=state.search,
                on_change=state.look_for.debounce(250),
                key=state.clearings,
                placeholder=search,
                aria_label=search,
                type="search",
                size="2",
                width=["100%", "300px"],
                custom_attrs={"data-search": "true"},
            )
        )
    for value, text in chips:
        left.append(
            rx.el.button(
                text,
                type="button",
                class_name="ml-chip",
                aria_pressed=rx.cond(state.chip == value, "true", "false"),
                on_click=state.choose(value),
            )
        )
    left.extend(filters)
    right = [export_button(state)] if export else []
    if not left and not right:
        return rx.fragment()
    return rx.flex(
        rx.flex(*left, gap="8px", align="center", wrap="wrap", flex="1 1 260px", min_width="0"),
        *right,
        justify="between",
        align="start",
        gap="10px",
        wrap="wrap",
        **props,
    )


def export_button(state: Any) -> rx.Component:
    """Takes the rows of an `Exporting` state away as CSV."""
    return button("Export CSV", icon="download", on_click=state.export, loading=state.exporting)


def list_pager(state: Any, **props: Any) -> rx.Component:
    """Where in the list the page stands, and the way to the next and the previous page."""

    def turn(icon: str, label: str, step: int, possible: rx.Var) -> rx.Component:
        return rx.icon_button(
            rx.icon(icon, size=16),
            on_click=state.turn_page(step),
            disabled=~possible,
            variant="surface",
            color_scheme="gray",
            size="1",
            aria_label=label,
        )

    return rx.flex(
        rx.text(state.showing, size="2", color=MUTED, class_name="ml-figures", aria_live="polite"),
        rx.cond(
            state.has_next | state.has_previous,
            rx.flex(
                turn("chevron-left", "Previous page", -1, state.has_previous),
                turn("chevron-right", "Next page", 1, state.has_next),
                gap="6px",
            ),
            rx.fragment(),
        ),
        justify="between",
        align="center",
        **props,
    )
