"""The figures on the desk of whoever runs the business: revenue, usage that accrues, recurring fees."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from backend import clockwork
from backend.engine.rate.prices import Discounts, Flat, PercentageDiscount
from backend.engine.recurrence import Duration
from backend.invoicing import service as invoicing
from backend.invoicing.service import MonthRevenue
from backend.subscriptions import service as subscriptions
from tests.conftest import Work
from tests.services.company import FEB, JAN, MAR, PLATFORM_IN_ADVANCE, TOKENS, cancel, sell, use_tokens

HOUR = timedelta(hours=1)


def test_revenue_is_told_by_month_and_currency(work: Work) -> None:
    sell(work)
    sell(work, customer="berta", currency="EUR", cards=(PLATFORM_IN_ADVANCE,))
    clockwork.run_due("default", now=JAN)
    use_tokens(work, 1000, JAN + HOUR)
    for now in (FEB, FEB + HOUR):
        clockwork.run_due("default", now=now)
    with work(now=FEB + HOUR, writing=False) as ctx:
        everything = invoicing.revenue_by_month(ctx, JAN)
        assert invoicing.revenue_by_month(ctx, FEB) == everything[2:]
    assert everything == [
        MonthRevenue(JAN, "EUR", Decimal(20), 1),
        MonthRevenue(JAN, "USD", Decimal(20), 1),
        MonthRevenue(FEB, "EUR", Decimal(20), 1),
        MonthRevenue(FEB, "USD", Decimal(30), 1),
    ]


def test_usage_accrues_until_it_is_invoiced_and_fees_do_not(work: Work) -> None:
    sell(work)
    clockwork.run_due("default", now=JAN)
    use_tokens(work, 1234, JAN + HOUR)
    with work(now=JAN + 2 * HOUR, writing=False) as ctx:
        assert invoicing.accruing_usage(ctx) == {"USD": Decimal("12.34")}
    clockwork.run_due("default", now=FEB + HOUR)
    with work(now=FEB + HOUR, writing=False) as ctx:
        assert invoicing.accruing_usage(ctx) == {"USD": Decimal(0)}


def test_recurring_revenue_brings_every_fee_to_a_month(work: Work) -> None:
    yearly = replace(PLATFORM_IN_ADVANCE, price=Flat(Decimal(120)), billing_cadence=Duration(years=1), key="yearly")
    halved = replace(PLATFORM_IN_ADVANCE, discounts=Discounts(percentage=PercentageDiscount(Decimal(50))), key="half")
    setup = replace(PLATFORM_IN_ADVANCE, billing_cadence=None, key="setup")
    sold = sell(work, cards=(PLATFORM_IN_ADVANCE, yearly, halved, setup, TOKENS))
    sell(work, customer="berta", currency="EUR", at=FEB, cards=(PLATFORM_IN_ADVANCE,))
    with work(now=JAN, writing=False) as ctx:
        assert subscriptions.monthly_recurring(ctx) == {"USD": Decimal(40)}
    cancel(work, sold, FEB)
    with work(now=MAR, writing=False) as ctx:
        assert subscriptions.monthly_recurring(ctx) == {"EUR": Decimal(20)}
