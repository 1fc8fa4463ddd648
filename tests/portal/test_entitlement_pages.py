"""Quotas on the pages: staff grant, look closer, release and start anew; customers see what is left and how long."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from backend.access import service as access
from backend.catalog.service import features
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import FeatureInput
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.meter.definition import Aggregation
from backend.engine.recurrence import MONTH
from backend.entitlements import reservation_service as reservations
from backend.entitlements import service as entitlements
from backend.entitlements.reservation_service import ReservationInput
from backend.entitlements.service import EntitlementInput
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.metering import service as metering
from backend.metering.service import MeterInput

OnServer = Callable[[], AbstractContextManager[Context]]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def paperwren(on_server: OnServer) -> str:
    """A customer who may print 100 pages a month since two days ago, has printed 40 and reserved 30; their id."""
    with on_server() as ctx:
        metering.create_meter(ctx, MeterInput("pages_printed", Aggregation.SUM, "printed", "$.pages"))
        printing = features.create(ctx, FeatureInput("printing", "Printed pages", meter="pages_printed"))
        features.create(ctx, FeatureInput("stapling", "Stapling"))
        customer = customers.create(ctx, CustomerInput("Paperwren", key="paperwren"))
        access.create_customer_user(
            ctx, access.CustomerUserInput("paperwren@example.com", "Quinn", PASSWORD, customer.id)
        )
        start = ctx.now - timedelta(days=2)
        template = MeteredTemplate(Decimal(100))
        entitlements.create(ctx, EntitlementInput(customer.id, printing, template, start, usage_period=MONTH))
        yesterday = ctx.now - timedelta(days=1)
        ingest.ingest(ctx, [CloudEvent("print-1", "test", "printed", "paperwren", yesterday, '{"pages": 40}')])
    with on_server() as ctx:
        wanted = ReservationInput(Decimal(30), timedelta(hours=1))
        reservations.reserve(ctx, customers.get(ctx, customer.id), "printing", wanted)
    return customer.id


def test_staff_fill_look_into_and_restart_a_quota(staff_page: Page, paperwren: str) -> None:
    page = staff_page
    page.goto(f"/customers/{paperwren}?tab=entitlements")
    quota = page.get_by_test_id("entitlement").filter(has_text="Printed pages")
    expect(quota).to_contain_text("40 used of 100, 30 reserved, 30 left")
    expect(quota).to_contain_text("At this pace it runs out on")
    expect(page.get_by_role("img", name="Balance and usage over time").locator("svg.main-svg").first).to_be_visible()

    quota.get_by_role("button", name="Grant", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("Amount", exact=True).fill("nothing")
    form.get_by_role("button", name="Grant").click()
    expect(form.get_by_role("alert")).to_contain_text("Write a number")
    form.get_by_label("Amount", exact=True).fill("1,000")
    form.get_by_role("button", name="Grant").click()
    expect(quota).to_contain_text("40 used of 1.1K, 30 reserved, 1.03K left")
    grants = page.get_by_role("table", name="Grants, in the order they are used up")
    expect(grants.get_by_role("row")).to_have_count(3)

    grants.get_by_role("button", name="Void the grant of 1,000").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Void").click()
    expect(grants.get_by_role("row").filter(has_text="1,000")).to_contain_text("voided")

    page.get_by_role("button", name="Release the reservation of 30").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Release").click()
    expect(quota).to_contain_text("40 used of 100, 60 left")

    quota.get_by_role("button", name="Start anew").click()
    page.get_by_role("dialog").get_by_role("button", name="Start anew").click()
    expect(quota).to_contain_text("0 used of 100, 100 left")


def test_staff_grant_a_feature_by_hand_and_take_it_away(staff_page: Page, paperwren: str) -> None:
    page = staff_page
    page.goto(f"/customers/{paperwren}?tab=entitlements")
    page.get_by_role("button", name="New entitlement").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Feature").select_option(label="Printed pages (printing)")
    form.get_by_label("Amount in each period").fill("5")
    form.get_by_role("button", name="Grant").click()
    expect(form.get_by_role("alert")).to_contain_text("already has an entitlement")

    form.get_by_label("Feature").select_option(label="Stapling (stapling)")
    form.get_by_label("What it is").select_option("access")
    form.get_by_role("button", name="Grant").click()
    stapling = page.get_by_test_id("entitlement").filter(has_text="Stapling")
    expect(stapling).to_contain_text("May use it")
    stapling.get_by_role("button", name="Take away").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Take away").click()
    expect(stapling).to_have_count(0)


def test_the_customer_sees_what_is_left_and_how_long_it_lasts(page: Page, paperwren: str, on_server: OnServer) -> None:
    with on_server() as ctx:
        ingest.ingest(ctx, [CloudEvent("print-2", "test", "printed", "paperwren", None, '{"pages": 20}')])
    assert page.request.post("/api/session", data={"email": "paperwren@example.com", "password": PASSWORD}).ok
    page.goto("/my/usage")
    quota = page.get_by_test_id("quota")
    expect(quota).to_contain_text("of 100 used")
    expect(quota).to_contain_text("At this pace it runs out on")
    expect(quota).to_contain_text("Starts again on")
    expect(quota).to_contain_text("At the limit, access stops until then.")
