"""Stripe's webhooks: believed only with a fresh signature, and translated into what they mean for an invoice."""

import json
from datetime import UTC, datetime, timedelta

import stripe

from backend.engine.invoice.lifecycle import Trigger
from backend.errors import Invalid, Unavailable
from backend.integrations.stripe.app import INVOICE_TAG
from backend.payments.message import ProviderMessage

TOLERANCE = timedelta(minutes=5)

TRIGGERS = {
    "invoice.paid": Trigger.PAID,
    "invoice.payment_failed": Trigger.FAIL,
    "invoice.voided": Trigger.VOID,
    "invoice.marked_uncollectible": Trigger.UNCOLLECTIBLE,
    "invoice.payment_action_required": Trigger.ACTION_REQUIRED,
    "invoice.overdue": Trigger.OVERDUE,
    "invoice.finalization_failed": Trigger.FAIL,
}


def read_webhook(body: bytes, signature: str | None, secret: str | None) -> ProviderMessage:
    """Check the signature over the raw body and that it is at most five minutes old by the wall clock, then read it.

    Raises Invalid for a body that is not Stripe's, Unavailable while no webhook secret is set.
    """
    if not secret:
        raise Unavailable("Stripe's webhooks need METERLINE_STRIPE_WEBHOOK_SECRET.")
    try:
        text = body.decode()
        stripe.WebhookSignature.verify_header(text, signature, secret, int(TOLERANCE.total_seconds()))
        event = json.loads(text)
        created = _instant(event["created"])
        subject = event["data"]["object"]
        event_id, event_type = str(event["id"]), str(event["type"])
    except stripe.SignatureVerificationError as error:
        raise Invalid(f"The webhook's signature is not valid: {error.user_message or error}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("The webhook's body is not an event of Stripe.") from error
    about_invoice = isinstance(subject, dict) and subject.get("object") == "invoice"
    return ProviderMessage(
        event_id=event_id,
        event_type=event_type,
        occurred_at=created,
        trigger=TRIGGERS.get(event_type),
        invoice_id=(subject.get("metadata") or {}).get(INVOICE_TAG) if about_invoice else None,
        external_id=subject.get("id") if about_invoice else None,
        about_issuing=event_type == "invoice.finalization_failed",
        note=_reason(subject) if about_invoice else None,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _reason(invoice: dict[str, object]) -> str | None:
    """Why a finalisation failed, in Stripe's words."""
    error = invoice.get("last_finalization_error")
    return str(error.get("message")) if isinstance(error, dict) else None
