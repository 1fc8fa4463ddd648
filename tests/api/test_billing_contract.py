"""Every operation on invoices, profiles and the billing of customers is there, under its own name."""

import pytest

from tests.api.conftest import Operations
from tests.api.test_catalog_contract import unnamed
from tests.contract import Contract

TAXES = "recalculateInvoiceTaxAction"
"""Taxes are the app's: there is nothing to recalculate."""


@pytest.mark.parametrize(
    "prefix", ["/api/v1/billing", "/api/v3/openmeter/billing/invoices", "/api/v3/openmeter/profiles"]
)
def test_billing_is_complete(contract: Contract, mounted: Operations, prefix: str) -> None:
    ours = {(method, unnamed(path)): name for (method, path), name in mounted.items() if path.startswith(prefix)}
    published = {(method, unnamed(path)): name for (method, path), name in contract.operations(prefix).items()}
    assert set(published.values()) - set(ours.values()) <= {TAXES}
    assert all(ours[place] == name for place, name in published.items() if place in ours)
