"""Every operation of OpenMeter's documents about metering is mounted, under its own name."""

import re

import pytest

from backend.api.app import create_api
from tests.contract import Contract

OTHER_TOPICS = re.compile(
    r"/(entitlements|entitlement-access|access|apps|stripe|billing|charges|credits|subscriptions)\b"
)
"""What hangs below a customer or a subject, and is no part of metering."""

PREFIXES = [
    "/api/v1/events",
    "/api/v1/meters",
    "/api/v1/subjects",
    "/api/v1/customers",
    "/api/v1/features",
    "/api/v1/debug",
    "/api/v1/info/progress",
    "/api/v2/events",
    "/api/v3/openmeter/events",
    "/api/v3/openmeter/meters",
    "/api/v3/openmeter/customers",
    "/api/v3/openmeter/features",
    "/api/v3/openmeter/llm-cost",
]


@pytest.fixture(scope="module")
def mounted() -> dict[tuple[str, str], str]:
    """Method and path of each of our operations, with its name."""
    return {
        (method, path): operation["operationId"]
        for path, operations in create_api().openapi()["paths"].items()
        for method, operation in operations.items()
    }


@pytest.mark.parametrize("prefix", PREFIXES)
def test_each_published_operation_is_mounted(
    contract: Contract, mounted: dict[tuple[str, str], str], prefix: str
) -> None:
    published = {
        (method, path): name
        for (method, path), name in contract.operations(prefix).items()
        if not OTHER_TOPICS.search(path)
    }
    assert published.items() - mounted.items() == set()
