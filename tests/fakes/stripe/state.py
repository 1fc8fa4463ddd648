"""What the substitute keeps, and the rules of Stripe that matter here: customers, draft and open invoices, payments."""

import itertools
import time
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.fakes.stripe.params import Refused

Object = dict[str, Any]
LARGEST = 99_999_999

CARDS: dict[str, str] = {
    "pm_card_visa": "paid",
    "pm_card_chargeDeclined": "declined",
    "pm_card_authenticationRequired": "action_required",
}
"""Stripe's test payment methods, and what becomes of a charge."""


class State:
    """The objects of one Stripe account; every change that Stripe announces is handed to `announce`."""

    def __init__(self, announce: Callable[[str, Object], None]) -> None:
        self.announce = announce
        self.card: str | None = "pm_card_visa"
        self.customers: dict[str, Object] = {}
        self.invoices: dict[str, Object] = {}
        self.items: dict[str, Object] = {}
        self.removed: set[str] = set()
        self._numbers = itertools.count(1)

    def _new(self, prefix: str, kind: str, **fields: Any) -> Object:
        number = next(self._numbers)
        return {
            "id": f"{prefix}_fake{number:08d}",
            "object": kind,
            "created": int(time.time()),
            "livemode": False,
            **fields,
        }

    # Customers

    def create_customer(self, params: Object) -> Object:
        """A customer; without a card of its own it gets the account's usual test card."""
        card = params.pop("payment_method", None) or (params.get("invoice_settings") or {}).get(
            "default_payment_method"
        )
        customer = self._new("cus", "customer", name=None, email=None, metadata=_metadata(params.pop("metadata", None)))
        customer |= params
        customer["invoice_settings"] = {"default_payment_method": card or self.card}
        self.customers[customer["id"]] = customer
        return customer

    def update_customer(self, customer_id: str, params: Object) -> Object:
        customer = self.customer(customer_id)
        settings = params.pop("invoice_settings", None) or {}
        customer["metadata"] |= _metadata(params.pop("metadata", None))
        customer["invoice_settings"] |= settings
        customer |= params
        return customer

    def customer(self, customer_id: str) -> Object:
        return _found(self.customers, customer_id, "customer")

    # Invoices

    def create_invoice(self, params: Object) -> Object:
        customer = self.customer(_needed(params, "customer"))
        method = params.get("collection_method", "charge_automatically")
        due = params.pop("days_until_due", None)
        if method == "send_invoice" and due is None and "due_date" not in params:
            raise Refused("You must pass days_until_due or due_date.", param="days_until_due")
        if method != "send_invoice" and due is not None:
            raise Refused("days_until_due is only allowed with send_invoice.", param="days_until_due")
        if method == "send_invoice" and not customer["email"]:
            raise Refused("Missing email of the customer.", param="customer", code="customer_email_missing")
        invoice = self._new(
            "in",
            "invoice",
            status="draft",
            number=None,
            currency=_currency(params.pop("currency", "usd")),
            collection_method=method,
            auto_advance=params.pop("auto_advance", False),
            metadata=_metadata(params.pop("metadata", None)),
            total=0,
            amount_paid=0,
            attempt_count=0,
            hosted_invoice_url=None,
            last_finalization_error=None,
        )
        invoice |= {
            key: value for key, value in params.items() if key not in ("pending_invoice_items_behavior", "discounts")
        }
        if due is not None:
            invoice["due_date"] = invoice["created"] + due * 86400
        self.invoices[invoice["id"]] = invoice
        self.announce("invoice.created", invoice)
        return invoice

    def invoice(self, invoice_id: str) -> Object:
        return _found(self.invoices, invoice_id, "invoice")

    def delete_invoice(self, invoice_id: str) -> Object:
        invoice = self.invoice(invoice_id)
        if invoice["status"] != "draft":
            raise Refused("You can only delete draft invoices.", code="invoice_not_editable")
        for item in [item for item in self.items.values() if item["invoice"] == invoice_id]:
            del self.items[item["id"]]
        del self.invoices[invoice_id]
        self.removed.add(invoice_id)
        self.announce("invoice.deleted", invoice)
        return {"id": invoice_id, "object": "invoice", "deleted": True}

    def finalize(self, invoice_id: str, params: Object) -> Object:
        """A draft gets its number and is open; what is automatic is charged at once."""
        invoice = self.invoice(invoice_id)
        if invoice["status"] != "draft":
            message = "This invoice is already finalized, you can't re-finalize a non-draft invoice."
            raise Refused(message, code="invoice_not_editable")
        if invoice["total"] < 0:
            raise Refused("An invoice must not come to less than zero.", code="invoice_negative")
        invoice |= {
            "status": "open",
            "number": f"FAKE-{next(self._numbers):04d}",
            "hosted_invoice_url": f"https://invoice.example/{invoice_id}",
            "auto_advance": params.get("auto_advance", invoice["auto_advance"]),
        }
        self.announce("invoice.finalized", invoice)
        if invoice["total"] == 0:
            self._paid(invoice)
        elif invoice["auto_advance"] and invoice["collection_method"] == "charge_automatically":
            self.charge(invoice_id)
        return invoice

    def charge(self, invoice_id: str) -> None:
        """Try the customer's card."""
        invoice = self.invoice(invoice_id)
        customer = self.customer(invoice["customer"])
        card = customer["invoice_settings"].get("default_payment_method") or ""
        invoice["attempt_count"] += 1
        outcome = CARDS.get(card, "declined")
        if outcome == "paid":
            self._paid(invoice)
            return
        if outcome == "action_required":
            self.announce("invoice.payment_action_required", invoice)
        self.announce("invoice.payment_failed", invoice)

    def pay(self, invoice_id: str, params: Object) -> Object:
        invoice = self._open(invoice_id, "pay")
        if params.get("paid_out_of_band"):
            self._paid(invoice)
            return invoice
        self.charge(invoice_id)
        if invoice["status"] != "paid":
            raise Refused("Your card was declined.", code="card_declined", status=402, kind="card_error")
        return invoice

    def void(self, invoice_id: str) -> Object:
        invoice = self._open(invoice_id, "void")
        invoice["status"] = "void"
        self.announce("invoice.voided", invoice)
        return invoice

    def mark_uncollectible(self, invoice_id: str) -> Object:
        invoice = self._open(invoice_id, "mark")
        invoice["status"] = "uncollectible"
        self.announce("invoice.marked_uncollectible", invoice)
        return invoice

    def _open(self, invoice_id: str, action: str) -> Object:
        invoice = self.invoice(invoice_id)
        if invoice["status"] not in ("open", "uncollectible"):
            raise Refused(f"You can't {action} an invoice that is {invoice['status']}.", code="invoice_not_open")
        return invoice

    def _paid(self, invoice: Object) -> None:
        invoice |= {"status": "paid", "amount_paid": invoice["total"]}
        self.announce("invoice.paid", invoice)

    # Invoice items

    def create_item(self, params: Object) -> Object:
        customer = self.customer(_needed(params, "customer"))
        amount = _item_amount(params)
        invoice = self.invoice(params["invoice"]) if "invoice" in params else None
        if invoice is not None:
            if invoice["status"] != "draft":
                raise Refused("The invoice is no longer editable.", param="invoice", code="invoice_not_editable")
            if invoice["customer"] != customer["id"]:
                raise Refused("The invoice belongs to another customer.", param="invoice")
            if _currency(params.get("currency", invoice["currency"])) != invoice["currency"]:
                raise Refused("The currency differs from the invoice's.", param="currency")
        period = params.get("period")
        if period and period["start"] > period["end"]:
            raise Refused("The period ends before it starts.", param="period")
        item = self._new("ii", "invoiceitem", metadata=_metadata(params.pop("metadata", None)), invoice=None)
        item |= {key: str(part) if isinstance(part, Decimal) else part for key, part in params.items()}
        item["amount"] = amount
        self.items[item["id"]] = item
        self._total(invoice)
        return item

    def item(self, item_id: str) -> Object:
        return _found(self.items, item_id, "invoiceitem")

    def delete_item(self, item_id: str) -> Object:
        item = self.item(item_id)
        invoice = self.invoices.get(item["invoice"])
        if invoice is not None and invoice["status"] != "draft":
            raise Refused("The invoice is no longer editable.", code="invoice_not_editable")
        del self.items[item_id]
        self._total(invoice)
        return {"id": item_id, "object": "invoiceitem", "deleted": True}

    def _total(self, invoice: Object | None) -> None:
        if invoice is not None:
            invoice["total"] = sum(item["amount"] for item in self.items.values() if item["invoice"] == invoice["id"])


