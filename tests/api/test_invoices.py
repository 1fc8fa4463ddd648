"""Invoices over HTTP, with the official SDK and against the published contract."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from openmeter import Client

from backend import clockwork
from backend.catalog.models import RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.engine.convert import Operation, UnitConfig
from backend.engine.rate.prices import Commitment, Discounts, PercentageDiscount, Unit, UsageDiscount
from backend.engine.recurrence import MONTH
from tests.conftest import Work
from tests.contract import Contract
from tests.services.company import PLATFORM_IN_ADVANCE, TOKENS, Sold, sell, use_tokens

INVOICES = "/api/v1/billing/invoices"
INVOICE = f"{INVOICES}/{{invoiceId}}"
PROFILES = "/api/v1/billing/profiles"


@pytest.fixture
def started() -> datetime:
    """When the subscription of these tests began: 40 days ago, so that one month is over."""
    return (datetime.now(UTC) - timedelta(days=40)).replace(microsecond=0)


@pytest.fixture
def billed(api: httpx.Client, work: Work, started: datetime) -> Sold:
    """A customer with a paid first invoice, a paid month, and a running one."""
    sold = sell(work, at=started)
    use_tokens(work, 1234, started + timedelta(days=3))
    clockwork.run_due("default", now=started)
    clockwork.run_due("default")
    return sold


def test_every_kind_of_invoice_answers_as_the_contract_says(
    api: httpx.Client, billed: Sold, contract: Contract
) -> None:
    answer = api.get(INVOICES, params={"expand": ["lines", "preceding", "workflow.apps"], "orderBy": "customer.name"})
    page = contract(answer, "GET", INVOICES)
    assert [item["status"] for item in page["items"]] == ["gathering", "paid", "paid"]
    assert sorted(item["totals"]["total"] for item in page["items"]) == ["20", "20", "32.34"]
    for item in page["items"]:
        assert contract(api.get(f"{INVOICES}/{item['id']}"), "GET", INVOICE)["lines"]


def test_a_paid_invoice_shows_its_lines_to_the_cent(api: httpx.Client, billed: Sold) -> None:
    items = api.get(INVOICES, params={"statuses": "paid", "expand": "lines"}).json()["items"]
    month = next(item for item in items if len(item["lines"]) == 2)
    tokens, platform = sorted(month["lines"], key=lambda line: line["name"], reverse=True)
    assert (tokens["type"], tokens["meteredQuantity"], tokens["totals"]["total"]) == ("usage_based", "1234", "12.34")
    assert tokens["rateCard"]["price"] == {"type": "unit", "amount": "0.01"}
    [child] = tokens["children"]
    assert (child["type"], child["quantity"], child["perUnitAmount"]) == ("flat_fee", "1234", "0.01")
    assert platform["price"]["amount"] == "20"
    assert platform["subscription"]["subscription"]["id"] == billed.subscription_id
    assert month["statusDetails"] == {
        "immutable": True,
        "failed": False,
        "extendedStatus": "paid",
        "availableActions": {},
    }


def test_units_that_never_come_out_even_are_shown_with_all_their_digits(
    api: httpx.Client, work: Work, started: datetime
) -> None:
    in_sevenths = replace(TOKENS, unit_config=UnitConfig(Operation.DIVIDE, Decimal(7)))
    sell(work, at=started, cards=(in_sevenths,))
    use_tokens(work, 1234, started + timedelta(days=3))
    clockwork.run_due("default")
    answer = api.get(INVOICES, params={"statuses": "paid", "expand": "lines"})
    assert answer.status_code == 200, answer.text
    [tokens] = answer.json()["items"][0]["lines"]
    assert tokens["totals"]["total"] == "1.76"
    assert tokens["quantity"].startswith("176.285714285714285714")
    assert tokens["children"][0]["quantity"] == tokens["quantity"]


def test_the_sdk_lists_and_reads_invoices(sdk: Client, billed: Sold) -> None:
    page = sdk.invoices.list(statuses=["paid"], customers=[billed.customer_id])
    assert page.total_count == 2
    invoice = sdk.invoice.get_invoice(page.items_property[0].id)
    assert invoice.status == "paid"
    assert invoice.lines is not None
    assert Decimal(invoice.totals.total) > 0


def test_usage_is_invoiced_now_only_when_it_is_due_unless_billed_progressively(api: httpx.Client, billed: Sold) -> None:
    body = {"customerId": billed.customer_id, "progressiveBillingOverride": False}
    refused = api.post(f"{INVOICES}/invoice", json=body)
    assert refused.status_code == 400
    assert refused.json()["extensions"]["validationErrors"][0]["code"] == "invoice_create_no_lines"


def test_the_sdk_bills_usage_so_far_and_leaves_the_rest_of_the_period_gathering(
    api: httpx.Client, sdk: Client, work: Work, contract: Contract, started: datetime
) -> None:
    sold = sell(work, cards=(TOKENS,), at=started)
    use_tokens(work, 700, started + timedelta(days=3))
    clockwork.run_due("default", started + timedelta(days=3))
    as_of = started + timedelta(days=5)
    wanted = {"customerId": sold.customer_id, "asOf": as_of.isoformat(), "progressiveBillingOverride": True}
    [drawn] = sdk.invoices.invoice_pending_lines_action(wanted)
    [part] = contract(api.get(f"{INVOICES}/{drawn.id}"), "GET", INVOICE)["lines"]
    assert (part["quantity"], part["preLinePeriodQuantity"], part["totals"]["total"]) == ("700", "0", "7")
    [gathering] = api.get(INVOICES, params={"statuses": "gathering", "expand": "lines"}).json()["items"]
    rest, _following_month = gathering["lines"]
    assert (rest["period"]["from"], rest["preLinePeriodQuantity"], rest["quantity"]) == (
        part["period"]["to"],
        "700",
        "0",
    )
    assert gathering["collectionAt"] == rest["invoiceAt"]


def test_the_sdk_draws_what_is_due(sdk: Client, api: httpx.Client, work: Work, contract: Contract) -> None:
    sold = sell(work, at=datetime.now(UTC), cards=(PLATFORM_IN_ADVANCE,))
    [invoice] = sdk.invoices.invoice_pending_lines_action({"customerId": sold.customer_id})
    assert (invoice.status, invoice.totals.total) == ("paid", "20")
    contract(api.get(f"{INVOICES}/{invoice.id}"), "GET", INVOICE)


def approval_by_hand(api: httpx.Client) -> None:
    """Let drafts wait for a person."""
    [profile] = api.get(PROFILES).json()["items"]
    body = {"name": "By hand", "supplier": {"name": "Seller"}, "default": True}
    body["workflow"] = {"invoicing": {"autoAdvance": False}}
    assert api.put(f"{PROFILES}/{profile['id']}", json=body).status_code == 200


def test_a_draft_waits_for_approval_and_then_is_paid(
    api: httpx.Client, sdk: Client, work: Work, contract: Contract
) -> None:
    approval_by_hand(api)
    sell(work, at=datetime.now(UTC))
    clockwork.run_due("default")
    [draft] = api.get(INVOICES, params={"statuses": "draft"}).json()["items"]
    shown = contract(api.get(f"{INVOICES}/{draft['id']}"), "GET", INVOICE)
    assert shown["statusDetails"]["extendedStatus"] == "draft.manual_approval_needed"
    actions = shown["statusDetails"]["availableActions"]
    assert set(actions) == {"approve", "delete"}
    assert sdk.invoice.advance_action(draft["id"]).status == "draft"
    approved = sdk.invoice.approve_action(draft["id"])
    assert (approved.status, approved.number) == ("paid", "INV-000001")
    again = api.post(f"{INVOICES}/{draft['id']}/approve")
    assert again.status_code == 409


def test_a_deleted_draft_is_gone_and_its_lines_come_back(api: httpx.Client, sdk: Client, work: Work) -> None:
    approval_by_hand(api)
    sell(work, at=datetime.now(UTC))
    clockwork.run_due("default")
    [draft] = api.get(INVOICES, params={"statuses": "draft"}).json()["items"]
    sdk.invoice.delete_invoice(draft["id"])
    assert api.get(INVOICES, params={"statuses": "draft"}).json()["items"] == []
    clockwork.run_due("default")
    [second] = api.get(INVOICES, params={"statuses": "draft"}).json()["items"]
    assert second["id"] != draft["id"]
    assert second["totals"]["total"] == "20"


def test_a_gathering_invoice_can_neither_be_approved_nor_deleted(api: httpx.Client, billed: Sold) -> None:
    [gathering] = api.get(INVOICES, params={"statuses": "gathering"}).json()["items"]
    for answer in (api.post(f"{INVOICES}/{gathering['id']}/approve"), api.delete(f"{INVOICES}/{gathering['id']}")):
        assert answer.status_code == 400
        assert answer.json()["extensions"]["validationErrors"][0]["code"].endswith("_gathering")


def test_waiting_for_late_usage_can_be_cut_short(
    api: httpx.Client, work: Work, contract: Contract, started: datetime
) -> None:
    month_end = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    sell(work, at=started, anchor=month_end, cards=(TOKENS,))
    clockwork.run_due("default")
    [waiting] = api.get(INVOICES, params={"extendedStatuses": "draft.waiting_for_collection"}).json()["items"]
    answer = api.post(f"{INVOICES}/{waiting['id']}/snapshot-quantities")
    assert contract(answer, "POST", f"{INVOICE}/snapshot-quantities")["status"] == "paid"


def test_taxes_of_a_draft_are_calculated_again_until_it_is_issued(
    api: httpx.Client, work: Work, contract: Contract
) -> None:
    approval_by_hand(api)
    sell(work, at=datetime.now(UTC))
    clockwork.run_due("default")
    [draft] = api.get(INVOICES, params={"statuses": "draft"}).json()["items"]
    answer = api.post(f"{INVOICES}/{draft['id']}/taxes/recalculate")
    again = contract(answer, "POST", f"{INVOICE}/taxes/recalculate")
    assert (again["statusDetails"]["extendedStatus"], again["totals"]) == (
        "draft.manual_approval_needed",
        draft["totals"],
    )
    api.post(f"{INVOICES}/{draft['id']}/approve")
    assert api.post(f"{INVOICES}/{draft['id']}/taxes/recalculate").status_code == 409


def test_discounts_and_commitments_are_spelled_out(api: httpx.Client, work: Work, contract: Contract) -> None:
    started = (datetime.now(UTC) - timedelta(days=40)).replace(microsecond=0)
    card = RateCardTerms(
        key="tokens",
        name="Tokens",
        kind=RateCardKind.USAGE_BASED,
        price=Unit(Decimal("0.10")),
        billing_cadence=MONTH,
        feature_key="tokens",
        discounts=Discounts(PercentageDiscount(Decimal(10)), UsageDiscount(Decimal(100))),
        commitment=Commitment(minimum=Decimal(150)),
    )
    sell(work, at=started, cards=(card,))
    use_tokens(work, 1334, started + timedelta(days=1))
    clockwork.run_due("default")
    [invoice] = api.get(INVOICES, params={"statuses": "paid"}).json()["items"]
    shown = contract(api.get(f"{INVOICES}/{invoice['id']}"), "GET", INVOICE)
    [line] = shown["lines"]
    assert (line["quantity"], line["meteredQuantity"]) == ("1234", "1334")
    assert line["discounts"]["usage"][0]["quantity"] == "100"
    usage, minimum = line["children"]
    assert usage["discounts"]["amount"][0]["reason"]["percentage"] == 10
    assert (usage["totals"]["total"], minimum["totals"]["total"]) == ("111.06", "38.94")
    assert minimum["category"] == "commitment"
    assert shown["totals"]["total"] == "150"


def test_an_unknown_invoice_is_not_found(api: httpx.Client, contract: Contract) -> None:
    contract(api.get(f"{INVOICES}/01G65Z755AFWAKHE12NY0CQ9FH"), "GET", INVOICE)
    assert api.get(f"{INVOICES}/01G65Z755AFWAKHE12NY0CQ9FH").status_code == 404
