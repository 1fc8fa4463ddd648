"""What the steps of the rate-card wizard share: a field with its problem, and how often."""

from typing import Any

import reflex as rx

from backend.engine.recurrence import Duration
from portal import components as ui
from portal.price_words import period_name
from portal.rate_cards.fields import CADENCES

ONCE = ("", "Once")
EVERY = [(text, f"Every {period_name(Duration.parse(text))}") for text in CADENCES if text]


def problem_of(state: Any, place: str) -> rx.Var:
    """What is wrong at a place of the open rate card."""
    return rx.cond(state.card_places.contains(place), state.card_places[place], "")


def number(state: Any, label: Any, field: str, place: str, **props: Any) -> rx.Component:
    """A field for an amount or a quantity."""
    return text(state, label, field, place, input_mode="decimal", **props)


def text(state: Any, label: Any, field: str, place: str, **props: Any) -> rx.Component:
    """A field for one line of text."""
    return ui.text_field(
        label,
        f"card-{field}",
        value=getattr(state.edited, field),
        on_change=lambda typed: state.put_card(field, typed),
        problem=problem_of(state, place),
        auto_complete="off",
        **props,
    )


def choice(state: Any, label: str, field: str, choices: Any, **props: Any) -> rx.Component:
    """One of several."""
    return ui.choice_field(
        label,
        f"card-{field}",
        choices,
        value=getattr(state.edited, field),
        on_change=lambda chosen: state.put_card(field, chosen),
        **props,
    )


def how_often(state: Any, label: str, field: str, place: str, *, once: bool = False, **props: Any) -> rx.Component:
    """A billing cadence, or how often a quota starts anew."""
    return ui.choice_field(
        label,
        f"card-{field}",
        [*([ONCE] if once else []), *EVERY],
        value=getattr(state.edited, field),
        on_change=lambda chosen: state.put_cadence(field, chosen),
        problem=problem_of(state, place),
        **props,
    )


def flag(state: Any, label: str, field: str) -> rx.Component:
    """Yes or no."""
    box = rx.checkbox(
        label,
        checked=getattr(state.edited, field),
        on_change=lambda value: state.put_flag(field, value),
        size="2",
    )
    return rx.text(box, as_="label", size="2")
