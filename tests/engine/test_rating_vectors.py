"""Rating gives the rows and totals that OpenMeter's own tests expect."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from backend.engine.commitment import at_most
from backend.engine.convert import convert, to_billed_units
from backend.engine.discount import less_usage
from backend.engine.invoice.totals import Totals
from backend.engine.pipeline import rate_line
from backend.engine.rate.graduated import rate_graduated, tier_ranges
from backend.engine.rate.lines import AmountDiscount, Credit, DetailedLine, LineToRate
from backend.engine.rate.package import packages_for
from backend.engine.rate.prices import Graduated, Portion
from backend.errors import Invalid
from tests.engine import prices
from tests.engine.vectors import Case, cases, period

DAY = period({"from": "2021-01-01T00:00:00Z", "to": "2021-01-02T00:00:00Z"})


def line_of(given: Case) -> LineToRate:
    commitment = prices.commitment(given["price"])
    if "ignore_minimum_commitment" in given["options"]:
        commitment = replace(commitment, minimum=None)
    return LineToRate(
        name=given["lineName"],
        currency=given["currency"],
        price=prices.price(given["price"]),
        period=period(given["servicePeriod"]),
        full_period=period(given["fullServicePeriod"]),
        quantity=Decimal(given["meteredQuantity"]),
        before=Decimal(given["meteredPreLinePeriodQuantity"]),
        previously_billed=Decimal(given["previouslyBilledAmount"]),
        unit_config=prices.unit_config(given["unitConfig"]),
        can_convert=given["unitConfig"] is None or given["unitConfigEnabled"],
        discounts=prices.discounts(given["discounts"]),
        commitment=commitment,
        credits=tuple(Credit(Decimal(credit["amount"]), credit["description"]) for credit in given["creditsApplied"]),
    )


def totals_of(totals: Totals) -> Case:
    return {
        "amount": totals.amount,
        "chargesTotal": totals.charges_total,
        "discountsTotal": totals.discounts_total,
        "creditsTotal": totals.credits_total,
        "total": totals.total,
    }


def discount_of(discount: AmountDiscount) -> Case:
    return {
        "amount": discount.amount,
        "reason": discount.reason,
        "childUniqueReferenceId": discount.reference,
        "description": discount.description,
    }


def row_of(row: DetailedLine) -> Case:
    return {
        "name": row.name,
        "childUniqueReferenceId": row.reference,
        "quantity": row.quantity,
        "perUnitAmount": row.per_unit_amount,
        "paymentTerm": row.payment_term,
        "category": row.category,
        "amountDiscounts": [discount_of(discount) for discount in row.discounts],
        "creditsApplied": [{"amount": credit.amount, "description": credit.description} for credit in row.credits],
        "totals": totals_of(row.totals),
        "period": row.period,
    }


def exact(wire: object) -> object:
    """The expectation with its decimal strings as decimals, so that 1 and 1.00 are equal."""
    numeric = {"quantity", "perUnitAmount", "amount", "chargesTotal", "discountsTotal", "creditsTotal", "total"}
    if isinstance(wire, list):
        return [exact(part) for part in wire]
    if not isinstance(wire, dict):
        return wire
    if set(wire) == {"from", "to"}:
        return period(wire)
    return {key: Decimal(value) if key in numeric else exact(value) for key, value in wire.items()}


@pytest.mark.parametrize(("given", "expected"), cases("rating", "standard_line"))
def test_a_line_is_rated(given: Case, expected: Case) -> None:
    line = line_of(given)
    if "error" in expected:
        with pytest.raises(Invalid) as refused:
            rate_line(line)
        assert [issue.code for issue in refused.value.issues] == [expected["error"]]
        return
    rated = rate_line(line)
    rows = [row_of(row) for row in rated.detailed_lines]
    wanted = exact(expected["detailedLines"])
    assert isinstance(wanted, list)
    assert [{key: row[key] for key in want} for row, want in zip(rows, wanted, strict=True)] == wanted
    assert totals_of(rated.totals) == exact(expected["totals"])


@pytest.mark.parametrize(("given", "expected"), cases("rating", "graduated_total"))
def test_graduated_tiers_add_up(given: Case, expected: Case) -> None:
    assert graduated_total(prices.price(given["price"]), Decimal(given["quantity"])) == Decimal(
        expected["totals"]["amount"]
    )


@pytest.mark.parametrize(("given", "expected"), cases("rating", "graduated_ranges"))
def test_usage_is_cut_along_the_tiers(given: Case, expected: Case) -> None:
    price = prices.price(given["price"])
    before, until = Decimal(given["fromQuantityExclusive"]), Decimal(given["toQuantityInclusive"])
    ranges = tier_ranges(price.tiers, before, until)
    assert [(part.number, part.quantity, part.entered) for part in ranges] == [
        (want["tier"], Decimal(want["quantity"]), want["atTierStart"]) for want in expected["ranges"]
    ]
    assert graduated_total(price, until) == Decimal(expected["finalTotalAmount"])
    marks = [before, *(before + sum(part.quantity for part in ranges[:count]) for count in range(1, len(ranges) + 1))]
    for (start, _), want in zip(pairwise(marks), expected["ranges"], strict=True):
        assert graduated_total(price, start) == Decimal(want["previousTotalAmount"])


@pytest.mark.parametrize(("given", "expected"), cases("rating", "package_count"))
def test_a_package_opens_with_its_first_unit(given: Case, expected: Case) -> None:
    assert packages_for(Decimal(given["quantity"]), Decimal(given["quantityPerPackage"])) == Decimal(
        expected["packages"]
    )


@pytest.mark.parametrize(("given", "expected"), cases("rating", "max_spend_overage"))
def test_maximum_spend_discounts_the_excess(given: Case, expected: Case) -> None:
    quantity, amount = Decimal(given["quantity"]), Decimal(given["perUnitAmount"])
    row = DetailedLine("line", "usage", given["currency"], DAY, quantity, amount)
    [limited] = at_most(Decimal(given["maximumAmount"]), Decimal(given["billedAmountBeforeLine"]), [row])
    assert [discount_of(discount) for discount in limited.discounts] == exact(expected["amountDiscounts"])


@pytest.mark.parametrize(("given", "expected"), cases("rating", "unit_config_apply"))
def test_usage_is_converted_to_billed_units(given: Case, expected: Case) -> None:
    config, quantity = prices.unit_config(given["unitConfig"]), Decimal(given["quantity"])
    assert config is not None
    assert to_billed_units(config, quantity) == Decimal(expected["invoiced"])
    if "converted" in expected:
        assert convert(config, quantity) == Decimal(expected["converted"])


@pytest.mark.parametrize(("given", "expected"), cases("rating", "unit_config_usage"))
def test_usage_before_the_line_is_converted_on_its_own(given: Case, expected: Case) -> None:
    config = prices.unit_config(given["unitConfig"])
    assert to_billed_units(config, Decimal(given["meteredQuantity"])) == Decimal(expected["quantity"])
    before = to_billed_units(config, Decimal(given["meteredPreLinePeriodQuantity"]))
    assert before == Decimal(expected["preLinePeriodQuantity"])


@pytest.mark.parametrize(("given", "expected"), cases("rating", "usage_discount"))
def test_free_units_are_used_up_in_order(given: Case, expected: Case) -> None:
    discount = prices.discounts(given["discounts"]).usage
    metered, before = Decimal(given["meteredQuantity"]), Decimal(given["meteredPreLinePeriodQuantity"])
    left, left_before, taken = less_usage(discount, metered, before)
    assert (left, left_before) == (Decimal(expected["quantity"]), Decimal(expected["preLinePeriodQuantity"]))
    found = [] if taken is None else [(taken.quantity, taken.before)]
    assert found == [
        (Decimal(want["quantity"]), Decimal(want.get("preLinePeriodQuantity", "0")))
        for want in expected["usageDiscounts"]
    ]


def graduated_total(price: Graduated, quantity: Decimal) -> Decimal:
    charges = rate_graduated(price, Portion("USD", quantity))
    return sum((charge.quantity * charge.per_unit_amount for charge in charges), Decimal(0))
