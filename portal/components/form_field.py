"""One question of a form: label, control, a hint, and what is wrong with the answer."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from portal.theme import MUTED


def form_field(
    label: str,
    control: rx.Component,
    *,
    name: str,
    hint: str | rx.Var = "",
    problem: str | rx.Var = "",
    optional: bool = False,
) -> rx.Component:
    """A labelled control; the control's `id` must be `name`. `problem` is read out when it appears."""
    return rx.flex(
        rx.el.label(
            label,
            *([rx.el.span(" optional", style={"color": MUTED, "fontWeight": "400"})] if optional else []),
            html_for=name,
            style={"fontSize": "13.5px", "fontWeight": "500"},
        ),
        control,
        rx.cond(
            problem != "",
            rx.text(problem, size="1", color="var(--red-11)", role="alert", class_name="ml-sentence"),
            rx.cond(hint != "", rx.text(hint, size="1", color=MUTED), rx.fragment()),
        ),
        direction="column",
        gap="6px",
        width="100%",
    )


def text_field(
    label: str, name: str, *, hint: str | rx.Var = "", problem: str | rx.Var = "", optional: bool = False, **props: Any
) -> rx.Component:
    """A line of text. Extra props go to the input (`value`, `on_change`, `placeholder`, `type`, `read_only`)."""
    control = rx.input(id=name, name=name, size="2", width="100%", **props)
    return form_field(label, control, name=name, hint=hint, problem=problem, optional=optional)


def text_area(
    label: str, name: str, *, hint: str | rx.Var = "", problem: str | rx.Var = "", optional: bool = False, **props: Any
) -> rx.Component:
    """Several lines of text."""
    control = rx.text_area(id=name, name=name, size="2", width="100%", **props)
    return form_field(label, control, name=name, hint=hint, problem=problem, optional=optional)


def choice_field(
    label: str,
    name: str,
    choices: Sequence[tuple[str, str]] | rx.Var,
    *,
    hint: str | rx.Var = "",
    problem: str | rx.Var = "",
    optional: bool = False,
    **props: Any,
) -> rx.Component:
    """One of several: pairs of value and label, given or as a Var of a list of [value, label].

    Drawn as the browser's own select: it works with every keyboard and screen reader.
    """
    if isinstance(choices, rx.Var):
        options: Any = rx.foreach(choices, lambda choice: rx.el.option(choice[1], value=choice[0]))
    else:
        options = rx.fragment(*[rx.el.option(text, value=value) for value, text in choices])
    control = rx.el.select(options, id=name, name=name, class_name="ml-select", **props)
    return form_field(label, control, name=name, hint=hint, problem=problem, optional=optional)


def described_choice(
    label: str, choices: Sequence[tuple[str, str, str]], *, value: rx.Var, on_change: Any
) -> rx.Component:
    """One of a few, each with a title and a sentence: (value, title, sentence)."""
    items = [
        rx.radio_cards.item(
            rx.flex(
                rx.text(title, size="2", weight="medium"),
                rx.text(note, size="1", color=MUTED),
                direction="column",
                gap="2px",
                text_align="left",
                width="100%",
            ),
            value=key,
        )
        for key, title, note in choices
    ]
    return rx.radio_cards.root(
        *items,
        value=value,
        on_value_change=on_change,
        columns=rx.breakpoints(initial="1", sm="2"),
        aria_label=label,
    )


def pair(*fields: rx.Component) -> rx.Component:
    """Two fields side by side where there is room."""
    return rx.grid(*fields, columns=rx.breakpoints(initial="1", sm="2"), gap="16px", width="100%", align="start")
