"""Which invoices are listed, in which order and with how much on them, asked by the SDK and over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from openmeter import Client

from backend import clockwork
from tests.api.test_invoices import INVOICES, approval_by_hand
from tests.conftest import Work
from tests.contract import Contract
from tests.services.company import Sold, sell

START = (datetime.now(UTC) - timedelta(days=40)).replace(microsecond=0)


@pytest.fixture
def sold(api: httpx.Client, work: Work) -> dict[str, Sold]:
    """Acme has paid, Zeta's draft waits for approval; both gather for the month that runs."""
    found = {"acme": sell(work, at=START, customer="acme")}
    clockwork.run_due("default")
    approval_by_hand(api)
    found["zeta"] = sell(work, at=START + timedelta(days=2), customer="zeta")
    clockwork.run_due("default")
    return found


def test_filters_narrow_the_list(api: httpx.Client, sold: dict[str, Sold], contract: Contract) -> None:
    def listed(**params: Any) -> list[str]:
        page = contract(api.get(INVOICES, params={"orderBy": "customer.name", **params}), "GET", INVOICES)
        assert page["totalCount"] == len(page["items"])
        return sorted(f"{item['customer']['key']} {item['status']}" for item in page["items"])

    gathering, paid, drafts = ["acme gathering", "zeta gathering"], ["acme paid"], ["zeta draft"]
    assert listed() == sorted(gathering + paid + drafts)
    assert listed(statuses=["gathering"]) == gathering
    assert listed(statuses=["draft", "paid"]) == paid + drafts
    assert listed(extendedStatuses=["draft.manual_approval_needed"]) == drafts
    assert listed(extendedStatuses=["paid", "draft.manual_approval_needed"], statuses=["paid"]) == paid
    assert listed(customers=[sold["zeta"].customer_id], statuses=["draft", "gathering"]) == [*drafts, gathering[1]]
    assert listed(customers=[sold["acme"].customer_id, sold["zeta"].customer_id], statuses="gathering") == gathering
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert listed(issuedBefore=tomorrow) == paid
    assert listed(issuedAfter=tomorrow) == []
    assert listed(createdAfter=tomorrow) == []
    assert len(listed(createdBefore=tomorrow)) == 4
    assert listed(periodStartBefore=START.isoformat(), statuses=["paid", "draft"]) == paid
    assert listed(periodStartAfter=(START + timedelta(days=25)).isoformat(), statuses=["paid", "draft"]) == []


def test_lists_are_ordered_by_what_is_asked(api: httpx.Client, sold: dict[str, Sold]) -> None:
    def ordered(by: str, direction: str, **params: Any) -> list[Any]:
        asked = {"orderBy": by, "order": direction, **params}
        return list(api.get(INVOICES, params=asked).json()["items"])

    for by, read in (
        ("customer.name", lambda item: item["customer"]["name"]),
        ("status", lambda item: item["statusDetails"]["extendedStatus"]),
        ("createdAt", lambda item: item["createdAt"]),
        ("updatedAt", lambda item: item["updatedAt"]),
        ("periodStart", lambda item: item["period"]["from"]),
    ):
        up = [read(item) for item in ordered(by, "ASC")]
        assert up == sorted(up)
        down = [read(item) for item in ordered(by, "DESC")]
        assert down == sorted(down, reverse=True)
    for direction in ("ASC", "DESC"):
        issued = ["issuedAt" in item for item in ordered("issuedAt", direction)]
        assert issued == [True, False, False, False]


def test_pages_and_expansions(api: httpx.Client, sdk: Client, sold: dict[str, Sold]) -> None:
    bare = sdk.invoices.list(page=1, page_size=2, order_by="createdAt", order="ASC")
    assert (bare.total_count, len(bare.items_property)) == (4, 2)
    assert all(item.lines is None for item in bare.items_property)
    full = sdk.invoices.list(
        statuses=["draft", "paid"],
        extended_statuses=["draft.manual_approval_needed", "paid"],
        customers=[row.customer_id for row in sold.values()],
        expand=["lines", "workflow.apps", "preceding"],
    )
    assert full.total_count == 2
    assert all(item.lines and item.preceding == [] for item in full.items_property)
    assert {item.workflow.apps["invoicing"]["type"] for item in full.items_property} == {"sandbox"}


def test_deleted_drafts_are_listed_only_when_asked_for(api: httpx.Client, sdk: Client, sold: dict[str, Sold]) -> None:
    gone = api.get(INVOICES, params={"statuses": "draft"}).json()["items"][0]["id"]
    sdk.invoice.delete_invoice(gone)
    assert gone not in {item["id"] for item in api.get(INVOICES).json()["items"]}
    assert gone in {item["id"] for item in api.get(INVOICES, params={"includeDeleted": "true"}).json()["items"]}


@pytest.mark.parametrize(
    "params", [{"statuses": "nonsense"}, {"orderBy": "total"}, {"issuedAfter": "yesterday"}, {"pageSize": "0"}]
)
def test_what_is_no_question_is_refused(api: httpx.Client, contract: Contract, params: dict[str, str]) -> None:
    assert contract(api.get(INVOICES, params=params), "GET", INVOICES)["status"] == 400
