"""Proration: a flat price for part of a period costs that part of it; usage prices are never prorated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from backend.engine.exact import EXACT, quotient
from backend.engine.money import round_amount
from backend.engine.period import Period, microseconds, truncate
from backend.engine.rate.prices import Flat, Price


class EndProration(StrEnum):
    """What the last, shortened period of an ending subscription costs."""

    BILL_ACTUAL_PERIOD = "bill_actual_period"
    BILL_FULL_PERIOD = "bill_full_period"


@dataclass(frozen=True, slots=True)
class Proration:
    """Whether a subscription prorates at all, and the billing profile's choice for its end."""

    enabled: bool = True
    at_end: EndProration = EndProration.BILL_ACTUAL_PERIOD


def should_prorate(proration: Proration, price: Price, service: Period, subscription_end: datetime | None) -> bool:
    """Whether a line's price depends on how much of its period is served, to the second (billing spec 2.4)."""
    if not proration.enabled or not isinstance(price, Flat):
        return False
    reaches_end = subscription_end is not None and truncate(subscription_end) <= service.truncated().end
    return not (reaches_end and proration.at_end is EndProration.BILL_FULL_PERIOD)


def prorate(amount: Decimal, currency: str, service: Period, full: Period) -> Decimal:
    """The part of an amount that a service period bears of its full period, by elapsed seconds, rounded as money is.

    Unchanged if either period is empty or the service period is not the shorter one: an amount never grows.
    Source: billing spec 2.4.
    """
    served, whole = service.truncated().length, full.truncated().length
    if service.truncated().is_empty or full.truncated().is_empty or served >= whole:
        return amount
    return round_amount(quotient(EXACT.multiply(amount, microseconds(served)), microseconds(whole)), currency)


def billed_price(price: Price, currency: str, *, service: Period, full: Period, prorated: bool) -> Price | None:
    """The price to put on a line, or None when nothing is left of a flat price and the line is not made."""
    if not isinstance(price, Flat):
        return price
    amount = prorate(price.amount, currency, service, full) if prorated else price.amount
    return replace(price, amount=amount) if round_amount(amount, currency) else None
