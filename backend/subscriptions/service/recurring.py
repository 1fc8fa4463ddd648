"""What the running subscriptions are worth every month, whatever is used."""

from decimal import Decimal

from backend.catalog import price_document
from backend.engine.exact import EXACT, ONE, ZERO, quotient
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import Duration
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.models import SubscriptionItem

MEAN_MONTH = Decimal("30.436875")
"""Days: a Gregorian year of 365.2425 days has twelve of them."""


def monthly_recurring(ctx: Context) -> dict[str, Decimal]:
    """Currency → monthly recurring revenue: the flat fees in force now, less their discounts, brought to one month.

    Of each subscription the phase that runs now. One-time fees and usage are not recurring. Unrounded.
    """
    now_in: dict[str, int] = {}
    fees = repository.fees_in_force(ctx)
    for subscription, phase, _ in fees:
        now_in[subscription.id] = max(phase.position, now_in.get(subscription.id, phase.position))
    sums: dict[str, Decimal] = {}
    for subscription, phase, item in fees:
        sums.setdefault(subscription.currency, ZERO)
        if item is not None and phase.position == now_in[subscription.id] and _in_force(ctx, item):
            sums[subscription.currency] = EXACT.add(sums[subscription.currency], _monthly(item))
    return sums


def _in_force(ctx: Context, item: SubscriptionItem) -> bool:
    begun = item.active_from is None or item.active_from <= ctx.now
    return begun and (item.active_to is None or item.active_to > ctx.now)


def _monthly(item: SubscriptionItem) -> Decimal:
    price = price_document.price_from_document(item.price)
    if not isinstance(price, Flat) or item.billing_cadence is None:
        return ZERO
    discount = price_document.discounts_from_document(item.discounts).percentage
    left = ONE if discount is None else EXACT.subtract(ONE, quotient(discount.percentage, Decimal(100)))
    return quotient(EXACT.multiply(price.amount, left), _months(Duration.parse(item.billing_cadence)))


def _months(cadence: Duration) -> Decimal:
    """The length of a cadence in months; weeks, days and hours by the mean month."""
    days = EXACT.add(Decimal(7 * cadence.weeks + cadence.days), quotient(Decimal(cadence.hours), Decimal(24)))
    return EXACT.add(Decimal(12 * cadence.years + cadence.months), quotient(days, MEAN_MONTH))
