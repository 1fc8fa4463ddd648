"""Lines that a person adds, over HTTP, with the official SDK and against the published contract."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from openmeter import Client
from openmeter.models import (
    FlatPriceWithPaymentTerm,
    InvoicePendingLineCreate,
    InvoicePendingLineCreateInput,
    InvoiceUsageBasedRateCard,
    Period,
)

from backend import clockwork
from tests.conftest import Work
from tests.contract import Contract
from tests.services.company import SUPPORT_IN_ARREARS, sell, use_tokens

PATH = "/api/v1/billing/customers/{customerId}/invoices/pending-lines"
INVOICES = "/api/v1/billing/invoices"
NOW = datetime.now(UTC).replace(microsecond=0)


def line(price: dict[str, Any], **changes: Any) -> dict[str, Any]:
    period = {"from": (NOW - timedelta(days=2)).isoformat(), "to": (NOW - timedelta(days=1)).isoformat()}
    return {"name": "Setup", "period": period, "invoiceAt": NOW.isoformat(), "rateCard": {"price": price}} | changes


def add(api: httpx.Client, customer_id: str, *lines: dict[str, Any]) -> httpx.Response:
    return api.post(PATH.format(customerId=customer_id), json={"currency": "USD", "lines": list(lines)})


def a_customer(api: httpx.Client) -> str:
    body = {"name": "Acme", "key": "acme"}
    return str(api.post("/api/v1/customers", json=body).json()["id"])


def test_a_fee_waits_and_is_then_invoiced_with_the_rest(api: httpx.Client, sdk: Client, contract: Contract) -> None:
    customer = a_customer(api)
    added = contract(add(api, customer, line({"type": "flat", "amount": "99.90"})), "POST", PATH)
    assert added["isInvoiceNew"] is True
    assert added["lines"][0]["managedBy"] == "manual"
    assert added["invoice"]["statusDetails"]["availableActions"] == {"invoice": {}}
    assert added["invoice"]["totals"]["total"] == "99.9"
    again = contract(add(api, customer, line({"type": "flat", "amount": "0.10"}, name="More")), "POST", PATH)
    assert again["isInvoiceNew"] is False
    chosen = {"lineIds": [again["lines"][0]["id"]]}
    [first] = sdk.invoices.invoice_pending_lines_action({"customerId": customer, "filters": chosen})
    assert (first.status, first.totals.total) == ("paid", "0.1")
    clockwork.run_due("default")
    paid = api.get(INVOICES, params={"statuses": "paid"}).json()["items"]
    assert sorted(item["totals"]["total"] for item in paid) == ["0.1", "99.9"]


def test_the_sdk_adds_a_line(api: httpx.Client, sdk: Client) -> None:
    card = InvoiceUsageBasedRateCard(price=FlatPriceWithPaymentTerm(type="flat", amount="5"))
    period = Period(from_property=NOW - timedelta(days=1), to=NOW)
    wanted = InvoicePendingLineCreate(name="Fee", period=period, invoice_at=NOW, rate_card=card)
    body = InvoicePendingLineCreateInput(currency="EUR", lines=[wanted])
    answer = sdk.customer_invoice.create_pending_invoice_line(a_customer(api), body)
    assert answer.is_invoice_new
    assert answer.invoice.currency == "EUR"


def test_usage_beside_the_subscription_is_metered(api: httpx.Client, work: Work, contract: Contract) -> None:
    sold = sell(work, at=NOW - timedelta(days=3), cards=(SUPPORT_IN_ARREARS,))
    use_tokens(work, 70, NOW - timedelta(hours=30))
    card = {"featureKey": "tokens", "price": {"type": "unit", "amount": "0.5"}}
    added = contract(add(api, sold.customer_id, line({}, rateCard=card)), "POST", PATH)
    assert (added["lines"][0]["meteredQuantity"], added["lines"][0]["totals"]["total"]) == ("70", "35")


def test_what_cannot_be_billed_is_refused_with_its_place(api: httpx.Client, contract: Contract) -> None:
    customer = a_customer(api)
    for wrong, field, code in [
        (line({"type": "unit", "amount": "1"}), "lines[0].rateCard.featureKey", "usage_price_without_meter"),
        (line({"type": "flat", "amount": "-1"}), "lines[0].rateCard.price.amount", "price_amount_negative"),
        (line({}, rateCard={"price": None}), "lines[0].rateCard.price", "price_required"),
    ]:
        problem = contract(add(api, customer, wrong), "POST", PATH)
        assert problem["status"] == 400
        assert problem["extensions"]["validationErrors"][0] | {"message": ""} == {
            "field": field,
            "code": code,
            "message": "",
        }
    assert api.get(INVOICES).json()["totalCount"] == 0


def test_a_line_that_is_not_due_cannot_be_invoiced(api: httpx.Client) -> None:
    customer = a_customer(api)
    later = line({"type": "flat", "amount": "1"}, invoiceAt=(NOW + timedelta(days=1)).isoformat())
    added = add(api, customer, later).json()
    body = {"customerId": customer, "filters": {"lineIds": [added["lines"][0]["id"]]}}
    refused = api.post(f"{INVOICES}/invoice", json=body)
    assert refused.status_code == 400
    assert refused.json()["extensions"]["validationErrors"][0]["code"] == "invoice_lines_not_billable"


def test_a_line_is_due_within_a_lifetime(api: httpx.Client, work: Work) -> None:
    """At the end of the calendar nobody could wait for its usage, and nothing else of the customer could be billed."""
    sold = sell(work, at=NOW - timedelta(days=3))
    card = {"featureKey": "tokens", "price": {"type": "unit", "amount": "0.5"}}
    refused = add(api, sold.customer_id, line({}, rateCard=card, invoiceAt="9999-12-31T23:59:59Z"))
    assert refused.status_code == 400
    [issue] = refused.json()["extensions"]["validationErrors"]
    assert (issue["field"], issue["code"]) == ("lines[0].invoiceAt", "invoice_at_too_far_ahead")
    clockwork.run_due("default")
    assert api.post(f"{INVOICES}/invoice", json={"customerId": sold.customer_id}).status_code == 201


def test_lines_added_at_once_are_all_gathered(api: httpx.Client) -> None:
    customer = a_customer(api)
    fee = line({"type": "flat", "amount": "1.25"})
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda _: add(api, customer, fee), range(8)))
    assert [answer.status_code for answer in answers] == [201] * 8
    assert sum(answer.json()["isInvoiceNew"] for answer in answers) == 1
    [gathering] = api.get(INVOICES, params={"customers": customer}).json()["items"]
    assert (gathering["status"], gathering["totals"]["total"]) == ("gathering", "10")


def test_too_many_lines_at_once_are_refused_and_none_is_added(api: httpx.Client, contract: Contract) -> None:
    fee = line({"type": "flat", "amount": "1"})
    answer = add(api, a_customer(api), *[fee] * 1001)
    assert contract(answer, "POST", PATH)["status"] == 400
    assert answer.json()["extensions"]["validationErrors"][0]["field"] == "lines"
    assert api.get(INVOICES).json()["totalCount"] == 0


def test_a_request_that_is_too_large_is_not_read(api: httpx.Client) -> None:
    answer = api.post(PATH.format(customerId="acme"), content=b'{"lines": [' + b" " * 17_000_000 + b"]}")
    assert answer.status_code == 413
