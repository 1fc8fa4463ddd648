"""What tests of HTTP are given: our operations; for quotas a shop with one metered feature, and usage of it."""

from collections.abc import Callable
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI

from tests.contract import METHODS

Use = Callable[..., None]
Operations = dict[tuple[str, str], str]


@pytest.fixture(scope="session")
def mounted(application: FastAPI) -> Operations:
    """Method and path of each of our operations, with its name."""
    return {
        (method, path): operation["operationId"]
        for path, operations in application.openapi()["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    }


@pytest.fixture
def quota_shop(api: httpx.Client) -> httpx.Client:
    """A customer `acme` with a second subject, the metered feature `tokens` and the plain features sso and limits."""
    meter = {"slug": "tokens", "eventType": "prompt", "aggregation": "SUM", "valueProperty": "$.tokens"}
    assert api.post("/api/v1/meters", json=meter).status_code == 201
    for body in ({"key": "tokens", "meterSlug": "tokens"}, {"key": "sso"}, {"key": "limits"}):
        assert api.post("/api/v1/features", json={"name": "A feature", **body}).status_code == 201
    customer = {"name": "Acme", "key": "acme", "usageAttribution": {"subjectKeys": ["acme_eu"]}}
    assert api.post("/api/v1/customers", json=customer).status_code == 201
    return api


@pytest.fixture
def use_tokens(api: httpx.Client) -> Use:
    """Send one event of usage, now or at another time."""
    numbers = iter(range(1000))

    def send(tokens: float, at: datetime | None = None, subject: str = "acme") -> None:
        event = {"specversion": "1.0", "id": str(next(numbers)), "source": "test", "type": "prompt", "subject": subject}
        body = event | {"data": {"tokens": tokens}} | ({} if at is None else {"time": at.isoformat()})
        assert api.post("/api/v1/events", json=body).status_code == 204

    return send
