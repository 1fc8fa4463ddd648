"""What operators and newcomers ask the API first: probes, figures, documentation, and errors in one shape."""

import re

import httpx
import pytest

from backend.infra import db
from backend.infra.db import Database

PROBLEM = "application/problem+json"


def test_probes_need_no_key(server: str) -> None:
    assert httpx.get(f"{server}/api/health").json() == {"status": "ok"}
    assert httpx.get(f"{server}/api/ready").json() == {"status": "ready"}


def test_a_database_that_is_not_migrated_is_not_ready(server: str, database: Database) -> None:
    with database.writer.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    answer = httpx.get(f"{server}/api/ready")
    assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
    assert "not migrated" in answer.json()["detail"]


def test_a_database_that_is_gone_is_not_ready(server: str) -> None:
    db.use(db.connect("postgresql+psycopg://nobody@127.0.0.1:9/nothing"))
    answer = httpx.get(f"{server}/api/ready")
    assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)


def test_figures_are_in_the_format_of_prometheus(api: httpx.Client) -> None:
    api.get("/api/v1/meters")
    figures = api.get("/api/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    assert re.search(r'meterline_requests_total\{method="GET",route="/api/v1/meters",status="200"\} \d', figures.text)


def test_the_documentation_loads_nothing_from_other_sites(server: str) -> None:
    page = httpx.get(f"{server}/api/docs")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/api/docs/assets/")
        assert httpx.get(server + address).status_code == 200
    assert httpx.get(f"{server}/api/openapi.json", timeout=60).json()["info"]["title"] == "Meterline"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api", 404),
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/meters", 405),
        ("PUT", "/api/health", 405),
    ],
)
def test_unknown_paths_and_methods_are_problems(api: httpx.Client, method: str, path: str, status: int) -> None:
    answer = api.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status
    assert answer.json()["instance"] == f"urn:request:{answer.headers['x-request-id']}"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_cannot_be_read_is_a_400(api: httpx.Client, body: bytes) -> None:
    answer = api.post("/api/v1/meters", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)


def test_the_request_id_of_the_caller_is_kept_when_it_is_safe(server: str) -> None:
    kept = httpx.get(f"{server}/api/health", headers={"X-Request-Id": "order-17"})
    replaced = httpx.get(f"{server}/api/health", headers={"X-Request-Id": "<script>"})
    assert kept.headers["x-request-id"] == "order-17"
    assert re.fullmatch(r"[0-9A-Z]{26}", replaced.headers["x-request-id"])
