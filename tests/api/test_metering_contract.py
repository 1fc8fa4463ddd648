"""Every operation of OpenMeter's documents about metering is mounted, under its own name."""

import re

import pytest

from tests.api.conftest import Operations
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


@pytest.mark.parametrize("prefix", PREFIXES)
def test_each_published_operation_is_mounted(contract: Contract, mounted: Operations, prefix: str) -> None:
    published = {
        (method, path): name
        for (method, path), name in contract.operations(prefix).items()
        if not OTHER_TOPICS.search(path)
    }
    assert published.items() - mounted.items() == set()
