"""The form of a billing profile says the same as the profile, and names what is wrong at its field."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backend.engine.recurrence import DAY, MONTH, Duration, Recurrence
from backend.engine.subscribe.prorate import EndProration
from backend.invoicing.models import BillingProfile
from backend.invoicing.workflow import CollectionMethod, CorrectionPolicy, Workflow, to_document
from portal.pages.settings.billing_profiles.example import example
from portal.pages.settings.billing_profiles.form import ANCHORED, ProfileForm, form_of
from portal.pages.settings.billing_profiles.reading import read_form

DUE = datetime(2027, 2, 1, tzinfo=UTC)
OWN = Workflow(
    collection_interval=Duration(hours=12),
    anchored=Recurrence(MONTH, datetime(2026, 1, 15, 8, tzinfo=UTC)),
    auto_advance=False,
    draft_period=DAY,
    due_after=Duration(months=1, days=3),
    progressive_billing=False,
    end_proration=EndProration.BILL_FULL_PERIOD,
    collection_method=CollectionMethod.SEND_INVOICE,
    tax_enforced=True,
    corrections=CorrectionPolicy.ASK,
    corrections_ignored_below=Decimal("0.5"),
    default_tax_config={"behavior": "exclusive", "stripe": {"code": "txcd_10103001"}, "customInvoicing": {"code": "A"}},
)
SUPPLIER = {
    "id": "01",
    "name": "Acme Ltd.",
    "taxId": {"code": "DE1"},
    "addresses": [{"line1": "Main 1", "country": "DE", "phoneNumber": "1"}],
}


def profile(workflow: Workflow) -> BillingProfile:
    return BillingProfile(
        name="Europe",
        labels={"team": "emea"},
        supplier=SUPPLIER,
        workflow=to_document(workflow),
        tax_app_id="app",
        invoicing_app_id="app",
        payment_app_id="app",
    )


@pytest.mark.parametrize("workflow", [Workflow(), OWN])
def test_a_profile_survives_its_form(workflow: Workflow) -> None:
    kept = profile(workflow)
    read = read_form(form_of(kept), kept)
    assert read.problems == {}
    assert read.wanted.workflow == workflow
    assert (read.wanted.supplier, read.wanted.labels) == (SUPPLIER, {"team": "emea"})


def test_everything_wrong_is_named_at_its_field() -> None:
    typed = ProfileForm(
        alignment=ANCHORED, anchor="soon", wait="-1", due="1.5", country="Germany", tax_code="x", ignored_below="-1"
    )
    assert set(read_form(typed).problems) == {
        "name",
        "seller",
        "anchor",
        "wait",
        "due",
        "country",
        "tax_code",
        "ignored_below",
    }


def test_what_leaves_the_calendar_has_no_example() -> None:
    assert example(Workflow(due_after=Duration(years=9000)), DUE) == []


def test_the_example_follows_the_rules_of_real_invoices() -> None:
    told = [(step.what, step.at) for step in example(replace(OWN, auto_advance=True), DUE)]
    assert told == [
        ("The period ends; its usage is due", "1 Feb 2027, 00:00 UTC"),
        ("The invoice is drawn", "15 Feb 2027, 08:00 UTC"),
        ("The draft can be looked at and changed until", "16 Feb 2027, 08:00 UTC"),
        ("Issued by itself", "16 Feb 2027, 08:00 UTC"),
        ("The customer has to pay until", "19 Mar 2027, 08:00 UTC"),
    ]
