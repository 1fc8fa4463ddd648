"""Prices and allowances read as a buyer would say them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from backend.catalog.models import RateCardKind
from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate
from backend.catalog.terms import RateCardTerms
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Dynamic,
    Flat,
    Graduated,
    Package,
    PaymentTerm,
    PercentageDiscount,
    Price,
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import MONTH, Duration
from portal import price_words

TIERS = (
    Tier(Decimal(1000), unit=Decimal("0.3")),
    Tier(Decimal(5000), unit=Decimal("0.2")),
    Tier(None, flat=Decimal(9)),
)
CHEAP = Tier(None, unit=Decimal("0.005"))
CARD = RateCardTerms("tokens", "Tokens", RateCardKind.USAGE_BASED, billing_cadence=MONTH)


@pytest.mark.parametrize(
    ("price", "said"),
    [
        (Flat(Decimal(99)), "$99.00 every month, in advance"),
        (Flat(Decimal("49.5"), PaymentTerm.IN_ARREARS), "$49.50 every month, in arrears"),
        (Unit(Decimal("0.3")), "$0.30 each"),
        (Unit(Decimal("0.0004")), "$0.40 per 1,000"),
        (Unit(Decimal("0.000002")), "$2.00 per 1,000,000"),
        (Graduated(TIERS), "first 1,000 at $0.30 each, up to 5,000 at $0.20 each, then $9.00 in all"),
        (
            Volume(TIERS),
            "all units by volume: up to 1,000 at $0.30 each, up to 5,000 at $0.20 each, above $9.00 in all",
        ),
        (Package(Decimal(5), Decimal(100)), "$5.00 for every 100 begun"),
        (Dynamic(Decimal("1.2")), "the metered cost plus 20%"),
        (Dynamic(Decimal(1)), "the metered cost"),
        (
            Volume((Tier(Decimal(10), Decimal(30), Decimal(0)), Tier(Decimal(90), unit=Decimal("0.01")), CHEAP)),
            "all units by volume: up to 10 at $30.00 in all, up to 90 at $10.00 per 1,000, above $5.00 per 1,000",
        ),
        (None, ""),
    ],
)
def test_every_price_model_in_words(price: Price | None, said: str) -> None:
    assert price_words.price(replace(CARD, price=price), "USD") == said


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (UnitConfig(Operation.DIVIDE, Decimal(1000)), "$0.30 each (1 unit is 1,000 used)"),
        (
            UnitConfig(Operation.DIVIDE, Decimal(1000), Rounding.CEILING, display_unit="KB"),
            "$0.30 per KB (1 KB is 1,000 used, rounded up)",
        ),
        (UnitConfig(Operation.MULTIPLY, Decimal("1.2")), "$0.30 each (usage is multiplied by 1.2)"),
    ],
)
def test_a_unit_conversion_is_part_of_the_price(config: UnitConfig, said: str) -> None:
    card = replace(CARD, price=Unit(Decimal("0.3")), unit_config=config)
    assert price_words.price(card, "USD") == said


def test_a_fee_without_cadence_is_charged_once() -> None:
    once = replace(CARD, price=Flat(Decimal(1500)), billing_cadence=None)
    assert price_words.price(once, "EUR") == "€1,500.00 once"


def test_free_units_percentage_and_commitments_are_said() -> None:
    card = replace(
        CARD,
        price=Unit(Decimal("0.000002")),
        discounts=Discounts(PercentageDiscount(Decimal(10)), UsageDiscount(Decimal(1_000_000))),
        commitment=Commitment(Decimal(20), Decimal(500)),
    )
    assert price_words.price(card, "USD") == (
        "first 1,000,000 included, then $2.00 per 1,000,000, less 10%, at least $20.00, at most $500.00 per month"
    )


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (None, ""),
        (BooleanTemplate(), "included"),
        (MeteredTemplate(Decimal(5_000_000)), "up to 5,000,000 every month, then it stops"),
        (
            MeteredTemplate(Decimal(100), is_soft_limit=True, usage_period=Duration(days=1)),
            "up to 100 every day, more is possible",
        ),
    ],
)
def test_allowances_say_what_happens_at_the_limit(template: EntitlementTemplate | None, said: str) -> None:
    assert price_words.allowance(template, MONTH) == said


@pytest.mark.parametrize(
    ("duration", "said"), [("P1M", "month"), ("P12M", "year"), ("P3M", "quarter"), ("P2W", "2 weeks"), ("P1D", "day")]
)
def test_periods_have_the_names_people_use(duration: str, said: str) -> None:
    assert price_words.period_name(Duration.parse(duration)) == said
