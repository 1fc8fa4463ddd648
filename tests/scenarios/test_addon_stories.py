"""Add-ons to the cent, against arithmetic by hand: bought within a period, raised, lowered and removed."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from backend import clockwork
from backend.catalog.models import InstanceType
from backend.catalog.service import addons, offers
from backend.catalog.terms import AddonInput, AddonTerms, OfferTerms, RateCardTerms
from backend.engine.rate.prices import Flat, PaymentTerm
from backend.infra.context import unit_of_work
from backend.invoicing import service as invoicing
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import AddonChange, AddonPurchase, Moment
from tests.conftest import Work
from tests.services.company import FEB, JAN, MAR, PLATFORM_IN_ADVANCE, Sold, sell, standard_invoices

D = Decimal
IN_ARREARS = replace(PLATFORM_IN_ADVANCE, key="seats", name="Seats", price=Flat(D(10), PaymentTerm.IN_ARREARS))
IN_ADVANCE = replace(IN_ARREARS, price=Flat(D(10), PaymentTerm.IN_ADVANCE))
LATER = timedelta(hours=6)


@pytest.fixture
def sold(work: Work) -> Sold:
    """$20 a month in advance since January 1st, which is billed."""
    sold = sell(work, cards=[PLATFORM_IN_ADVANCE])
    run(JAN)
    return sold


def offer(work: Work, sold: Sold, card: RateCardTerms) -> str:
    """The id of an add-on of that rate card, which the customer's plan offers any number of times."""
    with work(now=JAN) as ctx:
        terms = AddonTerms("Seats", InstanceType.MULTIPLE, (card,))
        addon = addons.publish(ctx, addons.create(ctx, AddonInput("seats", "USD", terms)).row.id)
        plan_id = subscriptions.get(ctx, sold.subscription_id).plan_id
        assert plan_id is not None
        offers.create(ctx, plan_id, addon.row.id, OfferTerms("default"))
        return addon.row.id


def buy(work: Work, sold: Sold, addon: str, quantity: int, now: datetime) -> str:
    with work(now=now) as ctx:
        bought = subscriptions.buy_addon(ctx, sold.subscription_id, AddonPurchase(addon, quantity)).row.id
    run(now)
    return bought


def have(work: Work, sold: Sold, bought: str, quantity: int, now: datetime, timing: Moment = Moment.IMMEDIATE) -> None:
    with work(now=now) as ctx:
        subscriptions.change_addon(ctx, sold.subscription_id, bought, AddonChange(quantity, timing))
    run(now)


def run(now: datetime) -> None:
    clockwork.run_due("default", now=now)


def charged(work: Work) -> list[list[tuple[str, Decimal]]]:
    """Name and amount of the lines of each invoice, oldest invoice first."""
    invoices = sorted(standard_invoices(work), key=lambda invoice: invoice.created_at or JAN)
    with work(writing=False) as ctx:
        return [
            sorted((line.line.name, line.line.total) for line in invoicing.view(ctx, invoice).lines)
            for invoice in invoices
        ]


def test_paid_afterwards_each_quantity_is_paid_for_its_days(work: Work, sold: Sold) -> None:
    """10 days of 3, 5 days of 5, 5 days of 1, of 31 days each; none on the last day."""
    bought = buy(work, sold, offer(work, sold, IN_ARREARS), 3, JAN + timedelta(days=10))
    have(work, sold, bought, 5, JAN + timedelta(days=20))
    have(work, sold, bought, 1, JAN + timedelta(days=25))
    have(work, sold, bought, 0, JAN + timedelta(days=30))
    run(FEB + LATER)
    seats = [("Seats", D("1.61")), ("Seats", D("8.06")), ("Seats", D("9.68"))]
    assert charged(work) == [[("Platform", D(20))], [("Platform", D(20)), *seats]]
    run(MAR + LATER)
    assert charged(work)[2:] == [[("Platform", D(20))]]


def test_paid_in_advance_the_rest_of_the_month_is_due_at_once(work: Work, sold: Sold) -> None:
    """3 for 21 of 31 days at once, 5 from the next cycle on, and none of it after that one."""
    now = JAN + timedelta(days=10)
    bought = buy(work, sold, offer(work, sold, IN_ADVANCE), 3, now)
    have(work, sold, bought, 5, now, Moment.NEXT_BILLING_CYCLE)
    run(FEB + LATER)
    have(work, sold, bought, 0, FEB + LATER, Moment.NEXT_BILLING_CYCLE)
    run(MAR + LATER)
    assert charged(work) == [
        [("Platform", D(20))],
        [("Seats", D("20.32"))],
        [("Platform", D(20)), ("Seats", D(50))],
        [("Platform", D(20))],
    ]


def test_what_a_purchase_was_told_to_cost_is_what_it_costs(work: Work, sold: Sold) -> None:
    now = JAN + timedelta(days=10)
    addon = offer(work, sold, IN_ADVANCE)
    with unit_of_work(now=now, rehearsal=True) as ctx:
        wanted = AddonPurchase(addon, 3)
        [told] = invoicing.preview_change(
            ctx, sold.customer_id, lambda: subscriptions.buy_addon(ctx, sold.subscription_id, wanted)
        )
    assert told.due_now == D("20.32")
    assert [(line.name, line.before, line.after) for line in told.lines if line.due_now] == [
        ("Seats", None, D("20.32"))
    ]
    buy(work, sold, addon, 3, now)
    assert charged(work)[1] == [("Seats", D("20.32"))]
