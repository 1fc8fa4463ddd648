"""What a price can have besides its amounts: unit conversion, commitments, a percentage off, and its tax."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.rate_cards.parts import choice, number, problem_of, text

CONVERSIONS = [("", "As it is metered"), ("divide", "Divided by"), ("multiply", "Multiplied by")]
ROUNDINGS = [
    ("none", "Not rounded"),
    ("ceiling", "Rounded up"),
    ("floor", "Rounded down"),
    ("half_up", "To the nearest"),
]
TAX = [
    ("", "As the billing profile says"),
    ("exclusive", "Tax is added to the price"),
    ("inclusive", "The price includes the tax"),
]


def more_terms(state: Any) -> rx.Component:
    """Parts that open by themselves when something stands in them."""
    card = state.edited
    is_flat = card.model == "flat"
    bounds = rx.cond(
        is_flat,
        rx.fragment(),
        ui.pair(
            number(
                state, "At least", "minimum", "price.minimumAmount", optional=True, hint="Charged even without usage."
            ),
            number(
                state, "At most", "maximum", "price.maximumAmount", optional=True, hint="Usage beyond it costs nothing."
            ),
        ),
    )
    percent = ui.pair(
        number(
            state,
            "Percent off",
            "percent",
            "discounts.percentage.percentage",
            optional=True,
            hint="Before the least and the most are applied.",
        )
    )
    taxed = ui.pair(
        choice(state, "Tax", "tax", TAX),
        text(
            state,
            "Tax code of Stripe",
            "tax_code",
            "taxConfig.stripe.code",
            placeholder="txcd_10103001",
            optional=True,
        ),
    )
    can_convert = (card.model == "unit") | (card.model == "graduated") | (card.model == "volume")
    return rx.flex(
        rx.cond(can_convert, _part("Unit conversion", card.convert != "", *_conversion(state)), rx.fragment()),
        _part(
            rx.cond(is_flat, "Discount", "Least and most to pay, discount"),
            (card.minimum != "") | (card.maximum != "") | (card.percent != ""),
            bounds,
            percent,
        ),
        _part("Tax", (card.tax != "") | (card.tax_code != ""), taxed),
        direction="column",
        gap="12px",
    )


def _conversion(state: Any) -> tuple[rx.Component, ...]:
    converts = state.edited.convert != ""
    wrong = problem_of(state, "unitConfig")
    return (
        ui.pair(
            choice(
                state,
                "Usage is billed",
                "convert",
                CONVERSIONS,
                hint="Such as bytes divided into gigabytes. Prices and tiers count what comes out.",
                problem=wrong,
            ),
            rx.cond(
                converts,
                number(state, "Factor", "factor", "unitConfig.conversionFactor", placeholder="1000000000"),
                rx.fragment(),
            ),
        ),
        rx.cond(
            converts,
            ui.pair(
                choice(state, "Rounding", "rounding", ROUNDINGS),
                rx.cond(
                    state.edited.rounding == "none",
                    rx.fragment(),
                    number(state, "Decimal places", "precision", "unitConfig.precision"),
                ),
                text(
                    state, "Unit on invoices", "display_unit", "unitConfig.displayUnit", placeholder="GB", optional=True
                ),
            ),
            rx.fragment(),
        ),
    )


def _part(title: Any, is_open: rx.Var, *fields: rx.Component) -> rx.Component:
    return rx.el.details(
        rx.el.summary(title),
        rx.flex(*fields, direction="column", gap="16px", padding_top="12px"),
        class_name="ml-details",
        open=is_open,
    )
