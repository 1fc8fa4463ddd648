"""A flat price is charged once per period: with its first part in advance, with its last part in arrears."""

from backend.engine.exact import ONE
from backend.engine.rate.prices import Charge, Flat, PaymentTerm, Portion


def rate_flat(price: Flat, portion: Portion) -> list[Charge]:
    """One charge of the amount, whatever the usage (billing spec 4.3)."""
    due = portion.is_first if price.payment_term is PaymentTerm.IN_ADVANCE else portion.is_last
    return [Charge("flat-price", "", ONE, price.amount, price.payment_term)] if due else []
