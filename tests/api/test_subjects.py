"""Subjects: what is told about them is kept, changed field by field, and forgotten without touching usage."""

from urllib.parse import quote

import httpx
import pytest

from tests.contract import Contract

ALL, ONE = "/api/v1/subjects", "/api/v1/subjects/{subjectIdOrKey}"


def test_a_subject_is_made_changed_field_by_field_and_forgotten(api: httpx.Client, contract: Contract) -> None:
    first = {"key": "acme", "displayName": "Acme", "metadata": {"tier": 1.10}, "stripeCustomerId": "cus_1"}
    made = contract(api.post(ALL, json=[first, {"key": "globex"}]), "POST", ALL)
    assert [subject["key"] for subject in made] == ["acme", "globex"]
    [changed] = api.post(
        ALL, json=[{"key": "acme", "displayName": None, "currentPeriodStart": "2026-01-01T00:00:00Z"}]
    ).json()
    assert changed["id"] == made[0]["id"]
    assert "displayName" not in changed
    assert (changed["metadata"], changed["stripeCustomerId"]) == ({"tier": 1.1}, "cus_1")
    assert contract(api.get(f"{ALL}/{made[0]['id']}"), "GET", ONE) == api.get(f"{ALL}/acme").json()
    assert len(contract(api.get(ALL), "GET", ALL)) == 2
    assert api.delete(f"{ALL}/acme").status_code == 204
    assert contract(api.get(f"{ALL}/acme"), "GET", ONE)["status"] == 404
    assert api.delete(f"{ALL}/acme").status_code == 404
    [again] = api.post(ALL, json=[{"key": "acme"}]).json()
    assert again["id"] != changed["id"]


def test_the_same_subject_twice_in_a_request_is_one(api: httpx.Client) -> None:
    made = api.post(ALL, json=[{"key": "a", "displayName": "1"}, {"key": "a", "metadata": {"b": [None, {}]}}]).json()
    assert made[0] == made[1]
    assert (made[0]["displayName"], made[0]["metadata"]) == ("1", {"b": [None, {}]})


def test_what_is_no_subject_is_refused(api: httpx.Client, contract: Contract) -> None:
    for body in (
        {"key": "a"},
        [{"key": ""}],
        [{"name": "a"}],
        [{"key": "a", "stripeCustomerId": "1"}],
        [{"key": "a", "metadata": []}],
    ):
        assert contract(api.post(ALL, json=body), "POST", ALL)["status"] == 400


@pytest.mark.parametrize("key", ["org/42", "/", "a%2Fb/c", "é/ü", "a\N{MULTIPLICATION SIGN}b"])
def test_a_key_may_hold_any_slash(api: httpx.Client, key: str) -> None:
    assert api.post("/api/v1/subjects", json=[{"key": key}]).status_code == 200
    customer = {"name": "Org", "key": key, "usageAttribution": {"subjectKeys": [key]}}
    assert api.post("/api/v1/customers", json=customer).status_code == 201
    sent = quote(key, safe="")
    assert api.get(f"/api/v1/subjects/{sent}").json()["key"] == key
    assert api.get(f"/api/v1/customers/{sent}").json()["key"] == key
    assert api.get(f"/api/v1/customers/{sent}/access").json() == {"entitlements": {}}


@pytest.mark.parametrize("address", ["/api/v1/nothing%2fhere", "/api%2Fv1/subjects", "/api/v1/subjects%2Fx", "/api/%"])
def test_an_address_with_a_slash_too_much_leads_nowhere(api: httpx.Client, address: str) -> None:
    answer = api.get(address)
    assert answer.status_code == 404, answer.text
    assert answer.json()["status"] == 404
