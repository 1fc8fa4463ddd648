"""The clock over HTTP: anybody may read it, only a sandbox's can be moved, and only forward."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest

from tests.conftest import NOBODY_TRUSTED

MONTH, MINUTE = timedelta(days=31), timedelta(minutes=1)


@pytest.fixture
def sandbox(api: httpx.Client) -> Iterator[httpx.Client]:
    """A client with full access to a sandbox."""
    secret = api.post("/api/v1/namespaces", json={"key": "sand", "name": "Sand", "sandbox": True}).json()["apiKey"]
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=api.base_url, headers=headers, timeout=30, verify=NOBODY_TRUSTED) as client:
        yield client


def now(client: httpx.Client) -> datetime:
    return datetime.fromisoformat(client.get("/api/v1/clock").json()["now"])


def test_the_wall_clock_can_be_read_but_not_moved(api: httpx.Client) -> None:
    clock = api.get("/api/v1/clock").json()
    assert clock["sandbox"] is False
    assert "aheadSeconds" not in clock
    refused = api.post("/api/v1/clock/advance", json={"by": "P1M"})
    assert refused.status_code == 409
    assert "not a sandbox" in refused.json()["detail"]


@pytest.mark.parametrize("how", ["to", "by"])
def test_a_sandbox_jumps_forward_and_runs_on(api: httpx.Client, sandbox: httpx.Client, how: str) -> None:
    start = now(sandbox)
    target = start + MONTH
    answer = sandbox.post("/api/v1/clock/advance", json={how: target.isoformat() if how == "to" else "P31D"})
    assert answer.status_code == 200
    shown = answer.json()
    assert target <= datetime.fromisoformat(shown["now"]) < target + MINUTE
    assert timedelta() <= MONTH - timedelta(seconds=shown["aheadSeconds"]) < MINUTE
    assert now(sandbox) >= target
    assert now(api) < start + MINUTE


def test_who_moved_the_clock_is_on_record(sandbox: httpx.Client) -> None:
    sandbox.post("/api/v1/clock/advance", json={"by": "P1M"})
    log = sandbox.get("/api/v1/audit", params={"entity": "namespace_clock"}).json()
    assert [(entry["action"], entry["actorName"]) for entry in log["items"]] == [("advance", "First key of Sand")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"to": "2100-01-01T00:00:00Z"},
        {"to": "2020-01-01T00:00:00Z"},
        {"to": "2027-01-01T00:00:00"},
        {"by": "a month"},
        {"by": "-P1M"},
        {"by": "P0D"},
        {"by": "P9999Y"},
        {"by": "P1M", "to": "2027-01-01T00:00:00Z"},
    ],
)
def test_a_target_that_makes_no_sense_is_refused(sandbox: httpx.Client, body: dict[str, str]) -> None:
    answer = sandbox.post("/api/v1/clock/advance", json=body)
    assert answer.status_code == 400
    assert timedelta(seconds=sandbox.get("/api/v1/clock").json()["aheadSeconds"]) == timedelta(0)


def test_moving_the_clock_needs_full_access(sandbox: httpx.Client) -> None:
    key = sandbox.post("/api/v1/api-keys", json={"name": "Reader", "scope": "read"}).json()["secret"]
    answer = sandbox.post("/api/v1/clock/advance", json={"by": "P1M"}, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 403
