"""Controls beside a table's search that narrow it further: one of several, or a text."""

from collections.abc import Sequence
from typing import Any

import reflex as rx


def filter_choice(
    label: str, choices: Sequence[tuple[str, str]] | rx.Var, *, value: rx.Var, on_change: Any, width: str = "auto"
) -> rx.Component:
    """One of several, the first of which usually shows all; pairs of value and label, given or as a Var."""
    if isinstance(choices, rx.Var):
        options: Any = rx.foreach(choices, lambda choice: rx.el.option(choice[1], value=choice[0]))
    else:
        options = rx.fragment(*[rx.el.option(text, value=key) for key, text in choices])
    return rx.el.select(
        options,
        value=value,
        on_change=on_change,
        aria_label=label,
        title=label,
        class_name="ml-select",
        style={"width": width, "maxWidth": "240px"},
    )


def filter_suggest(
    label: str | rx.Var, suggestions: rx.Var, *, name: str | rx.Var, value: rx.Var, on_change: Any, width: str = "170px"
) -> rx.Component:
    """A text to compare with, and what it could be: pairs of value and label. `name` is this control's own."""
    known = rx.Var.create(name).to(str) + "-known"
    return rx.box(
        rx.input(
            value=value,
            on_change=on_change,
            placeholder=label,
            aria_label=label,
            title=label,
            type="search",
            size="2",
            width="100%",
            custom_attrs={"list": known},
        ),
        rx.el.datalist(
            rx.foreach(suggestions, lambda choice: rx.el.option(value=choice[0], label=choice[1])), id=known
        ),
        width=["100%", width],
    )


def filter_time(label: str, *, value: rx.Var, on_change: Any) -> rx.Component:
    """An instant on the clocks of the page's zone, taken when the field is left."""
    return rx.input(
        type="datetime-local",
        default_value=value,
        key=value,
        on_blur=on_change,
        aria_label=label,
        title=label,
        size="2",
        width=["100%", "205px"],
    )


def filter_text(label: str, *, value: rx.Var, on_change: Any, key: rx.Var) -> rx.Component:
    """A text to compare with; `key` changes when the filters are cleared, so that the field empties itself."""
    return rx.input(
        default_value=value,
        on_change=on_change.debounce(300),
        key=key,
        placeholder=label,
        aria_label=label,
        size="2",
        width=["100%", "170px"],
    )
