"""Every operation of OpenMeter's catalog is there, under its own name."""

import re

import pytest

from tests.api.conftest import Operations
from tests.contract import Contract


@pytest.mark.parametrize(
    "prefix", ["/api/v1/plans", "/api/v1/addons", "/api/v3/openmeter/plans", "/api/v3/openmeter/addons"]
)
def test_the_catalog_is_complete(contract: Contract, mounted: Operations, prefix: str) -> None:
    ours = {(method, unnamed(path)): name for (method, path), name in mounted.items() if path.startswith(prefix)}
    published = {(method, unnamed(path)): name for (method, path), name in contract.operations(prefix).items()}
    assert ours.items() >= published.items()


def unnamed(path: str) -> str:
    """A path whatever its parameters are called."""
    return re.sub(r"\{[^}]*\}", "{}", path)
