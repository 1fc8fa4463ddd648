"""What an invoice would come to, over HTTP and with the official SDK: rated as a real one, with nothing saved."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import httpx
import pytest
from openmeter import Client
from openmeter.models import (
    InvoiceSimulationInput,
    InvoiceSimulationLine,
    InvoiceUsageBasedRateCard,
    Period,
    UnitPriceWithCommitments,
)

from tests.api.test_pending_lines import a_customer
from tests.api.test_plans import feature
from tests.contract import Contract

__all__ = ["feature"]

PATH = "/api/v1/billing/customers/{customerId}/invoices/simulate"
PERIOD = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
UNIT = {"type": "unit", "amount": "0.10", "minimumAmount": "150"}


def line(price: dict[str, Any], quantity: str = "1", **changes: Any) -> dict[str, Any]:
    """A line of January."""
    rate_card = {"price": price} | changes.pop("rateCard", {})
    body = {"name": "Tokens", "period": PERIOD, "invoiceAt": PERIOD["to"], "quantity": quantity}
    return body | {"rateCard": rate_card} | changes


def simulate(api: httpx.Client, *lines: dict[str, Any], customer: str | None = None, **more: Any) -> httpx.Response:
    address = PATH.format(customerId=customer or a_customer(api))
    return api.post(address, json={"currency": "USD", "lines": list(lines)} | more)


def codes(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 400, answer.text
    return [issue["code"] for issue in answer.json()["extensions"]["validationErrors"]]


def test_a_simulated_invoice_is_rated_like_a_real_one(api: httpx.Client, contract: Contract) -> None:
    discounted = line(UNIT, "1234.5", rateCard={"discounts": {"percentage": {"percentage": 10}}})
    fee = line({"type": "flat", "amount": "20"}, name="Fee")
    answer = simulate(api, discounted, fee, number="TRY-1")
    invoice = contract(answer, "POST", PATH)
    assert answer.status_code == 200
    assert (invoice["number"], invoice["totals"]["total"], invoice["status"]) == ("TRY-1", "170", "draft")
    tokens, platform = invoice["lines"]
    assert [(row["category"], row["totals"]["total"]) for row in tokens["children"]] == [
        ("regular", "111.1"),
        ("commitment", "38.9"),
    ]
    assert (tokens["quantity"], tokens["meteredQuantity"]) == ("1234.5", "1234.5")
    assert platform["totals"]["amount"] == "20"
    assert invoice["period"] == PERIOD


def test_nothing_is_saved(api: httpx.Client) -> None:
    assert simulate(api, line(UNIT, "5")).status_code == 200
    assert api.get("/api/v1/billing/invoices").json()["totalCount"] == 0


def test_the_sdk_simulates(sdk: Client, api: httpx.Client) -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    wanted = InvoiceSimulationLine(
        name="Tokens",
        period=Period(from_property=start, to=end),
        invoice_at=end,
        quantity="12",
        rate_card=InvoiceUsageBasedRateCard(price=UnitPriceWithCommitments(type="unit", amount="0.25")),
    )
    body = InvoiceSimulationInput(currency="USD", lines=[wanted])
    simulated = sdk.customer_invoice.simulate_invoice(a_customer(api), body)
    assert Decimal(simulated.totals.total) == 3


def test_usage_of_earlier_parts_counts_for_tiers_packages_and_free_units(api: httpx.Client) -> None:
    tiers = [
        {"upToAmount": "5", "flatPrice": {"type": "flat", "amount": "100"}, "unitPrice": None},
        {"upToAmount": None, "flatPrice": {"type": "flat", "amount": "50"}, "unitPrice": None},
    ]
    graduated = line({"type": "tiered", "mode": "graduated", "tiers": tiers}, "4", preLinePeriodQuantity="3")
    package = line({"type": "package", "amount": "15", "quantityPerPackage": "10"}, "5", preLinePeriodQuantity="17")
    free = {"discounts": {"usage": {"quantity": "110"}}}
    left = line({"type": "unit", "amount": "1"}, "75", preLinePeriodQuantity="50", rateCard=free)
    invoice = simulate(api, graduated, package, left).json()
    assert [found["totals"]["total"] for found in invoice["lines"]] == ["50", "15", "15"]
    [taken] = invoice["lines"][2]["discounts"]["usage"]
    assert (taken["quantity"], taken["preLinePeriodQuantity"]) == ("60", "50")
    shown = invoice["lines"][2]
    assert (shown["preLinePeriodQuantity"], shown["meteredPreLinePeriodQuantity"]) == ("0", "50")


@pytest.mark.parametrize("mode", ["graduated", "volume"])
def test_tiers_may_be_written_in_any_order(api: httpx.Client, mode: str) -> None:
    tiers = [
        {"upToAmount": limit, "flatPrice": None, "unitPrice": {"type": "unit", "amount": amount}}
        for limit, amount in (("10", "3"), ("100", "2"), (None, "1"))
    ]
    customer = a_customer(api)

    def rows(ordered: list[dict[str, Any]]) -> list[tuple[str, str]]:
        price = {"type": "tiered", "mode": mode, "tiers": ordered}
        [found] = simulate(api, line(price, "150"), customer=customer).json()["lines"]
        return [(row["name"], row["totals"]["total"]) for row in found["children"]]

    written = {tuple(rows(list(order))) for order in permutations(tiers)}
    assert len(written) == 1


def test_given_ids_come_back(api: httpx.Client) -> None:
    line_id, discount_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAW"
    discounts = {"discounts": {"percentage": {"percentage": 50, "correlationId": discount_id}}}
    invoice = simulate(api, line({"type": "unit", "amount": "1"}, "10", id=line_id, rateCard=discounts)).json()
    [found] = invoice["lines"]
    [taken] = found["children"][0]["discounts"]["amount"]
    assert (found["id"], taken["reason"]["correlationId"], taken["amount"]) == (line_id, discount_id, "5")


def test_the_currency_rounds(api: httpx.Client) -> None:
    invoice = simulate(api, line({"type": "unit", "amount": "0.5"}, "3"), currency="JPY").json()
    assert invoice["totals"]["total"] == "2"


@pytest.mark.parametrize("price", [{"type": "unit", "amount": "9" * 38}, {"type": "dynamic", "multiplier": "9" * 38}])
def test_what_comes_out_may_have_more_digits_than_what_goes_in(api: httpx.Client, price: dict[str, Any]) -> None:
    answer = simulate(api, line(price, "9" * 38))
    assert answer.status_code == 200, answer.text
    assert answer.json()["totals"]["total"] == str(int("9" * 38) ** 2)


def test_every_issue_is_told_at_once(api: httpx.Client) -> None:
    same = {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    answer = simulate(
        api,
        line({"type": "unit", "amount": "-1"}, "-5", preLinePeriodQuantity="-1", **same),
        line({"type": "unit", "amount": "1"}, **same, rateCard={"featureKey": "nothing"}),
        line({"type": "package", "amount": "1", "quantityPerPackage": "0"}),
    )
    assert codes(answer) == [
        "price_amount_negative",
        "quantity_negative",
        "quantity_negative",
        "line_id_duplicated",
        "line_id_duplicated",
        "rate_card_feature_not_found",
        "price_package_size_invalid",
    ]


def test_a_volume_price_has_no_earlier_parts(api: httpx.Client) -> None:
    tiers = [{"upToAmount": None, "flatPrice": None, "unitPrice": {"type": "unit", "amount": "1"}}]
    answer = simulate(api, line({"type": "tiered", "mode": "volume", "tiers": tiers}, preLinePeriodQuantity="1"))
    assert codes(answer) == ["invoice_progressive_billing_not_supported"]
    [issue] = answer.json()["extensions"]["validationErrors"]
    assert issue["field"] == "lines[0].preLinePeriodQuantity"


def test_an_unknown_currency_is_told_with_what_else_is_wrong(api: httpx.Client) -> None:
    answer = simulate(api, line(UNIT, "-5"), currency="XXQ")
    assert codes(answer) == ["currency_invalid", "quantity_negative"]


@pytest.mark.parametrize(
    "changes",
    [{"quantity": "NaN"}, {"quantity": "1e999"}, {"quantity": True}, {"id": "x"}, {"surprise": 1}, {"rateCard": None}],
)
def test_what_cannot_be_read_is_refused(api: httpx.Client, changes: dict[str, Any]) -> None:
    assert simulate(api, line(UNIT) | changes).status_code == 400


def test_only_for_customers_that_there_are(api: httpx.Client) -> None:
    assert simulate(api, line(UNIT), customer="01ARZ3NDEKTSV4RRFFQ69G5FAV").status_code == 404
    customer = a_customer(api)
    api.delete(f"/api/v1/customers/{customer}")
    assert simulate(api, line(UNIT), customer=customer).status_code == 412
    assert simulate(api, line(UNIT), currency="XXQ", customer=customer).status_code == 400


def test_a_feature_may_be_named(api: httpx.Client, feature: str) -> None:
    invoice = simulate(api, line({"type": "unit", "amount": "1"}, "2", rateCard={"featureKey": feature})).json()
    assert (invoice["lines"][0]["featureKey"], invoice["totals"]["total"]) == (feature, "2")
