"""The substitute of Stripe is as strict as Stripe: what it lets pass in tests, Stripe would let pass."""

from typing import Any

import pytest
import stripe

from backend.integrations.stripe import StripeConnection
from tests.fakes.stripe import FakeStripe
from tests.fakes.stripe.fixture import stripe_connection, stripe_fake  # noqa: F401 - fixtures


@pytest.fixture
def client(stripe_connection: StripeConnection) -> Any:  # noqa: F811
    return stripe_connection.client(retries=0).v1


@pytest.fixture
def customer(client: Any) -> str:
    return str(client.customers.create({"name": "Acme"}).id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"automatic_tax": {"enabled": True, "colour": "red"}},
        {"collection_method": "by_hand"},
        {"auto_advance": "perhaps"},
        {"currency": "USD"},
        {"days_until_due": 3},
        {"collection_method": "send_invoice", "days_until_due": 3},
        {"metadata": {"k" * 41: "v"}},
    ],
)
def test_a_wrong_parameter_is_refused(client: Any, customer: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.invoices.create({"customer": customer, **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"amount": 1, "unit_amount_decimal": "1"},
        {"amount": 1, "quantity_decimal": "2"},
        {"unit_amount_decimal": "0.0000000000001"},
        {"amount": 1, "currency": "eur"},
        {"amount": 100_000_000},
        {"amount": 1, "period": {"start": 2, "end": 1}},
    ],
)
def test_a_wrong_item_is_refused(client: Any, customer: str, wrong: dict[str, Any]) -> None:
    invoice = client.invoices.create({"customer": customer, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError):
        client.invoice_items.create({"customer": customer, "invoice": invoice.id, **wrong})


def test_a_key_answers_the_same_and_never_anything_else(client: Any, customer: str) -> None:
    options = {"idempotency_key": "once"}
    first = client.invoices.create({"customer": customer, "currency": "usd"}, options)
    assert client.invoices.create({"customer": customer, "currency": "usd"}, options).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        client.invoices.create({"customer": customer, "currency": "eur"}, options)


def test_an_issued_invoice_is_not_edited_issued_again_or_deleted(client: Any, customer: str) -> None:
    invoice = client.invoices.create({"customer": customer, "currency": "usd"})
    item = client.invoice_items.create({"customer": customer, "invoice": invoice.id, "amount": 5, "currency": "usd"})
    client.invoices.finalize_invoice(invoice.id)
    for attempt in (
        lambda: client.invoices.finalize_invoice(invoice.id),
        lambda: client.invoices.delete(invoice.id),
        lambda: client.invoice_items.delete(item.id),
        lambda: client.invoice_items.create({"customer": customer, "invoice": invoice.id, "amount": 5}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            attempt()


def test_a_declined_card_is_a_card_error(client: Any, stripe_fake: FakeStripe) -> None:  # noqa: F811
    buyer = client.customers.create({"name": "Poor", "payment_method": "pm_card_chargeDeclined"})
    invoice = client.invoices.create({"customer": buyer.id, "currency": "usd"})
    client.invoice_items.create({"customer": buyer.id, "invoice": invoice.id, "amount": 5, "currency": "usd"})
    client.invoices.finalize_invoice(invoice.id)
    with pytest.raises(stripe.CardError):
        client.invoices.pay(invoice.id)
    kinds = [event["type"] for event in stripe_fake.webhooks.events]
    assert kinds == ["invoice.created", "invoice.finalized", "invoice.payment_failed"]
