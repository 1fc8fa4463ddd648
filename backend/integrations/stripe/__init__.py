"""The Stripe app: mirrors invoices to Stripe, which collects the payment and tells us by signed webhooks."""

from backend.integrations.stripe.app import StripeApp
from backend.integrations.stripe.connection import StripeConnection
from backend.integrations.stripe.webhook import read_webhook

__all__ = ["StripeApp", "StripeConnection", "read_webhook"]
