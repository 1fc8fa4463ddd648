"""Every operation of OpenMeter's catalog is there, under its own name."""

import re

import pytest

from backend.api.app import create_api
from tests.contract import METHODS, Contract


@pytest.mark.parametrize(
    "prefix", ["/api/v1/plans", "/api/v1/addons", "/api/v3/openmeter/plans", "/api/v3/openmeter/addons"]
)
def test_the_catalog_is_complete(contract: Contract, prefix: str) -> None:
    mounted = {
        (method, unnamed(path)): operation["operationId"]
        for path, operations in create_api().openapi()["paths"].items()
        for method, operation in operations.items()
        if method in METHODS and path.startswith(prefix)
    }
    published = {(method, unnamed(path)): name for (method, path), name in contract.operations(prefix).items()}
    assert mounted.items() >= published.items()


def unnamed(path: str) -> str:
    """A path whatever its parameters are called."""
    return re.sub(r"\{[^}]*\}", "{}", path)
