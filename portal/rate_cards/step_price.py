"""Step ② of the rate-card wizard: the price model and its amounts."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.rate_cards.form import FREE
from portal.rate_cards.more_terms import more_terms
from portal.rate_cards.parts import choice, how_often, number, problem_of
from portal.rate_cards.tiers_table import tiers_table
from portal.theme import MUTED

FLAT_MODELS = [(FREE, "Nothing: it is included"), ("flat", "A flat price")]
USAGE_MODELS = [
    ("unit", "A price per unit"),
    ("graduated", "Tiers: each unit at its tier's price"),
    ("volume", "Volume: all units at the tier reached"),
    ("package", "Packages: units are sold in bundles"),
    ("dynamic", "The metered cost itself, times a factor"),
]
PER = [("1", "1 unit"), ("1000", "1,000 units"), ("1000000", "1,000,000 units")]
TERMS = [("in_advance", "In advance, at the start"), ("in_arrears", "In arrears, at the end")]


def price(state: Any) -> rx.Component:
    """The fields of the chosen model, and what every price can have besides."""
    card, wrong = state.edited, problem_of(state, "price")
    models = rx.cond(
        state.edited_is_metered,
        choice(state, "Price", "model", [*USAGE_MODELS, *FLAT_MODELS], problem=wrong),
        choice(state, "Price", "model", FLAT_MODELS, problem=wrong),
    )
    return rx.flex(
        rx.cond(card.is_fee, rx.fragment(), models),
        rx.match(
            card.model,
            ("flat", _flat(state)),
            ("unit", _unit(state)),
            ("package", _package(state)),
            ("dynamic", _dynamic(state)),
            ("graduated", tiers_table(state)),
            ("volume", tiers_table(state)),
            rx.text("It costs nothing. The next step says how much may be used.", size="2", color=MUTED),
        ),
        rx.cond((card.model == "flat") | (card.model == FREE), rx.fragment(), _of_usage(state)),
        rx.cond(card.model == FREE, rx.fragment(), more_terms(state)),
        direction="column",
        gap="18px",
    )


def _flat(state: Any) -> rx.Component:
    return rx.flex(
        ui.pair(
            number(state, _in_currency("Amount in ", state), "amount", "price.amount", placeholder="99.00"),
            how_often(state, "Charged", "cadence", "billingCadence", once=True),
        ),
        rx.cond(state.edited.cadence != "", choice(state, "Due", "term", TERMS), rx.fragment()),
        direction="column",
        gap="18px",
    )


def _unit(state: Any) -> rx.Component:
    return ui.pair(
        number(state, _in_currency("Price in ", state), "amount", "price.amount", placeholder="2.00"),
        choice(state, "For every", "per", PER),
    )


def _package(state: Any) -> rx.Component:
    return ui.pair(
        number(state, _in_currency("Price of a package in ", state), "amount", "price.amount", placeholder="5.00"),
        number(
            state,
            "Units in a package",
            "size",
            "price.quantityPerPackage",
            hint="A package is paid whole with its first unit.",
        ),
    )


def _dynamic(state: Any) -> rx.Component:
    return number(
        state,
        "Factor",
        "amount",
        "price.multiplier",
        placeholder="1.2",
        hint="The meter counts money; 1.2 charges it with 20% on top.",
    )


def _of_usage(state: Any) -> rx.Component:
    """What every price of usage says: how many units are free, how often it is billed."""
    return rx.flex(
        ui.pair(
            number(
                state,
                "Included units",
                "free_units",
                "discounts.usage.quantity",
                placeholder="0",
                hint="The first units of every period cost nothing.",
                optional=True,
            ),
            how_often(state, "Billed", "cadence", "billingCadence"),
        ),
        rx.cond(
            problem_of(state, "discounts.usage") != "",
            rx.text(problem_of(state, "discounts.usage"), size="1", color="var(--red-11)", role="alert"),
            rx.fragment(),
        ),
        direction="column",
        gap="18px",
    )


def _in_currency(label: str, state: Any) -> rx.Var:
    return label + state.form.currency.to(str)
