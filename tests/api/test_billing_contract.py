"""Every operation on subscriptions, invoices, profiles and the billing of customers is there, under its own name."""

import pytest

from tests.api.conftest import Operations
from tests.api.test_catalog_contract import unnamed
from tests.contract import Contract


@pytest.mark.parametrize(
    "prefix",
    [
        "/api/v1/billing",
        "/api/v1/subscriptions",
        "/api/v3/openmeter/billing/invoices",
        "/api/v3/openmeter/profiles",
        "/api/v3/openmeter/subscriptions",
    ],
)
def test_billing_is_complete(contract: Contract, mounted: Operations, prefix: str) -> None:
    ours = {(method, unnamed(path)): name for (method, path), name in mounted.items() if path.startswith(prefix)}
    published = {(method, unnamed(path)): name for (method, path), name in contract.operations(prefix).items()}
    assert published.items() - ours.items() == set()
