"""How a line is taxed: as it says itself, and where it says nothing as the billing profile does."""

from collections.abc import Mapping
from typing import Any

from backend.invoicing.models import Invoice, InvoiceLine

CODES = ("stripe", "customInvoicing", "taxCodeId")
"""Under which of these names a tax configuration says what is sold; one that says it at all says it alone."""


def tax_of(invoice: Invoice, line: InvoiceLine) -> Mapping[str, Any] | None:
    """The tax configuration of a line, with the default of the profile as its invoice keeps it; None without any.

    Behavior and code fall back each for itself. Source: billing spec 7.
    """
    own = said(line.tax_config) or {}
    default = said(invoice.workflow.get("default_tax_config")) or {}
    coded = own if any(name in own for name in CODES) else default
    found = {name: coded[name] for name in CODES if name in coded}
    behavior = own.get("behavior") or default.get("behavior")
    return found | ({"behavior": behavior} if behavior else {}) or None


def said(document: Any) -> Any:
    """A document without what it leaves open; None when that is all of it."""
    if not isinstance(document, Mapping):
        return document
    return {name: said(value) for name, value in document.items() if value is not None} or None
