"""The Stripe app against a strict Stripe: exactly one invoice, exactly its lines, whatever is repeated or lost."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backend.integrations.stripe import StripeApp, StripeConnection
from backend.invoicing.ports import AppRefused, AppUnreachable, DocumentCustomer, DocumentLine, InvoiceDocument
from tests.fakes.stripe import FakeStripe
from tests.fakes.stripe.fixture import stripe_connection, stripe_fake  # noqa: F401

D = Decimal
JAN, FEB = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
CUSTOMER = DocumentCustomer("c1", "acme", "Acme", "billing@acme.example", {"country": "DE", "city": "Berlin"}, None)
PLATFORM = DocumentLine("l1", "Platform", D(1), D("49.99"), D("49.99"), JAN, FEB)
TOKENS = DocumentLine("l2", "Tokens: usage in period", D("1234.5"), D("0.0333"), D("41.11"), JAN, FEB)
INVOICE = InvoiceDocument(
    "i1",
    "default",
    "a1",
    "DRAFT-ACME-1",
    "USD",
    CUSTOMER,
    (PLATFORM, TOKENS),
    D("91.10"),
    "charge_automatically",
    30,
    None,
    4,
    0,
)


@pytest.fixture
def app(stripe_connection: StripeConnection) -> StripeApp:  # noqa: F811
    return StripeApp(stripe_connection, retries=0)


def test_a_draft_is_mirrored_line_by_line_and_issued(app: StripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    synced = app.upsert(INVOICE)
    draft = stripe_fake.state.invoices[synced.external_id or ""]
    assert (draft["status"], draft["total"], draft["auto_advance"]) == ("draft", 9110, False)
    assert draft["metadata"] == {"meterline_namespace": "default", "meterline_invoice": "i1"}
    items = [stripe_fake.state.items[(synced.line_external_ids or {})[key]] for key in ("l1", "l2")]
    assert [item["amount"] for item in items] == [4999, 4111]

    issued = app.finalize(replace(INVOICE, external_id=synced.external_id))
    assert issued.number == draft["number"]
    assert draft["status"] == "paid"


def test_every_change_in_stripe_carries_an_idempotency_key(app: StripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    synced = app.upsert(INVOICE)
    app.finalize(replace(INVOICE, external_id=synced.external_id))
    posts = [call for call in stripe_fake.calls if call.method == "POST"]
    assert len(posts) == 5
    assert len({call.key for call in posts}) == 5
    assert all("i1" in (call.key or "") or "c1" in (call.key or "") for call in posts)


def test_repeating_everything_changes_nothing(app: StripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    first, second = app.upsert(INVOICE), app.upsert(INVOICE)
    assert first == second
    known = replace(INVOICE, external_id=first.external_id)
    assert app.finalize(known) == app.finalize(known)
    assert len(stripe_fake.state.invoices) == len(stripe_fake.state.customers) == 1
    assert len(stripe_fake.state.items) == 2


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/invoices", "/v1/invoiceitems", "/v1/invoices/[^/]+"])
def test_an_answer_that_got_lost_is_made_up_for(app: StripeApp, stripe_fake: FakeStripe, path: str) -> None:  # noqa: F811
    method = "GET" if path.endswith("+") else "POST"
    stripe_fake.fail_next(method, path, after=True)
    with pytest.raises(AppUnreachable) as failure:
        app.upsert(INVOICE)
    assert failure.value.answered
    stripe_fake.forget_keys()
    customer = next(iter(stripe_fake.state.customers), None)
    known = replace(INVOICE, attempt=1, customer=replace(CUSTOMER, external_id=customer))
    app.upsert(known)
    assert [invoice["total"] for invoice in stripe_fake.state.invoices.values()] == [9110]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_account_without_search_still_gets_its_invoice(
    app: StripeApp,
    stripe_fake: FakeStripe,  # noqa: F811
    status: int,
) -> None:
    stripe_fake.fail_next("GET", "/v1/customers/search", status=status)
    app.upsert(INVOICE)
    assert [invoice["total"] for invoice in stripe_fake.state.invoices.values()] == [9110]


def test_a_restricted_key_need_not_tell_its_account(app: StripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    stripe_fake.fail_next("GET", "/v1/account", status=403)
    assert app.account() is None
    assert app.account() == "acct_fake00000001"


def test_a_line_that_changed_replaces_its_item(app: StripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    synced = app.upsert(INVOICE)
    dearer = replace(PLATFORM, per_unit_amount=D(60), total=D(60))
    again = replace(INVOICE, lines=(dearer,), total=D(60), version=9, external_id=synced.external_id)
    app.upsert(again)
    assert [item["amount"] for item in stripe_fake.state.items.values()] == [6000]
    assert stripe_fake.state.invoices[synced.external_id or ""]["total"] == 6000


def test_how_a_line_is_taxed_is_told(app: StripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    taxed = replace(PLATFORM, tax={"behavior": "exclusive", "stripe": {"code": "txcd_10000000"}})
    coded = replace(TOKENS, tax={"taxCodeId": "01HZ", "behavior": "inclusive"})
    synced = app.upsert(replace(INVOICE, lines=(taxed, coded)))
    items = [stripe_fake.state.items[(synced.line_external_ids or {})[key]] for key in ("l1", "l2")]
    assert [(item.get("tax_code"), item.get("tax_behavior")) for item in items] == [
        ("txcd_10000000", "exclusive"),
        (None, "inclusive"),
    ]
    again = replace(PLATFORM, tax={"behavior": "inclusive", "stripe": {"code": "txcd_10000000"}})
    app.upsert(replace(INVOICE, lines=(again, coded), external_id=synced.external_id, version=9))
    told = {item["description"]: item["tax_behavior"] for item in stripe_fake.state.items.values()}
    assert told["Platform"] == "inclusive"


def test_deleting_removes_the_draft_also_when_its_id_got_lost(app: StripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    synced = app.upsert(INVOICE)
    known = replace(INVOICE, customer=replace(CUSTOMER, external_id=synced.customer_external_id))
    app.delete(known)
    app.delete(replace(known, external_id=synced.external_id))
    assert stripe_fake.state.invoices == {}


def test_a_refusal_says_why(app: StripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    with pytest.raises(AppRefused) as refusal:
        app.upsert(replace(INVOICE, customer=replace(CUSTOMER, external_id="cus_gone")))
    assert refusal.value.issue.code == "stripe_resource_missing"
    assert "cus_gone" in refusal.value.issue.message


def test_a_wrong_key_is_a_refusal(stripe_connection: StripeConnection) -> None:  # noqa: F811
    stranger = StripeApp(replace(stripe_connection, api_key="sk_test_wrong"), retries=0)
    with pytest.raises(AppRefused, match="refused the API key"):
        stranger.upsert(INVOICE)


def test_no_stripe_at_all_is_not_a_refusal() -> None:
    with pytest.raises(AppUnreachable) as failure:
        StripeApp(StripeConnection("sk_test_x", None, "http://127.0.0.1:9"), retries=0).upsert(INVOICE)
    assert not failure.value.answered


def test_what_cannot_be_sent_is_found_before_anything_is_sent(app: StripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    by_email = replace(INVOICE, collection_method="send_invoice", customer=replace(CUSTOMER, email=None))
    assert [issue.code for issue in app.validate(by_email)] == ["stripe_customer_without_email"]
    odd = replace(INVOICE, currency="JPY")
    assert {issue.code for issue in app.validate(odd)} == {"stripe_amount_not_representable"}
    assert app.validate(INVOICE) == []
    assert stripe_fake.calls == []


def test_an_invoice_to_send_tells_stripe_when_it_is_due(app: StripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    synced = app.upsert(replace(INVOICE, collection_method="send_invoice", due_days=14))
    draft = stripe_fake.state.invoices[synced.external_id or ""]
    assert draft["due_date"] - draft["created"] == 14 * 86400
    app.finalize(replace(INVOICE, external_id=synced.external_id))
    assert draft["status"] == "open"


@pytest.mark.parametrize(("act", "status"), [("void", "void"), ("mark_uncollectible", "uncollectible")])
def test_an_issued_invoice_is_taken_back_or_given_up_once(
    app: StripeApp,
    stripe_fake: FakeStripe,  # noqa: F811
    act: str,
    status: str,
) -> None:
    unpaid = replace(INVOICE, collection_method="send_invoice")
    synced = app.upsert(unpaid)
    issued = replace(unpaid, external_id=synced.external_id)
    app.finalize(issued)
    for _ in range(2):
        getattr(app, act)(issued)
    assert stripe_fake.state.invoices[synced.external_id or ""]["status"] == status
    with pytest.raises(AppRefused):
        getattr(app, act)(INVOICE)
