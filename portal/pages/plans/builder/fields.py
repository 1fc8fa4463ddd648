"""The plan's basics in the builder: name, key, description, currency, cadence."""

import reflex as rx

from backend.catalog.validation import BILLING_CADENCES
from backend.engine.recurrence import Duration
from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.price_words import period_name
from portal.rate_cards.builder_parts import choice_at, text_at
from portal.rate_cards.currencies import CURRENCY_CHOICES

CADENCE_CHOICES = [(text, f"Every {period_name(Duration.parse(text))}") for text in BILLING_CADENCES if text != "P12M"]


def basics() -> rx.Component:
    """Name, key, description, currency, cadence."""
    settled = BuilderState.opened.id != ""
    two = {"columns": rx.breakpoints(initial="1", sm="2"), "gap": "18px", "width": "100%"}
    fields = rx.flex(
        rx.grid(
            text_at(BuilderState, "Name", "name", placeholder="Growth"),
            text_at(BuilderState, "Key", "key", hint="All versions of the plan share it.", read_only=settled),
            **two,
        ),
        text_at(
            BuilderState,
            "Description",
            "description",
            placeholder="For products that are finding their users.",
            optional=True,
        ),
        rx.grid(
            choice_at(BuilderState, "Currency", "currency", CURRENCY_CHOICES, "currency", disabled=settled),
            choice_at(BuilderState, "Billed", "cadence", CADENCE_CHOICES, "billingCadence"),
            **two,
        ),
        rx.text(
            rx.checkbox(
                "Charge only the days used when a customer starts, changes or leaves within a period",
                checked=BuilderState.form.prorates,
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
