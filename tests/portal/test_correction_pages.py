"""Usage that comes late for an issued invoice: staff book the difference or let it go, the customer reads why."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from backend.access import service as access
from backend.catalog.service import features, plans
from backend.catalog.terms import FeatureInput, PlanInput
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.meter.definition import Aggregation
from backend.engine.rate.prices import Unit
from backend.engine.recurrence import Duration
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.cloudevents import CloudEvent
from backend.invoicing import service as invoicing
from backend.invoicing.models import AppKind
from backend.invoicing.service import CorrectionFilter, ProfileApps, ProfileInput, Stage
from backend.invoicing.workflow import CorrectionPolicy, Workflow
from backend.metering import service as metering
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import SubscriptionInput
from tests.browser import OnServer, invoice_in
from tests.services.company import TOKENS
from tests.shop import one_phase

PASSWORD = "correct horse battery"
ASK = Workflow(collection_interval=Duration(), corrections=CorrectionPolicy.ASK)


@dataclass(frozen=True)
class Late:
    """Phoebe, whose paid invoice over letters and postage is $5 and $10 short."""

    customer_id: str
    invoice_id: str


def write_letters(ctx: Context, letters: int, at: datetime) -> None:
    data = f'{{"letters": {letters}}}'
    event = CloudEvent(id=f"{letters}", source="tests", type="letters", subject="phoebe", time=at, data=data)
    ingest.ingest(ctx, [event])


@pytest.fixture
def late(on_server: OnServer) -> Late:
    start = datetime.now(UTC) - timedelta(days=40)
    with on_server(now=start) as ctx:
        metering.create_meter(ctx, metering.MeterInput("letters", Aggregation.SUM, "letters", "$.letters"))
        for key in ("letters", "postage"):
            features.create(ctx, FeatureInput(key, key.title(), meter="letters"))
        letters = replace(TOKENS, key="letters", name="Letters", feature_key="letters")
        postage = replace(letters, key="postage", name="Postage", feature_key="postage", price=Unit(Decimal("0.02")))
        plan = plans.create(ctx, PlanInput("post", "USD", one_phase(letters, postage, name="Post")))
        plans.publish(ctx, plan.row.id)
        phoebe = customers.create(ctx, CustomerInput("Phoebe", key="phoebe"))
        access.create_customer_user(ctx, access.CustomerUserInput("phoebe@example.com", "Phoebe", PASSWORD, phoebe.id))
        app = invoicing.ensure_app(ctx, AppKind.SANDBOX, {})[0].id
        profile = ProfileInput("Ask first", {"name": "Titan Ltd."}, default=False, workflow=ASK)
        invoicing.pin(ctx, phoebe.id, invoicing.create_profile(ctx, profile, ProfileApps(app, app, app)).id)
        subscriptions.create(ctx, SubscriptionInput(phoebe.id, "post"))
        write_letters(ctx, 1000, start + timedelta(days=3))
    invoice_id = invoice_in(on_server, Stage.PAID, phoebe.id)
    with on_server() as ctx:
        write_letters(ctx, 500, start + timedelta(days=4))
    wait_for_corrections(on_server, invoice_id, 2)
    return Late(phoebe.id, invoice_id)


def wait_for_corrections(on_server: OnServer, invoice_id: str, many: int, seconds: int = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with on_server() as ctx:
            if invoicing.list_corrections(ctx, CorrectionFilter(invoice_id=invoice_id))[1] == many:
                return
        time.sleep(0.3)
    pytest.fail(f"The scheduler did not find {many} corrections.")


def test_a_correction_is_booked_or_let_go_and_the_customer_reads_why(staff_page: Page, late: Late) -> None:
    page, question = staff_page, staff_page.get_by_role("alertdialog")
    page.goto("/corrections?chip=waiting")
    waiting = page.get_by_role("table", name="Corrections").get_by_role("row").filter(has_text="usage arrived late")
    expect(waiting).to_have_count(2)
    page.goto("/")
    page.get_by_role("link", name="2 corrections of issued invoices wait").click()

    waiting.filter(has_text="Letters").get_by_role("button", name="Book the correction of Letters").click()
    expect(question).to_contain_text("$5.00 is charged on the customer's next invoice")
    question.get_by_role("button", name="Book it").click()
    expect(waiting).to_have_count(1)

    waiting.get_by_role("link", name="INV-").first.click()
    corrections = page.get_by_role("list", name="Corrections")
    expect(corrections).to_contain_text("$10.00 was billed, $15.00 is due: usage arrived late.")
    expect(corrections.get_by_role("link", name="on Upcoming")).to_be_visible()
    corrections.get_by_role("button", name="Let go the correction of Postage").click()
    expect(question).to_contain_text("$10.00 is never charged. This cannot be undone.")
    question.get_by_role("button", name="Let it go").click()
    expect(corrections).to_contain_text("let go")
    expect(corrections.get_by_role("button")).to_have_count(0)

    assert page.request.post("/api/session", data={"email": "phoebe@example.com", "password": PASSWORD}).ok
    page.goto("/my")
    page.get_by_role("link", name="Explain every line").click()
    line = page.get_by_role("list", name="Lines").get_by_role("listitem").filter(has_text="correction of INV-")
    expect(line).to_contain_text("$10.00 was billed for this period, $15.00 is due: usage arrived late.")
    expect(line).to_contain_text("$5.00")
    line.get_by_test_id("explain").click()
    expect(page.get_by_text("Usage arrived late: 1 event of")).to_be_visible()
    page.get_by_role("link", name="Letters on INV-").click()
    expect(page.get_by_role("heading", name="Usage by day")).to_be_visible()
