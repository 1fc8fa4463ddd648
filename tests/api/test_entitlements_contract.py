"""Every operation of OpenMeter's documents about entitlements and grants is mounted, under its own name."""

import re

import pytest

from tests.api.conftest import Operations
from tests.contract import Contract

TOPIC = re.compile(r"/(entitlements|entitlement-access|access|grants)\b")
OTHER_TOPICS = re.compile(r"/credits/")


@pytest.mark.parametrize("prefix", ["/api/v1", "/api/v2", "/api/v3/openmeter"])
def test_entitlements_are_complete(contract: Contract, mounted: Operations, prefix: str) -> None:
    published = {
        (method, path): name
        for (method, path), name in contract.operations(prefix).items()
        if TOPIC.search(path) and not OTHER_TOPICS.search(path)
    }
    assert published.items() - mounted.items() == set()