def _item_amount(params: Object) -> int:
    """Either an amount, or quantity times unit amount, rounded half up as Stripe does."""
    if ("amount" in params) == ("unit_amount_decimal" in params):
        raise Refused("Pass exactly one of amount and unit_amount_decimal.", param="amount")
    if "amount" in params:
        if "quantity" in params or "quantity_decimal" in params:
            raise Refused("quantity cannot be combined with amount.", param="quantity")
        amount = int(params["amount"])
    else:
        quantity = Decimal(params.get("quantity_decimal", params.get("quantity", 1)))
        if quantity < 0:
            raise Refused("quantity must not be negative.", param="quantity_decimal")
        amount = int((quantity * params["unit_amount_decimal"]).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(amount) > LARGEST:
        raise Refused("Amount must be no more than 99999999.", param="amount", code="amount_too_large")
    return amount


def _metadata(values: Any) -> dict[str, str]:
    values = dict(values or {})
    if len(values) > 50 or any(len(key) > 40 or len(value) > 500 for key, value in values.items()):
        raise Refused("Metadata is limited to 50 keys of 40 characters and values of 500.", param="metadata")
    return values


def _currency(code: str) -> str:
    if len(code) != 3 or not code.isalpha() or code != code.lower():
        raise Refused(f"Invalid currency: {code}", param="currency")
    return code


def _needed(params: Object, name: str) -> str:
    if name not in params:
        raise Refused(f"Missing required param: {name}.", param=name, code="parameter_missing")
    return str(params[name])


def _found(objects: dict[str, Object], object_id: str, kind: str) -> Object:
    if object_id not in objects:
        raise Refused(f"No such {kind}: '{object_id}'", param="id", code="resource_missing", status=404)
    return objects[object_id]
