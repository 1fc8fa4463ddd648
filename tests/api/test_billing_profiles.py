"""Billing profiles over HTTP, with the official SDK and against the published contract."""

from typing import Any

import httpx
from openmeter import Client

from tests.contract import Contract

PROFILES = "/api/v1/billing/profiles"
PROFILE = f"{PROFILES}/{{id}}"


def app_id(api: httpx.Client) -> str:
    return str(api.get("/api/v1/apps").json()["items"][0]["id"])


def profile(api: httpx.Client, **changes: object) -> dict[str, object]:
    apps = dict.fromkeys(("tax", "invoicing", "payment"), app_id(api))
    supplier = {"name": "Seller Inc.", "taxId": {"code": "DE123"}, "addresses": [{"country": "DE", "city": "Berlin"}]}
    body = {"name": "Enterprise", "default": False, "supplier": supplier, "workflow": {}, "apps": apps}
    return body | changes


def test_a_namespace_has_a_default_profile_from_the_start(api: httpx.Client, sdk: Client, contract: Contract) -> None:
    page = contract(api.get(PROFILES, params={"expand": "apps"}), "GET", PROFILES)
    [default] = page["items"]
    assert default["default"] is True
    assert default["apps"]["invoicing"]["type"] == "sandbox"
    assert default["workflow"]["collection"] == {"alignment": {"type": "subscription"}, "interval": "PT1H"}
    assert default["workflow"]["invoicing"]["dueAfter"] == "P30D"
    assert sdk.billing_profiles.get(default["id"]).name == "Default"


def test_a_profile_lives_from_creation_to_deletion(api: httpx.Client, contract: Contract) -> None:
    made = contract(api.post(PROFILES, json=profile(api)), "POST", PROFILES)
    assert made["supplier"]["taxId"] == {"code": "DE123"}
    assert made["apps"]["tax"] == {"id": app_id(api)}
    workflow = {
        "invoicing": {"draftPeriod": "P1D", "dueAfter": "P14D"},
        "payment": {"collectionMethod": "send_invoice"},
    }
    body = {"name": "Renamed", "default": False, "supplier": {"name": "Other"}, "workflow": workflow}
    changed = contract(api.put(f"{PROFILES}/{made['id']}", json=body), "PUT", PROFILE)
    assert (changed["name"], changed["workflow"]["invoicing"]["draftPeriod"]) == ("Renamed", "P1D")
    assert changed["workflow"]["payment"] == {"collectionMethod": "send_invoice"}
    contract(api.delete(f"{PROFILES}/{made['id']}"), "DELETE", PROFILE)
    assert api.get(f"{PROFILES}/{made['id']}").status_code == 404


def test_there_is_always_exactly_one_default(api: httpx.Client) -> None:
    [first] = api.get(PROFILES).json()["items"]
    second = api.post(PROFILES, json=profile(api, default=True)).json()
    assert [item["id"] for item in api.get(PROFILES).json()["items"] if item["default"]] == [second["id"]]
    assert api.delete(f"{PROFILES}/{second['id']}").status_code == 409
    body = {"name": "No", "default": False, "supplier": {}, "workflow": {}}
    assert api.put(f"{PROFILES}/{second['id']}", json=body).status_code == 409
    assert api.delete(f"{PROFILES}/{first['id']}").status_code == 204


def anchored(interval: str) -> dict[str, Any]:
    period = {"interval": interval, "anchor": "2026-01-15T00:00:00Z"}
    return {"workflow": {"collection": {"alignment": {"type": "anchored", "recurringPeriod": period}}}}


def test_the_whole_workflow_is_kept(api: httpx.Client, sdk: Client, contract: Contract) -> None:
    workflow = {
        "collection": {
            "alignment": {
                "type": "anchored",
                "recurringPeriod": {"interval": "P1M", "anchor": "2026-01-15T00:00:00Z"},
            },
            "interval": "P1D",
        },
        "invoicing": {
            "autoAdvance": False,
            "draftPeriod": "P2D",
            "dueAfter": "P14D",
            "progressiveBilling": False,
            "subscriptionEndProrationMode": "bill_full_period",
            "defaultTaxConfig": {"behavior": "inclusive", "stripe": {"code": "txcd_10000000"}},
        },
        "payment": {"collectionMethod": "send_invoice"},
        "tax": {"enabled": True, "enforced": True},
    }
    made = contract(api.post(PROFILES, json=profile(api, workflow=workflow)), "POST", PROFILES)
    assert made["workflow"] == workflow
    assert contract(api.get(f"{PROFILES}/{made['id']}"), "GET", PROFILE)["workflow"] == workflow
    assert sdk.billing_profiles.get(made["id"]).workflow.collection.interval == "P1D"


def test_everything_wrong_with_a_profile_is_told_at_once(api: httpx.Client) -> None:
    stranger = dict.fromkeys(("tax", "invoicing", "payment"), "01G65Z755AFWAKHE12NY0CQ9FH")
    workflow = {"tax": {"enabled": False, "enforced": True}, "invoicing": {"dueAfter": "-P1D"}}
    problem = api.post(PROFILES, json=profile(api, apps=stranger, workflow=workflow)).json()
    named = {issue["field"] for issue in problem["extensions"]["validationErrors"]}
    assert named == {"apps.tax", "apps.invoicing", "apps.payment"} | {
        "workflow.invoicing.dueAfter",
        "workflow.tax.enforced",
    }


def test_no_invoice_waits_until_the_end_of_the_calendar(api: httpx.Client) -> None:
    """There none could be drawn for anybody who is billed by this profile."""
    longest = {"draftPeriod": "P9000Y", "dueAfter": "P100Y"}
    workflow = {
        "collection": {"interval": "P101Y", **anchored("P101Y")["workflow"]["collection"]},
        "invoicing": longest,
    }
    problem = api.post(PROFILES, json=profile(api, workflow=workflow)).json()
    assert {(issue["field"], issue["code"]) for issue in problem["extensions"]["validationErrors"]} == {
        ("workflow.collection.interval", "duration_too_long"),
        ("workflow.collection.alignment.recurringPeriod.interval", "duration_too_long"),
        ("workflow.invoicing.draftPeriod", "duration_too_long"),
    }


def test_what_is_not_possible_is_refused(api: httpx.Client, contract: Contract) -> None:
    stranger = dict.fromkeys(("tax", "invoicing", "payment"), "01G65Z755AFWAKHE12NY0CQ9FH")
    for wrong, field in [
        ({"apps": stranger}, "apps.tax"),
        ({"workflow": {"tax": {"enabled": False, "enforced": True}}}, "workflow.tax.enforced"),
        ({"workflow": {"collection": {"interval": "-PT1H"}}}, "workflow.collection.interval"),
        (anchored("P0D"), "workflow.collection.alignment.recurringPeriod.interval"),
        ({"workflow": {"collection": {"alignment": {"type": "moon"}}}}, "workflow.collection.alignment"),
        ({"workflow": {"invoicing": {"dueAfter": "soon"}}}, "workflow.invoicing.dueAfter"),
    ]:
        problem = contract(api.post(PROFILES, json=profile(api, **wrong)), "POST", PROFILES)
        assert problem["status"] == 400
        assert problem["extensions"]["validationErrors"][0]["field"] == field
