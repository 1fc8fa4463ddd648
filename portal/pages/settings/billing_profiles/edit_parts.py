"""The controls of the form of a billing profile; each is named by its field."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.lengths import UNITS
from portal.pages.settings.billing_profiles.edit_state import ProfileState
from portal.theme import MUTED

FORM = ProfileState.form


def part(title: str, *fields: rx.Component) -> rx.Component:
    """A titled part of the form."""
    return ui.section(title, ui.card(rx.flex(*fields, direction="column", gap="18px")))


def problem_at(field: str) -> rx.Var:
    """What is wrong with a field; empty when nothing is."""
    return ProfileState.problems.get(field, "")


def text(label: str, field: str, **props: Any) -> rx.Component:
    """A line of text."""
    return ui.text_field(
        label,
        field,
        value=getattr(FORM, field),
        on_change=lambda typed: ProfileState.put(field, typed),
        problem=problem_at(field),
        **props,
    )


def flag(label: str, field: str, **props: Any) -> rx.Component:
    """A yes or no."""
    box = rx.checkbox(
        label,
        checked=getattr(FORM, field),
        on_change=lambda value: ProfileState.put_flag(field, value),
        size="2",
        **props,
    )
    return rx.text(box, as_="label", size="2")


def described(label: str, field: str, choices: Any) -> rx.Component:
    """One of a few, each with a sentence."""
    chosen = ui.described_choice(
        label, choices, value=getattr(FORM, field), on_change=lambda value: ProfileState.put(field, value)
    )
    return rx.box(rx.text(label, size="2", weight="medium", margin_bottom="8px"), chosen)


def length(label: str, field: str, hint: str) -> rx.Component:
    """A number and its unit side by side."""
    unit = f"{field}_unit"
    number = rx.input(
        id=field,
        name=field,
        value=getattr(FORM, field),
        on_change=lambda typed: ProfileState.put(field, typed),
        input_mode="numeric",
        size="2",
        width="96px",
    )
    units = ui.filter_choice(
        f"{label}, unit",
        list(UNITS.items()),
        value=getattr(FORM, unit),
        on_change=lambda chosen: ProfileState.put(unit, chosen),
        width="130px",
    )
    control = rx.flex(number, units, gap="8px", color=MUTED)
    return ui.form_field(label, control, name=field, hint=hint, problem=problem_at(field))
