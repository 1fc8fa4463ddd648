"""Step ② of the rate-card wizard: the price model, its amounts, and what is taken off."""

import reflex as rx

from portal.pages.plans.builder.form import FREE
from portal.pages.plans.builder.state import BuilderState
from portal.pages.plans.builder.wizard_parts import choice, how_often, number, pair, problem_of
from portal.pages.plans.builder.wizard_tiers import tiers
from portal.theme import MUTED

CARD = BuilderState.edited
CURRENCY = BuilderState.form.currency
FLAT_MODELS = [(FREE, "Nothing: it is included"), ("flat", "A flat price")]
USAGE_MODELS = [
    ("unit", "A price per unit"),
    ("graduated", "Tiers: each unit costs what its tier says"),
    ("volume", "Volume: all units cost what the whole quantity says"),
    ("package", "Packages: units are sold in bundles"),
    ("dynamic", "The metered cost itself, times a factor"),
]
PER = [("1", "1 unit"), ("1000", "1,000 units"), ("1000000", "1,000,000 units")]
TERMS = [("in_advance", "In advance, at the start"), ("in_arrears", "In arrears, at the end")]


def price() -> rx.Component:
    """The fields of the chosen model."""
    models = rx.cond(
        BuilderState.edited_is_metered,
        choice("Price", "model", CARD.model, [*USAGE_MODELS, *FLAT_MODELS]),
        choice("Price", "model", CARD.model, FLAT_MODELS),
    )
    return rx.flex(
        rx.cond(CARD.is_fee, rx.fragment(), models),
        rx.match(
            CARD.model,
            ("flat", _flat()),
            ("unit", _unit()),
            ("package", _package()),
            ("dynamic", _dynamic()),
            ("graduated", tiers()),
            ("volume", tiers()),
            rx.text("It costs nothing. The next step says how much may be used.", size="2", color=MUTED),
        ),
        rx.cond((CARD.model == "flat") | (CARD.model == FREE), rx.fragment(), _of_usage()),
        direction="column",
        gap="18px",
    )


def _flat() -> rx.Component:
    return rx.flex(
        pair(
            number("Amount in " + CURRENCY.to(str), "amount", CARD.amount, "price.amount", placeholder="99.00"),
            how_often("Charged", "cadence", CARD.cadence, "billingCadence", once=True),
        ),
        choice("Due", "term", CARD.term, TERMS),
        direction="column",
        gap="18px",
    )


def _unit() -> rx.Component:
    return pair(
        number("Price in " + CURRENCY.to(str), "amount", CARD.amount, "price.amount", placeholder="2.00"),
        choice("For every", "per", CARD.per, PER),
    )


def _package() -> rx.Component:
    return pair(
        number("Price of a package in " + CURRENCY.to(str), "amount", CARD.amount, "price.amount", placeholder="5.00"),
        number(
            "Units in a package",
            "size",
            CARD.size,
            "price.quantityPerPackage",
            hint="A package is paid whole with its first unit.",
        ),
    )


def _dynamic() -> rx.Component:
    return number(
        "Factor",
        "amount",
        CARD.amount,
        "price.multiplier",
        placeholder="1.2",
        hint="The meter counts money; 1.2 charges it with 20% on top.",
    )


def _of_usage() -> rx.Component:
    """What every price of usage can have besides: free units, cadence, commitment, a percentage off."""
    return rx.flex(
        pair(
            number(
                "Included units",
                "free_units",
                CARD.free_units,
                "discounts.usage.quantity",
                placeholder="0",
                hint="The first units of every period cost nothing.",
                optional=True,
            ),
            how_often("Billed", "cadence", CARD.cadence, "billingCadence"),
        ),
        rx.el.details(
            rx.el.summary("Least and most to pay, percentage off"),
            rx.grid(
                number("At least", "minimum", CARD.minimum, "price.minimumAmount", optional=True),
                number("At most", "maximum", CARD.maximum, "price.maximumAmount", optional=True),
                number("Percent off", "percent", CARD.percent, "discounts.percentage.percentage", optional=True),
                columns=rx.breakpoints(initial="1", sm="3"),
                gap="16px",
                padding_top="12px",
            ),
            class_name="ml-details",
            open=(CARD.minimum != "") | (CARD.maximum != "") | (CARD.percent != ""),
        ),
        rx.cond(problem_of("discounts.usage") != "", rx.text(problem_of("discounts.usage"), size="1"), rx.fragment()),
        direction="column",
        gap="18px",
    )
