"""Staff see a subscription on its axis of time, and change it only after they were told what it means in money."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from backend.catalog.models import InstanceType
from backend.catalog.service import addons, offers, plans
from backend.catalog.terms import AddonInput, AddonTerms, OfferTerms, PlanInput
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.rate.prices import Flat, PaymentTerm
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import SubscriptionInput
from tests.shop import FEE, one_phase

OnServer = Callable[[], AbstractContextManager[Context]]


def publish(ctx: Context, key: str, name: str, fee: int) -> None:
    card = replace(FEE, name=f"{name} fee", price=Flat(Decimal(fee), PaymentTerm.IN_ADVANCE))
    plans.publish(ctx, plans.create(ctx, PlanInput(key, "USD", one_phase(card, name=name))).row.id)


@pytest.fixture
def customer_id(on_server: OnServer) -> str:
    """A customer who has just started on the smaller of two plans, of which there is a newer version."""
    with on_server() as ctx:
        publish(ctx, "small", "Small", 20)
        publish(ctx, "large", "Large", 70)
        customer = customers.create(ctx, CustomerInput("Tethys", key="tethys"))
        subscriptions.create(ctx, SubscriptionInput(customer.id, "small"))
        publish(ctx, "small", "Small", 30)
        return customer.id


def test_every_change_is_told_in_money_before_it_is_made(
    staff_page: Page, customer_id: str, on_server: OnServer
) -> None:
    page = staff_page
    page.goto(f"/customers/{customer_id}?tab=subscription")
    expect(page.get_by_test_id("timeline")).to_contain_text("Today")
    form, next_after = page.get_by_role("dialog"), page.get_by_test_id("next-after")

    page.get_by_role("button", name="Move to version 2").click()
    expect(next_after).to_have_text("$30.00")
    form.get_by_role("button", name="Cancel", exact=True).click()
    expect(form).to_have_count(0)  # its own button has the same name

    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(form.get_by_test_id("due-now")).to_have_text("$0.00")
    expect(form.get_by_role("table", name="What changes on the invoices")).to_contain_text("Small fee")
    with on_server() as ctx:
        assert subscriptions.of_customer(ctx, customer_id)[0].active_to is None
    form.get_by_role("button", name="Cancel the subscription").click()
    expect(page.get_by_test_id("scheduled")).to_contain_text("the subscription ends")

    page.get_by_role("button", name="Take the cancellation back").click()
    expect(next_after).to_have_text("$20.00")
    form.get_by_role("button", name="Take the cancellation back").click()
    expect(page.get_by_test_id("scheduled")).to_have_count(0)

    page.get_by_role("button", name="Change plan").click()
    form.get_by_label("Plan").select_option("large")
    expect(next_after).to_have_text("$70.00")
    form.get_by_role("button", name="Change the plan").click()
    expect(page.get_by_test_id("scheduled").filter(has_text="and Large v1 follows")).to_be_visible()


@pytest.fixture
def with_seats(on_server: OnServer) -> str:
    """A customer whose plan offers seats of $10 a month each."""
    with on_server() as ctx:
        publish(ctx, "team", "Team", 20)
        card = replace(FEE, key="seats", name="Seat", price=Flat(Decimal(10), PaymentTerm.IN_ADVANCE))
        terms = AddonTerms("Seats", InstanceType.MULTIPLE, (card,))
        seats = addons.publish(ctx, addons.create(ctx, AddonInput("seats", "USD", terms)).row.id)
        offers.create(ctx, plans.get(ctx, "team").row.id, seats.row.id, OfferTerms("main", 5))
        customer = customers.create(ctx, CustomerInput("Janus", key="janus"))
        subscriptions.create(ctx, SubscriptionInput(customer.id, "team"))
        return customer.id


def test_add_ons_are_bought_changed_and_removed_after_their_money(staff_page: Page, with_seats: str) -> None:
    page = staff_page
    page.goto(f"/customers/{with_seats}?tab=subscription")
    form, bought, next_after = (
        page.get_by_role("dialog"),
        page.get_by_test_id("addons"),
        page.get_by_test_id("next-after"),
    )

    page.get_by_role("button", name="Add an add-on").click()
    form.get_by_label("Quantity").fill("6")
    expect(form.get_by_role("alert")).to_contain_text("at most 5 times")
    form.get_by_label("Quantity").fill("3")
    expect(next_after).to_have_text("$50.00")
    form.get_by_label("When").select_option("immediate")
    expect(form.get_by_test_id("money-preview")).to_contain_text("Seat")
    form.get_by_role("button", name="Add the add-on").click()
    expect(bought).to_contain_text("Quantity 3")
    expect(page.get_by_test_id("timeline")).to_contain_text("Seat")

    page.get_by_role("button", name="Change quantity").click()
    form.get_by_label("Quantity").fill("1")
    expect(next_after).to_have_text("$30.00")
    form.get_by_role("button", name="Change the quantity").click()
    expect(bought).to_contain_text(": quantity 1")

    bought.get_by_role("button", name="Remove").click()
    form.get_by_label("When").select_option("immediate")
    form.get_by_role("button", name="Remove the add-on").click()
    expect(bought).to_contain_text("Not in force now")
    expect(bought).not_to_contain_text(": quantity 1")
