"""Rate cards of version 3 for any price: read as written, and worth the same as in version 1."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from backend.api.v1.wire.rate_cards import RateCardWire, rate_card_from_wire
from backend.api.v3.rate_cards import RateCardInput, rate_cards_from_wire, rate_cards_to_wire
from backend.api.wire import encode
from backend.catalog.card_rows import card_columns, card_terms
from backend.catalog.models import RateCard
from backend.catalog.service.preview import preview_price
from backend.catalog.terms import RateCardTerms

V1_CARD: TypeAdapter[Any] = TypeAdapter(RateCardWire)
FEATURE = "01J0000000000000000000000A"

amounts = st.decimals(0, 10**12, places=9).map(lambda amount: format(amount, "f").rstrip("0").rstrip("."))
factors = amounts.filter(lambda factor: Decimal(factor) > 0)
labels = st.dictionaries(st.sampled_from(["team", "env"]), st.sampled_from(["ai", "v1.2-beta_3"]), min_size=1)
quantities = st.decimals(0, 10**9, places=6)


def flat(amount: str) -> dict[str, str]:
    return {"type": "flat", "amount": amount}


def unit(amount: str) -> dict[str, str]:
    return {"type": "unit", "amount": amount}


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def tiers(draw: st.DrawFn) -> list[dict[str, Any]]:
    limits = draw(st.lists(amounts, unique_by=Decimal, max_size=4))
    bands: list[dict[str, Any]] = [{"up_to_amount": limit} for limit in limits] + [{}]
    for band in bands:
        band.update(draw(optional(flat_price=amounts.map(flat), unit_price=amounts.map(unit)).filter(bool)))
    return draw(st.permutations(bands))


@st.composite
def unit_configs(draw: st.DrawFn) -> dict[str, Any]:
    config: dict[str, Any] = {
        "operation": draw(st.sampled_from(["divide", "multiply"])),
        "conversion_factor": draw(factors),
    }
    if draw(st.booleans()):
        config |= {"rounding": draw(st.sampled_from(["ceiling", "floor", "half_up"]))}
        config |= {"precision": draw(st.integers(0, 9))}
    return config | draw(optional(display_unit=st.sampled_from(["GB", "M tokens"])))


usage_prices = st.one_of(
    amounts.map(unit),
    tiers().map(lambda bands: {"type": "graduated", "tiers": bands}),
    tiers().map(lambda bands: {"type": "volume", "tiers": bands}),
)
entitlements = st.one_of(
    st.just({"type": "boolean"}),
    st.fixed_dictionaries(
        {"type": st.just("static"), "config": st.dictionaries(st.text(), st.integers() | st.text() | st.none())}
    ),
    st.fixed_dictionaries(
        {"type": st.just("metered"), "is_soft_limit": st.booleans(), "usage_period": st.sampled_from(["P1D", "P1M"])},
        optional={"limit": st.integers(0, 10**15)},
    ),
)


@st.composite
def cards(draw: st.DrawFn) -> dict[str, Any]:
    """Any rate card, written without anything that version 3 would add."""
    card = {"key": "tokens", "name": draw(st.text(min_size=1, max_size=20)), "feature": {"id": FEATURE}}
    card |= draw(optional(description=st.text(max_size=20), labels=labels, entitlement=entitlements))
    kind = draw(st.sampled_from(["free", "flat", "usage"]))
    if kind == "free":
        return card | {"price": {"type": "free"}, "billing_cadence": "P1M"}
    discount: dict[str, Any] = {"percentage": st.integers(0, 100)}
    if kind == "flat":
        terms = {"price": flat(draw(amounts)), "payment_term": draw(st.sampled_from(["in_advance", "in_arrears"]))}
        return card | terms | draw(optional(billing_cadence=st.just("P1M"), discounts=st.fixed_dictionaries(discount)))
    bounds = draw(optional(minimum_amount=amounts, maximum_amount=amounts))
    discounts = draw(optional(**discount, usage=amounts))
    written = {"commitments": bounds, "discounts": discounts, "unit_config": draw(st.none() | unit_configs())}
    card |= {name: value for name, value in written.items() if value}
    return card | {"price": draw(usage_prices), "billing_cadence": "P1M"}


def taken(card: dict[str, Any]) -> RateCardTerms:
    """A rate card as it is kept."""
    [terms] = rate_cards_from_wire([RateCardInput.model_validate(card)])
    return kept(terms)


def kept(terms: RateCardTerms) -> RateCardTerms:
    return card_terms(RateCard(phase_id="", **card_columns(terms, 0, FEATURE)))


def shown(terms: RateCardTerms) -> dict[str, Any]:
    """A rate card as it leaves."""
    [written] = rate_cards_to_wire([terms])
    read: dict[str, Any] = json.loads(encode(written), parse_float=Decimal)
    return read


@given(cards())
def test_any_rate_card_is_read_as_it_was_written(card: dict[str, Any]) -> None:
    assert shown(taken(card)) == card


commitments = optional(minimumAmount=amounts, maximumAmount=amounts)
v1_prices = st.one_of(
    st.builds(lambda amount, size: {"type": "package", "amount": amount, "quantityPerPackage": size}, amounts, factors),
    st.builds(lambda multiplier: {"type": "dynamic", "multiplier": multiplier}, amounts),
    st.builds(unit, amounts),
)


@given(v1_prices, commitments, quantities)
def test_a_price_of_version_1_is_worth_as_much_as_version_3_reads_it(
    price: dict[str, Any], bounds: dict[str, Any], quantity: Decimal
) -> None:
    card = {"type": "usage_based", "key": "tokens", "name": "Tokens", "featureKey": "tokens", "billingCadence": "P1M"}
    written = kept(rate_card_from_wire(V1_CARD.validate_python(card | {"price": price | bounds})))
    read = taken(shown(written))
    in_v1, in_v3 = (preview_price("USD", terms, quantity).totals for terms in (written, read))
    assert in_v1.total == in_v3.total
