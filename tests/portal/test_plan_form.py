"""The plan builder's form says exactly what a plan says, loses nothing, and names what it cannot read."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from backend.catalog.models import Plan, RateCardKind
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.templates import BooleanTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import PhaseTerms, PlanTerms, RateCardTerms
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
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import MONTH, YEAR, Duration
from backend.engine.subscribe.status import PlanStatus
from portal.pages.plans.builder.form import PhaseForm, PlanForm, form_of
from portal.pages.plans.builder.reading import read_form
from portal.rate_cards.form import CardForm
from portal.rate_cards.preview import Preview, preview_of
from portal.rate_cards.reading import NOT_A_NUMBER
from portal.rate_cards.worked import work_out

USAGE, FEE = RateCardKind.USAGE_BASED, RateCardKind.FLAT_FEE
TIERS = (Tier(Decimal(1000), unit=Decimal("0.3")), Tier(None, flat=Decimal(10), unit=Decimal("0.1")))
CARDS = (
    RateCardTerms(
        "fee", "Fee", FEE, Flat(Decimal(99), PaymentTerm.IN_ARREARS), MONTH, tax_config={"behavior": "inclusive"}
    ),
    RateCardTerms("setup", "Setup", FEE, Flat(Decimal("0.005"))),
    RateCardTerms(
        "tokens",
        "Tokens",
        USAGE,
        Unit(Decimal("0.0000025")),
        MONTH,
        commitment=Commitment(Decimal(5), Decimal(500)),
        discounts=Discounts(PercentageDiscount(Decimal("12.5")), UsageDiscount(Decimal(1_000_000))),
        feature_key="tokens",
        entitlement=MeteredTemplate(
            Decimal(5), 3, is_soft_limit=True, usage_period=Duration(days=1), labels={"a": "b"}
        ),
        labels={"team": "core"},
        description="Only known to the API",
    ),
    RateCardTerms(
        "a",
        "A",
        USAGE,
        Graduated(TIERS),
        YEAR,
        unit_config=UnitConfig(Operation.DIVIDE, Decimal(1024), Rounding.CEILING, 2, "KB"),
        feature_key="a",
        entitlement=BooleanTemplate(),
        tax_config={"behavior": "exclusive", "stripe": {"code": "txcd_10103001"}},
    ),
    RateCardTerms("b", "B", USAGE, Volume(TIERS), MONTH, feature_key="b", entitlement=StaticTemplate('{"x": 1}')),
    RateCardTerms("c", "C", USAGE, Package(Decimal(5), Decimal(100)), MONTH, feature_key="c"),
    RateCardTerms("d", "D", USAGE, Dynamic(Decimal("1.2")), MONTH, feature_key="d"),
    RateCardTerms("e", "E", USAGE, None, MONTH, feature_key="e", entitlement=BooleanTemplate()),
)
TERMS = PlanTerms(
    "Growth",
    MONTH,
    (
        PhaseTerms("trial", "Trial", CARDS[-1:], Duration(days=14), labels={"kept": "yes"}),
        PhaseTerms("odd", "Odd", CARDS[:1], Duration(months=1, days=15)),
        PhaseTerms("default", "Default", CARDS),
    ),
    pro_rating_enabled=False,
    description="For growth.",
    labels={"kept": "too"},
)


def stored(terms: PlanTerms) -> PlanVersion:
    row = Plan(key="growth", version=2, currency="USD", name=terms.name, billing_cadence=str(terms.billing_cadence))
    row.updated_at = datetime(2026, 1, 1, tzinfo=UTC)
    return PlanVersion(row, terms, PlanStatus.DRAFT)


def card_problems(**fields: Any) -> dict[str, str]:
    card = CardForm(**({"name": "Tokens", "key": "tokens", "amount": "1"} | fields))
    found = read_form(PlanForm(name="P", key="p", phases=(PhaseForm(cards=(card,)),))).problems
    return {place.removeprefix("phases[0].rateCards[0]."): problem for place, problem in found.items()}


def test_a_plan_survives_the_form_unchanged() -> None:
    reading = read_form(form_of(stored(TERMS)), TERMS)
    assert reading.problems == {}
    assert reading.wanted.terms == TERMS


def test_what_the_form_does_not_show_stays_when_a_price_changes() -> None:
    form = form_of(stored(TERMS))
    cards = tuple(replace(card, amount="3") if card.key == "tokens" else card for card in form.phases[2].cards)
    changed = replace(form, phases=(*form.phases[:2], replace(form.phases[2], cards=cards)))
    card = read_form(changed, TERMS).wanted.terms.phases[2].rate_cards[2]
    assert card == replace(CARDS[2], price=Unit(Decimal("0.000003")))


@pytest.mark.parametrize(
    ("amount", "per", "price"), [("2", "1000000", "0.000002"), ("1,500.5", "1", "1500.5"), ("0.4", "1000", "0.0004")]
)
def test_a_unit_price_is_said_for_many_units_and_kept_for_one(amount: str, per: str, price: str) -> None:
    card = CardForm(name="T", key="t", amount=amount, per=per)
    reading = read_form(PlanForm(name="P", key="p", phases=(PhaseForm(cards=(card,)),)))
    assert reading.wanted.terms.phases[0].rate_cards[0].price == Unit(Decimal(price))


@pytest.mark.parametrize("text", ["", "abc", "1e3x", "NaN", "Infinity", "1e30", "1e-30"])
def test_an_amount_that_is_no_number_is_named_at_its_field(text: str) -> None:
    assert list(card_problems(amount=text)) == ["price.amount"]


def test_problems_stand_at_the_places_of_the_catalogs_own_issues() -> None:
    assert card_problems(key="", free_units="x", cadence="") == {
        "featureKey": "Choose a feature.",
        "billingCadence": "Usage is billed again and again: choose how often.",
        "discounts.usage.quantity": NOT_A_NUMBER,
    }
    assert set(card_problems(is_fee=True, key="Not a key")) == {"key"}
    assert set(read_form(PlanForm(key="Growth Plan")).problems) == {"name", "key"}


def test_the_example_adds_up_like_the_invoice() -> None:
    phase = PhaseTerms(
        "default", "Default", (CARDS[0], replace(CARDS[2], commitment=Commitment(), discounts=Discounts()))
    )
    example = work_out("USD", phase.rate_cards, MONTH, {"tokens": Decimal(3_000_000)})
    assert [(row.what, row.formula, row.amount) for row in example.rows] == [
        ("Fee", "", "$99.00"),
        ("Tokens: usage in period", "3,000,000 \N{MULTIPLICATION SIGN} $2.50 per 1,000,000", "$7.50"),
    ]
    assert example.total == "$106.50"


def test_an_unreadable_number_of_units_is_told_beside_the_chart() -> None:
    wanted = read_form(form_of(stored(TERMS))).wanted
    cards = wanted.terms.phases[2].rate_cards
    shown, _, _ = preview_of("USD", cards, MONTH, Preview(key="tokens", units="many", is_own=True))
    assert (shown.problem, shown.units) == ("Write a number of units.", "many")
