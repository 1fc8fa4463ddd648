"""Flat prices shrink with the time served, as in OpenMeter's own tests."""

from decimal import Decimal

import pytest

from backend.engine.rate.prices import Flat, PaymentTerm
from backend.engine.subscribe.prorate import EndProration, Proration, billed_price, should_prorate
from tests.engine import prices
from tests.engine.vectors import Case, cases, instant, period


def proration(given: Case) -> Proration:
    at_end = given.get("subscriptionEndProrationMode") or "bill_actual_period"
    return Proration(given["proRatingConfig"]["enabled"], EndProration(at_end))


def subscription_end(given: Case) -> object:
    return given.get("subscriptionActiveTo") and instant(given["subscriptionActiveTo"])


@pytest.mark.parametrize(("given", "expected"), cases("proration", "flat_fee_proration"))
def test_a_flat_fee_is_prorated(given: Case, expected: str) -> None:
    price = Flat(Decimal(given["amount"]), PaymentTerm(given.get("paymentTerm", "in_advance")))
    service, full = period(given["servicePeriod"]), period(given["fullServicePeriod"])
    prorated = should_prorate(proration(given), price, service, subscription_end(given))
    billed = billed_price(price, given["currency"], service=service, full=full, prorated=prorated)
    assert isinstance(billed, Flat)
    assert billed.amount == Decimal(expected)


@pytest.mark.parametrize(("given", "expected"), cases("proration", "should_prorate"))
def test_whether_to_prorate(given: Case, expected: bool) -> None:
    service = period(given["servicePeriod"])
    assert should_prorate(proration(given), prices.price(given["price"]), service, subscription_end(given)) is expected
