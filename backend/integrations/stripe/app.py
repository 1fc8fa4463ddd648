"""The Stripe app: one Stripe invoice per invoice, one invoice item per detailed line, never a second of either.

Each call first looks what is there and then changes only what differs, under an idempotency key; so a call may be
repeated after any failure, at any distance in time.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import stripe

from backend.engine.invoice.lifecycle import Trigger
from backend.integrations.stripe.amounts import amount_issues, item_amounts, item_name, minor_units
from backend.integrations.stripe.connection import StripeConnection, translated_errors
from backend.invoicing.ports import AppIssue, AppRefused, DocumentLine, Finalized, InvoiceDocument, Synced

INVOICE_TAG = "meterline_invoice"
NAMESPACE_TAG = "meterline_namespace"
CUSTOMER_TAG = "meterline_customer"
LINE_TAG = "meterline_line"
PRINT_TAG = "meterline_print"
PAGE = 100


class StripeApp:
    """Carries invoices to Stripe (billing spec 7); payment results come back by webhook."""

    def __init__(self, connection: StripeConnection, *, retries: int | None = None) -> None:
        self.connection = connection
        client = connection.client() if retries is None else connection.client(retries)
        self._stripe = client.v1

    @property
    def pays_by_itself(self) -> bool:
        return False

    def payment_outcome(self, metadata: Mapping[str, str]) -> Trigger | None:
        return None

    def account(self) -> str | None:
        """The id of the Stripe account the key belongs to; None when a restricted key may not tell."""
        with translated_errors():
            try:
                return self._stripe.accounts.retrieve_current().id
            except (stripe.PermissionError, stripe.InvalidRequestError):
                return None

    def validate(self, document: InvoiceDocument) -> Sequence[AppIssue]:
        issues = amount_issues(tuple(document.lines), document.total, document.currency)
        if document.collection_method == "send_invoice" and not document.customer.email:
            message = "Stripe sends the invoice by email, and the customer has no email address."
            issues.append(AppIssue("stripe_customer_without_email", message, "customer/primaryEmail"))
        return issues

    def upsert(self, document: InvoiceDocument) -> Synced:
        with translated_errors():
            customer = self._customer(document)
            invoice_id = self._draft(document, customer)
            items = self._mirror_lines(document, customer, invoice_id)
            self._check_total(document, invoice_id)
        return Synced(invoice_id, customer, items)

    def finalize(self, document: InvoiceDocument) -> Finalized:
        with translated_errors():
            invoice = self._stripe.invoices.retrieve(_known(document))
            if invoice.status == "draft":
                options: Any = {"idempotency_key": document.request_key("finalize")}
                invoice = self._stripe.invoices.finalize_invoice(invoice.id, {"auto_advance": True}, options)
        return Finalized(number=invoice.number, hosted_url=invoice.hosted_invoice_url)

    def delete(self, document: InvoiceDocument) -> None:
        with translated_errors():
            external_id = document.external_id or self._find_draft(document, document.customer.external_id)
            invoice = self._retrieve(external_id) if external_id else None
            if invoice is None or invoice.status in ("void", "deleted"):
                return
            if invoice.status == "draft":
                self._stripe.invoices.delete(invoice.id)
            else:
                options: Any = {"idempotency_key": document.request_key("void")}
                self._stripe.invoices.void_invoice(invoice.id, {}, options)

    def void(self, document: InvoiceDocument) -> None:
        with translated_errors():
            invoice = self._stripe.invoices.retrieve(_known(document))
            if invoice.status != "void":
                options: Any = {"idempotency_key": document.request_key("void")}
                self._stripe.invoices.void_invoice(invoice.id, {}, options)

    def mark_uncollectible(self, document: InvoiceDocument) -> None:
        with translated_errors():
            invoice = self._stripe.invoices.retrieve(_known(document))
            if invoice.status != "uncollectible":
                options: Any = {"idempotency_key": document.request_key("uncollectible")}
                self._stripe.invoices.mark_uncollectible(invoice.id, {}, options)

    def _customer(self, document: InvoiceDocument) -> str:
        """Stripe's id of the customer: the one we know, one that an earlier attempt left behind, or a new one.

        The search lags behind by a minute, and some countries and keys do not have it; the idempotency key of the
        creation finds the customer for a day.
        """
        return document.customer.external_id or self._search_customer(document) or self._create_customer(document)

    def _search_customer(self, document: InvoiceDocument) -> str | None:
        tags = {NAMESPACE_TAG: document.namespace, CUSTOMER_TAG: document.customer.id}
        query = " AND ".join(f"metadata['{name}']:'{value}'" for name, value in tags.items())
        try:
            found = self._stripe.customers.search({"query": query, "limit": 1}).data
        except (stripe.PermissionError, stripe.InvalidRequestError):
            return None
        return found[0].id if found else None

    def _create_customer(self, document: InvoiceDocument) -> str:
        customer = document.customer
        params: Any = {
            "name": customer.name,
            "metadata": {NAMESPACE_TAG: document.namespace, CUSTOMER_TAG: customer.id},
        }
        if customer.email:
            params["email"] = customer.email
        if customer.address:
            params["address"] = dict(customer.address)
        key = f"{document.namespace}:{customer.id}:customer:{_fingerprint(params)}"
        options: Any = {"idempotency_key": key}
        return self._stripe.customers.create(params, options).id

    def _draft(self, document: InvoiceDocument, customer: str) -> str:
        """The id of the Stripe draft: the one we know, one that an earlier attempt left behind, or a new one."""
        found = document.external_id or self._find_draft(document, customer)
        if found:
            return found
        params: Any = {
            "customer": customer,
            "currency": document.currency.lower(),
            "auto_advance": False,
            "collection_method": document.collection_method,
            "pending_invoice_items_behavior": "exclude",
            "discounts": "",
            "metadata": {NAMESPACE_TAG: document.namespace, INVOICE_TAG: document.id},
        }
        if document.collection_method == "send_invoice":
            params["days_until_due"] = document.due_days
        options: Any = {"idempotency_key": document.request_key("create")}
        return self._stripe.invoices.create(params, options).id

    def _find_draft(self, document: InvoiceDocument, customer: str | None) -> str | None:
        if customer is None:
            return None
        drafts = self._stripe.invoices.list({"customer": customer, "status": "draft", "limit": PAGE})
        for draft in drafts.auto_paging_iter():
            if _tags(draft).get(INVOICE_TAG) == document.id:
                return str(draft.id)
        return None

    def _mirror_lines(self, document: InvoiceDocument, customer: str, invoice_id: str) -> Mapping[str, str]:
        """Make the draft's items those of the document: obsolete ones go, missing ones come, the others stay."""
        wanted: dict[str, Any] = {line.id: _item(document, line, customer, invoice_id) for line in document.lines}
        kept: dict[str, str] = {}
        for item in self._stripe.invoice_items.list({"invoice": invoice_id, "limit": PAGE}).auto_paging_iter():
            tags = _tags(item)
            line_id = tags.get(LINE_TAG, "")
            if (
                line_id in wanted
                and line_id not in kept
                and tags.get(PRINT_TAG) == wanted[line_id]["metadata"][PRINT_TAG]
            ):
                kept[line_id] = item.id
            else:
                self._stripe.invoice_items.delete(item.id)
        for line_id, params in wanted.items():
            if line_id not in kept:
                options: Any = {"idempotency_key": document.request_key(f"item:{line_id}")}
                kept[line_id] = self._stripe.invoice_items.create(params, options).id
        return kept

    def _check_total(self, document: InvoiceDocument, invoice_id: str) -> None:
        """Stripe must ask the customer for exactly what we ask."""
        theirs = self._stripe.invoices.retrieve(invoice_id).total
        if theirs != minor_units(document.total, document.currency):
            message = f"Stripe's invoice {invoice_id} comes to {theirs} minor units, ours to {document.total}."
            raise AppRefused(AppIssue("stripe_total_differs", message, "totals/total"))

    def _retrieve(self, external_id: str) -> stripe.Invoice | None:
        try:
            return self._stripe.invoices.retrieve(external_id)
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                return None
            raise


