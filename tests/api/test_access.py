"""Namespaces, API keys and the audit log over HTTP."""

import httpx
import pytest

from backend.access import service
from tests.conftest import ROOT_KEY, Work


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def make_key(api: httpx.Client, scope: str) -> dict[str, str]:
    made: dict[str, str] = api.post("/api/v1/api-keys", json={"name": f"For {scope}", "scope": scope}).json()
    return made


def test_a_key_is_made_listed_and_revoked(api: httpx.Client) -> None:
    answer = api.post("/api/v1/api-keys", json={"name": "Billing job", "scope": "read"})
    assert answer.status_code == 201
    made = answer.json()
    secret = made.pop("secret")
    assert secret.startswith(made["prefix"])
    listed = api.get("/api/v1/api-keys").json()
    assert listed["totalCount"] == 2
    assert listed["items"][1] == made
    assert api.delete(f"/api/v1/api-keys/{made['id']}").status_code == 204
    assert api.get("/api/v1/api-keys", headers=bearer(secret)).status_code == 401
    assert api.delete(f"/api/v1/api-keys/{made['id']}").status_code == 404
    assert ROOT_KEY not in api.get("/api/v1/api-keys").text


@pytest.mark.parametrize(
    ("scope", "reading", "writing"), [("ingest", 403, 403), ("read", 200, 403), ("full", 200, 201)]
)
def test_a_scope_is_a_limit(api: httpx.Client, scope: str, reading: int, writing: int) -> None:
    headers = bearer(make_key(api, scope)["secret"])
    assert api.get("/api/v1/api-keys", headers=headers).status_code == reading
    assert api.post("/api/v1/api-keys", json={"name": "More"}, headers=headers).status_code == writing


def test_without_a_key_the_answer_says_how_to_send_one(server: str) -> None:
    answer = httpx.get(f"{server}/api/v1/api-keys")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer" in answer.json()["detail"]


def test_who_may_not_ask_is_told_that_before_what_is_wrong_with_the_question(api: httpx.Client) -> None:
    reader = make_key(api, "read")["secret"]
    for secret, status in ((reader, 403), ("ml_nobody", 401), (ROOT_KEY, 400)):
        assert api.post("/api/v1/customers", json={"name": 7}, headers=bearer(secret)).status_code == status
    for secret, status in (("ml_nobody", 401), (ROOT_KEY, 400)):
        assert api.get("/api/v1/customers?page=first", headers=bearer(secret)).status_code == status


def test_the_key_of_the_setting_stays(api: httpx.Client) -> None:
    root = api.get("/api/v1/api-keys").json()["items"][0]
    answer = api.delete(f"/api/v1/api-keys/{root['id']}")
    assert answer.status_code == 409
    assert "METERLINE_API_KEY" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": ""}, "name"), ({"scope": "read"}, "name"), ({"name": "A", "scope": "admin"}, "scope")],
)
def test_a_bad_key_names_the_field(api: httpx.Client, body: dict[str, str], field: str) -> None:
    answer = api.post("/api/v1/api-keys", json=body)
    assert answer.status_code == 400
    assert answer.json()["extensions"]["validationErrors"][0]["field"] == field


def test_a_namespace_comes_with_a_key_and_keeps_to_itself(api: httpx.Client) -> None:
    answer = api.post("/api/v1/namespaces", json={"key": "sand", "name": "Sand", "sandbox": True})
    assert answer.status_code == 201
    made = answer.json()
    inside = bearer(made.pop("apiKey"))
    assert {name: made[name] for name in ("key", "name", "sandbox")} == {"key": "sand", "name": "Sand", "sandbox": True}
    assert api.get("/api/v1/namespaces", headers=inside).json()["items"] == [made]
    assert [key["name"] for key in api.get("/api/v1/api-keys", headers=inside).json()["items"]] == ["First key of Sand"]
    refused = api.post("/api/v1/namespaces", json={"key": "more", "name": "More"}, headers=inside)
    assert refused.status_code == 403
    assert api.post("/api/v1/namespaces", json={"key": "sand", "name": "Again"}).status_code == 409
    assert api.post("/api/v1/namespaces", json={"key": "No Spaces", "name": "A"}).status_code == 400


def test_the_audit_log_tells_who_did_what(api: httpx.Client, work: Work) -> None:
    made = make_key(api, "read")
    api.delete(f"/api/v1/api-keys/{made['id']}")
    log = api.get("/api/v1/audit", params={"entity": "api_key", "entityId": made["id"], "pageSize": 1}).json()
    assert (log["totalCount"], log["pageSize"]) == (2, 1)
    (latest,) = log["items"]
    assert (latest["action"], latest["actorKind"], latest["actorName"]) == ("update", "api_key", "METERLINE_API_KEY")
    assert set(latest["changes"]) == {"revoked_at"}
    assert made["secret"] not in api.get("/api/v1/audit").text


def test_using_a_key_is_remembered(api: httpx.Client, work: Work) -> None:
    api.get("/api/v1/api-keys")
    with work() as ctx:
        service.save_last_seen(ctx)
    assert api.get("/api/v1/api-keys").json()["items"][0]["lastUsedAt"].endswith("Z")
