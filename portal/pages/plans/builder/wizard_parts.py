"""What the steps of the rate-card wizard share: a field with its problem, and how often."""

from typing import Any

import reflex as rx

from backend.engine.recurrence import Duration
from portal import components as ui
from portal.pages.plans.builder.cards import CADENCES
from portal.pages.plans.builder.state import BuilderState
from portal.price_words import period_name

ONCE = ("", "Once")
EVERY = [(text, f"Every {period_name(Duration.parse(text))}") for text in CADENCES if text]


def problem_of(place: str) -> rx.Var:
    """What is wrong at a place of the open rate card."""
    return rx.cond(BuilderState.card_places.contains(place), BuilderState.card_places[place], "")


def number(label: str, field: str, value: rx.Var, place: str, **props: Any) -> rx.Component:
    """A field for an amount or a quantity."""
    return ui.text_field(
        label,
        f"card-{field}",
        value=value,
        on_change=lambda text: BuilderState.put_card(field, text),
        problem=problem_of(place),
        input_mode="decimal",
        auto_complete="off",
        **props,
    )


def choice(label: str, field: str, value: rx.Var, choices: Any, **props: Any) -> rx.Component:
    """One of several."""
    return ui.choice_field(
        label,
        f"card-{field}",
        choices,
        value=value,
        on_change=lambda chosen: BuilderState.put_card(field, chosen),
        **props,
    )


def how_often(label: str, field: str, value: rx.Var, place: str, *, once: bool = False) -> rx.Component:
    """A billing cadence, or how often a quota starts anew."""
    return ui.choice_field(
        label,
        f"card-{field}",
        [*([ONCE] if once else []), *EVERY],
        value=value,
        on_change=lambda chosen: BuilderState.put_cadence(field, chosen),
        problem=problem_of(place),
    )


def pair(*fields: rx.Component) -> rx.Component:
    """Two fields side by side where there is room."""
    return rx.grid(*fields, columns=rx.breakpoints(initial="1", sm="2"), gap="16px", width="100%", align="start")