def _item(document: InvoiceDocument, line: DocumentLine, customer: str, invoice_id: str) -> dict[str, Any]:
    params: dict[str, Any] = {
        "customer": customer,
        "invoice": invoice_id,
        "currency": document.currency.lower(),
        "description": item_name(line, document.currency),
        "discountable": False,
        "period": {"start": int(line.period_start.timestamp()), "end": int(line.period_end.timestamp())},
        **item_amounts(line, document.currency),
        **_tax(line),
    }
    params["metadata"] = {INVOICE_TAG: document.id, LINE_TAG: line.id, PRINT_TAG: _fingerprint(params)}
    return params


def _tax(line: DocumentLine) -> dict[str, str]:
    """What is sold in Stripe's words for taxes, and whether its amount contains them; what is open is Stripe's default.

    Source: billing spec 7, tax codes.
    """
    said = line.tax or {}
    found = {"tax_code": (said.get("stripe") or {}).get("code"), "tax_behavior": said.get("behavior")}
    return {name: value for name, value in found.items() if value}


def _tags(tagged: stripe.Invoice | stripe.InvoiceItem) -> dict[str, str]:
    """The metadata of a Stripe object."""
    return tagged.metadata.to_dict() if tagged.metadata is not None else {}


def _fingerprint(params: Mapping[str, Any]) -> str:
    """A short text that differs when the parameters do."""
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:16]


def _known(document: InvoiceDocument) -> str:
    if document.external_id is None:
        raise AppRefused(AppIssue("stripe_invoice_unknown", "The invoice has no draft in Stripe. Retry to make one."))
    return document.external_id
