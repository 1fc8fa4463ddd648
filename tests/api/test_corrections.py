"""Corrections of issued invoices over HTTP: listed, decided about, and chosen on the billing profile."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from backend import clockwork
from tests.api.test_invoices import INVOICES
from tests.conftest import Work
from tests.contract import Contract
from tests.services.company import TOKENS, Sold, sell, use_tokens

BILLING = "/api/v1/billing"
PROFILES = f"{BILLING}/profiles"


def choose(api: httpx.Client, **corrections: str) -> httpx.Response:
    [profile] = api.get(PROFILES).json()["items"]
    invoicing = profile["workflow"]["invoicing"] | {"corrections": corrections}
    body = {name: profile[name] for name in ("name", "default", "supplier")}
    body["workflow"] = profile["workflow"] | {"invoicing": invoicing}
    return api.put(f"{PROFILES}/{profile['id']}", json=body)


@pytest.fixture
def started() -> datetime:
    return (datetime.now(UTC) - timedelta(days=40)).replace(microsecond=0)


def bill_and_use_late(work: Work, started: datetime) -> Sold:
    """A month of 1,000 tokens is billed with 10 USD; we are told of 234 more after it."""
    sold = sell(work, at=started, cards=(TOKENS,))
    use_tokens(work, 1000, started + timedelta(days=3))
    clockwork.run_due("default")
    use_tokens(work, 234, started + timedelta(days=4), stored=datetime.now(UTC))
    clockwork.run_due("default")
    return sold


def listed(api: httpx.Client, sold: Sold, **params: str) -> list[dict[str, Any]]:
    answer = api.get(f"{BILLING}/customers/{sold.customer_id}/corrections", params=params)
    assert answer.status_code == 200
    return list(answer.json())


def gathered(api: httpx.Client) -> list[tuple[str, str]]:
    items = api.get(INVOICES, params={"statuses": "gathering", "expand": "lines"}).json()["items"]
    return [(line["name"], line["totals"]["total"]) for item in items for line in item["lines"]]


def test_a_correction_is_booked_on_the_next_invoice(
    api: httpx.Client, work: Work, contract: Contract, started: datetime
) -> None:
    sold = bill_and_use_late(work, started)
    [found] = listed(api, sold)
    assert (found["billed"], found["due"], found["amount"]) == ("10", "12.34", "2.34")
    assert (found["reason"], found["status"], found["number"]) == ("late_usage", "booked", 1)
    assert ("Tokens: correction of INV-000001", "2.34") in gathered(api)
    contract(api.get(INVOICES, params={"expand": "lines"}), "GET", INVOICES)
    again = api.post(f"{INVOICES}/{found['invoiceId']}/corrections")
    assert [other["id"] for other in again.json()] == [found["id"]]


def test_a_person_accepts_or_dismisses_what_waits(api: httpx.Client, work: Work, started: datetime) -> None:
    assert choose(api, policy="ask").status_code == 200
    sold = bill_and_use_late(work, started)
    [waiting] = listed(api, sold, status="waiting")
    assert gathered(api) == [("Tokens", "0")]
    accepted = api.post(f"{BILLING}/corrections/{waiting['id']}/accept")
    assert accepted.json()["status"] == "booked"
    assert ("Tokens: correction of INV-000001", "2.34") in gathered(api)
    assert api.post(f"{BILLING}/corrections/{waiting['id']}/dismiss").status_code == 409
    assert api.post(f"{BILLING}/corrections/01G65Z755AFWAKHE12NY0CQ9FH/accept").status_code == 404
    assert listed(api, sold, status="waiting") == []


def test_the_profile_says_what_happens_and_says_nothing_by_default(
    api: httpx.Client, work: Work, contract: Contract, started: datetime
) -> None:
    [profile] = contract(api.get(PROFILES), "GET", PROFILES)["items"]
    assert "corrections" not in profile["workflow"]["invoicing"]
    chosen = choose(api, policy="adjust", ignoreBelow="5").json()
    assert chosen["workflow"]["invoicing"]["corrections"] == {"policy": "adjust", "ignoreBelow": "5"}
    v3 = api.get("/api/v3/openmeter/profiles").json()["data"]
    assert v3[0]["workflow"]["invoicing"]["corrections"] == {"policy": "adjust", "ignore_below": "5"}
    assert listed(api, bill_and_use_late(work, started)) == []


@pytest.mark.parametrize("corrections", [{"policy": "forget"}, {"ignoreBelow": "-1"}, {"ignoreBelow": "much"}])
def test_a_setting_that_makes_no_sense_is_refused(api: httpx.Client, corrections: dict[str, str]) -> None:
    assert choose(api, **corrections).status_code == 400


def test_corrections_of_others_are_unknown(api: httpx.Client) -> None:
    assert api.get(f"{BILLING}/customers/nobody/corrections").status_code == 404
    assert api.post(f"{INVOICES}/01G65Z755AFWAKHE12NY0CQ9FH/corrections").status_code == 404


def test_a_correction_is_explained_and_leads_to_the_line_it_corrects(
    api: httpx.Client, work: Work, started: datetime
) -> None:
    sold = bill_and_use_late(work, started)
    [found] = listed(api, sold)
    [gathering] = api.get(INVOICES, params={"statuses": "gathering", "expand": "lines"}).json()["items"]
    [line] = [line for line in gathering["lines"] if line["name"].startswith("Tokens: correction")]
    assert line["description"] == "$10.00 was billed for this period, $12.34 is due: usage arrived late."
    told = api.get(f"{INVOICES}/{gathering['id']}/lines/{line['id']}/explanation").json()
    assert [(step["name"], step["amount"]) for step in told["steps"]] == [
        ("Billed before", "$10.00"),
        ("Due: usage arrived late", "$12.34"),
        ("Amount of this line", "$2.34"),
    ]
    late = told["corrects"]["lateEvents"]
    happened = (started + timedelta(days=4)).isoformat().replace("+00:00", "Z")
    assert late == {"count": 1, "firstAt": happened, "lastAt": happened, "isAll": True}
    assert (told["corrects"]["invoiceNumber"], told["corrects"]["correction"]["id"]) == ("INV-000001", found["id"])
    original = api.get(told["corrects"]["explanation"]).json()
    assert (original["name"], original["meteredQuantity"]) == ("Tokens", "1000")
    assert [event["value"] for event in original["usage"]["events"]] == ["234", "1000"]
    assert original["usage"]["countedNow"] == "1234"


def test_what_is_not_there_is_not_explained(api: httpx.Client, work: Work, started: datetime) -> None:
    bill_and_use_late(work, started)
    [gathering] = api.get(INVOICES, params={"statuses": "gathering"}).json()["items"]
    assert api.get(f"{INVOICES}/{gathering['id']}/lines/nothing/explanation").status_code == 404
    assert api.get(f"{INVOICES}/nothing/lines/nothing/explanation").status_code == 404
