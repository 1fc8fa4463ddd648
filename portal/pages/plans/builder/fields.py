"""The plan's basics in the builder: name, key, description, currency, cadence."""

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
    return ui.section(
        "The plan",
        ui.card(
            rx.flex(
                rx.grid(
                    ui.text_field(
                        "Name",
                        "name",
                        value=FORM.name,
                        on_change=lambda value: BuilderState.put("name", value),
                        placeholder="Growth",
                        problem=problem_at("name"),
                    ),
                    ui.text_field(
                        "Key",
                        "key",
                        value=FORM.key,
                        on_change=lambda value: BuilderState.put("key", value),
                        hint="All versions of the plan share it.",
                        problem=problem_at("key"),
                        read_only=settled,
                    ),
                    **two,
                ),
                ui.text_field(
                    "Description",
                    "description",
                    value=FORM.description,
                    on_change=lambda value: BuilderState.put("description", value),
                    placeholder="For products that are finding their users.",
                    problem=problem_at("description"),
                    optional=True,
                ),
                rx.grid(
                    ui.choice_field(
                        "Currency",
                        "currency",
                        CURRENCY_CHOICES,
                        value=FORM.currency,
                        on_change=lambda value: BuilderState.put("currency", value),
                        problem=problem_at("currency"),
                        disabled=settled,
                    ),
                    ui.choice_field(
                        "Billed",
                        "cadence",
                        CADENCE_CHOICES,
                        value=FORM.cadence,
                        on_change=lambda value: BuilderState.put("cadence", value),
                        problem=problem_at("billingCadence"),
                    ),
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
        ),
    )
