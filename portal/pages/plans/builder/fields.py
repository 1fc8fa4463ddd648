"""The plan's basics in the builder: name, key, description, currency, cadence."""

from typing import Any

import reflex as rx

from backend.catalog.validation import BILLING_CADENCES
from backend.engine.currency import CURRENCIES
from backend.engine.recurrence import Duration
from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.price_words import period_name

FORM = BuilderState.form
COMMON = ("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "INR", "BRL")
ORDERED = [*COMMON, *sorted(set(CURRENCIES) - set(COMMON))]
CURRENCY_CHOICES = [(code, f"{code} \N{EN DASH} {CURRENCIES[code].name}") for code in ORDERED]
CADENCE_CHOICES = [(text, f"Every {period_name(Duration.parse(text))}") for text in BILLING_CADENCES if text != "P12M"]


def problem_at(place: str) -> rx.Var:
    """What is wrong at a place of the plan, once it may be said."""
    return rx.cond(BuilderState.places.contains(place), BuilderState.places[place], "")


def basics() -> rx.Component:
    """Name, key, description, currency, cadence."""
    settled = BuilderState.opened.plan_id != ""
    two = {"columns": rx.breakpoints(initial="1", sm="2"), "gap": "18px", "width": "100%"}
    fields = rx.flex(
        rx.grid(
            _text("Name", "name", FORM.name, placeholder="Growth"),
            _text("Key", "key", FORM.key, hint="All versions of the plan share it.", read_only=settled),
            **two,
        ),
        _text(
            "Description",
            "description",
            FORM.description,
            placeholder="For products that are finding their users.",
            optional=True,
        ),
        rx.grid(
            _choice("Currency", "currency", CURRENCY_CHOICES, FORM.currency, "currency", disabled=settled),
            _choice("Billed", "cadence", CADENCE_CHOICES, FORM.cadence, "billingCadence"),
            **two,
        ),
        rx.text(
            rx.checkbox(
                "Charge a part of a period by the day",
                checked=FORM.prorates,
                on_change=BuilderState.put_prorates,
                size="2",
            ),
            as_="label",
            size="2",
        ),
        direction="column",
        gap="18px",
    )
    return ui.section("The plan", ui.card(fields))


def _text(label: str, field: str, value: rx.Var, **props: Any) -> rx.Component:
    return ui.text_field(
        label,
        field,
        value=value,
        on_change=lambda text: BuilderState.put(field, text),
        problem=problem_at(field),
        **props,
    )


def _choice(label: str, field: str, choices: Any, value: rx.Var, place: str, **props: Any) -> rx.Component:
    return ui.choice_field(
        label,
        field,
        choices,
        value=value,
        on_change=lambda chosen: BuilderState.put(field, chosen),
        problem=problem_at(place),
        **props,
    )
