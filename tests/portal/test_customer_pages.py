"""A customer from the first click to the paid invoice: staff sell, the customer sees their own account and no other."""

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from backend.access import service as access
from backend.catalog.service import features, plans
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import FeatureInput, PlanInput
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.meter.definition import Aggregation
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.invoicing.service import Stage
from backend.metering import service as metering
from backend.metering.service import MeterInput
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import SubscriptionInput
from portal.pages.customers.detail_state import CustomerState
from portal.pages.invoices.detail_state import InvoiceState
from tests.browser import invoice_in
from tests.shop import FEE, TOKENS, one_phase

OnServer = Callable[[], AbstractContextManager[Context]]
PASSWORD = "correct horse battery"
PROMPTS = replace(
    TOKENS, key="prompts", name="Prompts", feature_key="prompts", entitlement=MeteredTemplate(Decimal(1000))
)


@dataclass(frozen=True)
class Shop:
    """Two customers of one plan; Juno has a login, and each has a paid invoice."""

    juno_invoice: str
    rival_id: str
    rival_invoice: str


@pytest.fixture(scope="module")
def shop(on_server: OnServer) -> Shop:
    """A plan with a fee, a price and a quota of 1,000, of which Juno has used 820."""
    with on_server() as ctx:
        metering.create_meter(ctx, MeterInput("prompts", Aggregation.SUM, "prompted", "$.count", name="Prompts meter"))
        features.create(ctx, FeatureInput("prompts", "Prompts", meter="prompts"))
        plan = plans.create(ctx, PlanInput("solo", "USD", one_phase(FEE, PROMPTS, name="Solo")))
        plans.publish(ctx, plan.row.id)
        juno = customers.create(ctx, CustomerInput("Juno Labs", key="juno"))
        rival = customers.create(ctx, CustomerInput("Rival Works", key="rival"))
        access.create_customer_user(ctx, access.CustomerUserInput("juno@example.com", "June", PASSWORD, juno.id))
        for customer in (juno, rival):
            subscriptions.create(ctx, SubscriptionInput(customer.id, "solo"))
    use(on_server, "juno", 820)
    return Shop(invoice_in(on_server, Stage.PAID, juno.id), rival.id, invoice_in(on_server, Stage.PAID, rival.id))


def use(on_server: OnServer, subject: str, count: int) -> None:
    with on_server() as ctx:
        ingest.ingest(
            ctx, [CloudEvent(f"{subject}-{count}", "test", "prompted", subject, None, f'{{"count": {count}}}')]
        )


@pytest.fixture
def customer_page(page: Page, shop: Shop) -> Page:
    """A browser in which Juno's person is signed in."""
    answer = page.request.post("/api/session", data={"email": "juno@example.com", "password": PASSWORD})
    assert answer.ok, answer.text()
    return page


def test_a_customer_sees_quota_charge_and_paid_invoice(customer_page: Page) -> None:
    page = customer_page
    page.goto("/my")
    expect(page.get_by_test_id("plan")).to_have_text("Solo")
    expect(page.get_by_test_id("alerts")).to_contain_text("82% of the included quota is used")
    expect(page.get_by_test_id("quota")).to_contain_text("820 of 1K used")
    expect(page.get_by_test_id("quota")).to_contain_text("At the limit, access stops until then.")
    expect(page.get_by_test_id("charge-so-far")).to_have_text("$20.82")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Usage").click()
    page.wait_for_url("**/my/usage")
    expect(page.get_by_role("img", name="Usage over time").locator("svg.main-svg").first).to_be_visible()
    page.get_by_text("Show as table").click()
    expect(page.get_by_role("table", name="Usage over time")).to_contain_text("820")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Invoices").click()
    paid = page.get_by_role("row").filter(has_text="Paid")
    expect(paid).to_contain_text("$20.00")
    paid.get_by_role("link").first.click()
    expect(page.get_by_test_id("total")).to_have_text("$20.00")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download PDF").click()
    assert saved.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_role("button", name="Explain Platform fee").click()
    expect(page.get_by_role("dialog")).to_contain_text("A fee: it does not depend on usage.")


def test_the_upcoming_line_is_explained_down_to_the_event(customer_page: Page) -> None:
    page = customer_page
    page.goto("/my")
    page.get_by_role("link", name="Explain every line").click()
    expect(page.get_by_test_id("total")).to_have_text("$20.82")
    expect(page.get_by_role("button", name="Download PDF")).to_have_count(0)
    page.get_by_role("button", name="Explain Prompts").click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("table", name="How it is calculated")).to_contain_text(
        "820 \N{MULTIPLICATION SIGN} $0.001"
    )
    expect(panel.get_by_role("table", name="Events behind it")).to_contain_text("juno-820")


def test_customers_reach_neither_each_other_nor_the_staffs_pages(customer_page: Page, shop: Shop) -> None:
    page = customer_page
    page.goto(f"/my/invoices/{shop.rival_invoice}")
    expect(page.get_by_role("alert")).to_contain_text("You have no invoice at this address.")
    for address in ("/customers", f"/customers/{shop.rival_id}", "/invoices", f"/invoices/{shop.juno_invoice}"):
        page.goto(address)
        expect(page).to_have_url("/my")
        expect(page.get_by_test_id("plan")).to_have_text("Solo")
    assert "Rival" not in page.content()


