"""Staff decide how customers are billed, change a draft's lines and take an invoice back; customers see their plan."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from backend.access import service as access
from backend.catalog.service import plans
from backend.catalog.terms import PlanInput
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.invoice.lifecycle import State
from backend.engine.rate.prices import Flat, PaymentTerm
from backend.invoicing import service as invoicing
from backend.invoicing.models import AppKind
from backend.invoicing.service import ProfileApps, ProfileInput, Stage
from backend.invoicing.workflow import Workflow
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import SubscriptionInput
from tests.browser import OnServer, invoice_in
from tests.shop import FEE, one_phase

PASSWORD = "correct horse battery"
DESK = replace(FEE, key="desk", name="Desk", price=Flat(Decimal(40), PaymentTerm.IN_ADVANCE))


@dataclass(frozen=True)
class Office:
    """Rhea, who pays late and whose invoices need approval, has a draft over $40."""

    customer_id: str
    draft_id: str


@pytest.fixture(scope="module")
def office(on_server: OnServer) -> Office:
    """A customer of a profile with approval, and the draft of the first fee."""
    with on_server() as ctx:
        plans.publish(ctx, plans.create(ctx, PlanInput("desks", "USD", one_phase(DESK, name="Desks"))).row.id)
        rhea = customers.create(ctx, CustomerInput("Rhea", key="rhea", labels={"sandbox_payment": "pending"}))
        access.create_customer_user(ctx, access.CustomerUserInput("rhea@example.com", "Rhea", PASSWORD, rhea.id))
        app = invoicing.ensure_app(ctx, AppKind.SANDBOX, {})[0].id
        wanted = ProfileInput("By hand", {"name": "Titan Ltd."}, default=False, workflow=Workflow(auto_advance=False))
        invoicing.pin(ctx, rhea.id, invoicing.create_profile(ctx, wanted, ProfileApps(app, app, app)).id)
        subscriptions.create(ctx, SubscriptionInput(rhea.id, "desks"))
    return Office(rhea.id, invoice_in(on_server, Stage.AWAITING_APPROVAL, rhea.id))


def test_a_billing_profile_is_made_and_pinned_to_a_customer(staff_page: Page, office: Office) -> None:
    page = staff_page
    page.goto("/settings/billing-profiles/new")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Say who sells: the name stands on every invoice.")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Europe")
    page.get_by_label("Name on invoices").fill("Titan GmbH")
    page.get_by_role("radio", name="After approval").click()
    expect(page.get_by_test_id("example")).to_contain_text("Somebody approves it")
    page.get_by_label("Payment is due after", exact=True).fill("14")
    expect(page.get_by_test_id("example")).to_contain_text("14 days after approval")
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="Europe")
    expect(row).to_contain_text("0 customers")

    page.goto(f"/customers/{office.customer_id}")
    billing = page.get_by_test_id("billing")
    expect(billing).to_contain_text("By hand")
    billing.get_by_role("button", name="Change the billing profile").click()
    page.get_by_role("dialog").get_by_label("Billing profile").select_option(label="Always Europe")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(billing).to_contain_text("Sandbox, due after 14 days")

    page.goto("/settings/billing-profiles")
    expect(row).to_contain_text("1 customer")
    row.get_by_role("button", name="Actions for Europe").click()
    page.get_by_role("menuitem", name="Delete").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("Customers are pinned to this billing profile.")
    expect(question.get_by_role("button", name="Delete")).to_have_count(0)


def test_a_draft_is_changed_issued_and_voided(staff_page: Page, office: Office, on_server: OnServer) -> None:
    page = staff_page
    page.goto(f"/invoices/{office.draft_id}")
    form, total = page.get_by_role("dialog"), page.get_by_test_id("total")
    page.get_by_role("button", name="Add a line").click()
    form.get_by_label("Name").fill("Setup")
    form.get_by_label("Quantity").fill("3")
    form.get_by_role("button", name="Add the line").click()
    expect(form.get_by_role("alert")).to_have_text("Write a number, such as 1000 or 0.002.")
    form.get_by_label("Price of each in USD").fill("2.50")
    form.get_by_role("button", name="Add the line").click()
    expect(total).to_have_text("$47.50")

    page.get_by_role("button", name="Actions for Desk").click()
    page.get_by_role("menuitem", name="Change").click()
    form.get_by_label("Percent off").fill("50")
    form.get_by_role("button", name="Change the line").click()
    expect(total).to_have_text("$27.50")
    page.get_by_role("button", name="Actions for Setup").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("button", name="Remove the line").click()
    expect(total).to_have_text("$20.00")

    question = page.get_by_role("alertdialog")
    page.get_by_role("button", name="Recalculate taxes").click()
    question.get_by_role("button", name="Recalculate taxes").click()
    expect(page.get_by_text("Taxes are calculated again.")).to_be_visible()
    page.get_by_role("button", name="Approve and issue").click()
    expect(question).to_contain_text("Rhea is charged by Sandbox: $20.00.")
    question.get_by_role("button", name="Approve and issue").click()
    expect(page.get_by_role("button", name="Add a line")).to_have_count(0)
    page.get_by_role("button", name="Void").click()
    form.get_by_role("button", name="Void the invoice").click()
    expect(form.get_by_role("alert")).to_have_text("Say why: it stays in the history of the invoice.")
    form.get_by_label("Reason").fill("Agreed on the phone")
    form.get_by_role("button", name="Void the invoice").click()
    expect(page.get_by_text("Agreed on the phone")).to_be_visible()
    with on_server() as ctx:
        assert invoicing.get(ctx, office.draft_id).status == State.VOIDED


def test_a_customer_sees_their_plan_and_what_it_charges_next(page: Page, office: Office) -> None:
    assert page.request.post("/api/session", data={"email": "rhea@example.com", "password": PASSWORD}).ok
    page.goto("/my/plan")
    expect(page.get_by_test_id("my-plan")).to_contain_text("$40.00 every month, in advance")
    expect(page.get_by_test_id("charge-so-far")).to_have_text("$40.00")
    expect(page.get_by_text("Ask them for another plan, or to cancel")).to_be_visible()
    page.get_by_role("link", name="Explain every line").click()
    expect(page.get_by_test_id("total")).to_have_text("$40.00")
