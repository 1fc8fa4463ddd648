"""A fee that is charged once is charged when its item begins; how long the item lasts does not change it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from backend import bootstrap, clockwork
from backend.engine.rate.prices import Flat, PaymentTerm
from backend.invoicing import service as invoicing
from backend.subscriptions import service as subscriptions
from tests.conftest import Work
from tests.services.company import JAN, PLATFORM_IN_ADVANCE, gathering_invoices, sell, standard_invoices

SETUP = replace(
    PLATFORM_IN_ADVANCE,
    key="setup",
    name="Setup",
    price=Flat(Decimal(100), PaymentTerm.IN_ADVANCE),
    billing_cadence=None,
)


def test_a_fee_that_was_paid_is_no_warning_when_its_subscription_ends(work: Work) -> None:
    sold = sell(work, cards=[SETUP])
    clockwork.run_due("default", now=JAN)
    [paid] = standard_invoices(work)
    assert (paid.status, paid.total) == ("paid", 100)
    later = JAN + timedelta(days=9)
    with work(now=later) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id)
    clockwork.run_due("default", now=later)
    [after] = standard_invoices(work)
    assert (after.validation_issues, gathering_invoices(work)) == ([], [])
    with work(now=later) as ctx:
        assert not invoicing.corrections_of_customer(ctx, sold.customer_id)


def test_a_fee_that_is_still_gathered_follows_the_end_of_its_item(work: Work) -> None:
    bootstrap.ensure_billing("default")
    sold = sell(work, cards=[SETUP])
    with work(now=JAN) as ctx:
        invoicing.sync(ctx, sold.subscription_id)
    later = JAN + timedelta(hours=1)
    with work(now=later) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id)
        invoicing.sync(ctx, sold.subscription_id)
    [gathering] = gathering_invoices(work)
    assert (gathering.period_start, gathering.period_end) == (JAN, later)
