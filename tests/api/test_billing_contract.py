"""Every operation on invoices, profiles and the billing of customers is there, under its own name."""

import pytest

from backend.api.app import create_api
from tests.api.test_catalog_contract import unnamed
from tests.contract import METHODS, Contract

TAXES = "recalculateInvoiceTaxAction"
"""Taxes are the app's: there is nothing to recalculate."""


@pytest.mark.parametrize(
    "prefix", ["/api/v1/billing", "/api/v3/openmeter/billing/invoices", "/api/v3/openmeter/profiles"]
)
def test_billing_is_complete(contract: Contract, prefix: str) -> None:
    mounted = {
        (method, unnamed(path)): operation["operationId"]
        for path, operations in create_api().openapi()["paths"].items()
        for method, operation in operations.items()
        if method in METHODS and path.startswith(prefix)
    }
    published = {(method, unnamed(path)): name for (method, path), name in contract.operations(prefix).items()}
    assert set(published.values()) - set(mounted.values()) <= {TAXES}
    assert all(mounted[place] == name for place, name in published.items() if place in mounted)