def test_a_forged_event_of_a_customer_is_refused_on_the_server(
    customer_page: Page, shop: Shop, on_server: OnServer
) -> None:
    """The customer's own connection, with messages that no page of theirs would send."""
    page, connections, answers = customer_page, list[WebSocketRoute](), list[str]()

    def watch(client: WebSocketRoute) -> None:
        server = client.connect_to_server()
        connections.append(server)

        def answered(message: str | bytes) -> None:
            answers.append(str(message))
            client.send(message)

        client.on_message(server.send)
        server.on_message(answered)

    page.route_web_socket("**/_event/**", watch)
    page.goto("/my")
    expect(page.get_by_test_id("plan")).to_have_text("Solo")
    at = {"pathname": f"/customers/{shop.rival_id}", "asPath": f"/customers/{shop.rival_id}"}
    for name, place, payload in (
        (f"{CustomerState.get_full_name()}.load", at, {}),
        (f"{CustomerState.get_full_name()}.save", at, {"typed": {"name": "Taken over", "key": "rival"}}),
        (
            f"{InvoiceState.get_full_name()}.act",
            {"pathname": f"/invoices/{shop.rival_invoice}", "asPath": f"/invoices/{shop.rival_invoice}"},
            {"action": "advance"},
        ),
    ):
        heard = len(answers)
        event = {"name": name, "router_data": place, "payload": payload}
        connections[-1].send("42/_event," + json.dumps(["event", event]))
        until = time.monotonic() + 10
        while time.monotonic() < until and not any("may not" in text for text in answers[heard:]):
            page.wait_for_timeout(50)
        assert any("may not" in text for text in answers[heard:]), (name, answers[heard:])
    assert not any("Rival" in text for text in answers)
    with on_server() as ctx:
        assert customers.get(ctx, shop.rival_id).name == "Rival Works"


def test_staff_sell_to_a_new_customer_and_let_them_in(
    staff_page: Page, shop: Shop, browser: Browser, base_url: str
) -> None:
    page = staff_page
    page.goto("/customers")
    page.get_by_role("button", name="New customer").click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Create customer").click()
    expect(form.get_by_role("alert").first).to_have_text("Give it a name.")
    form.get_by_label("Name").fill("Selene Systems")
    form.get_by_label("Key").fill("juno")
    form.get_by_role("button", name="Create customer").click()
    expect(form.get_by_text("Another customer already has the key juno")).to_be_visible()
    form.get_by_label("Key").fill("selene")
    form.get_by_role("button", name="Create customer").click()
    expect(page.get_by_role("heading", name="Selene Systems")).to_be_visible()

    page.get_by_role("link", name="Subscription", exact=True).click()
    page.get_by_role("button", name="Start a subscription").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Plan").select_option("solo")
    form.get_by_label("Start optional").fill("2000-01-01T00:00")
    expect(form.get_by_role("alert")).to_have_text("A subscription cannot start in the past.")
    form.get_by_label("Start optional").fill("")
    expect(form.get_by_test_id("due-now")).to_have_text("$20.00")
    form.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_test_id("subscription")).to_contain_text("$20.00 every month, in advance")

    page.get_by_role("link", name="Overview", exact=True).last.click()
    page.get_by_role("button", name="Invite").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Sally")
    form.get_by_label("E-mail").fill("sally@example.com")
    form.get_by_role("button", name="Make the login").click()
    password = page.get_by_test_id("shown-once").inner_text().strip()

    other = browser.new_context(base_url=base_url)
    sally = other.new_page()
    sally.goto("/login")
    sally.get_by_label("E-mail").fill("sally@example.com")
    sally.get_by_label("Password").fill(password)
    sally.get_by_role("button", name="Sign in").click()
    expect(sally.get_by_test_id("plan")).to_have_text("Solo")
    other.close()


def test_staff_find_an_invoice_in_its_pile(staff_page: Page, shop: Shop) -> None:
    page = staff_page
    page.goto("/invoices")
    page.get_by_role("navigation", name="Piles of invoices").get_by_role("link", name="Paid").click()
    page.get_by_placeholder("Search by number or customer").fill("juno")
    found = page.get_by_role("row").filter(has=page.get_by_role("link"))
    expect(found).to_have_count(1)
    found.get_by_role("link").first.click()
    expect(page).to_have_url(f"/invoices/{shop.juno_invoice}")
    expect(page.get_by_text("What happened")).to_be_visible()
    expect(page.get_by_role("button", name="Delete draft")).to_have_count(0)

    page.goto("/invoices?stage=gathering")
    page.get_by_role("row").filter(has_text="Juno Labs").get_by_role("link").first.click()
    expect(page.get_by_test_id("total")).to_have_text("$20.82")
    page.get_by_role("button", name="Explain Prompts").click()
    expect(page.get_by_role("dialog").get_by_role("link", name="Prompts meter")).to_be_visible()
