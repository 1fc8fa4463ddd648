"""Selling with Stripe: an app that is not authorised refuses the sale, and taxes of a sale reach Stripe's items."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from backend import bootstrap, clockwork
from backend.errors import Invalid
from backend.integrations.sandbox import SandboxApp
from backend.integrations.stripe import StripeApp, StripeConnection
from backend.invoicing import service as invoicing
from backend.subscriptions import service as subscriptions
from tests.conftest import Work
from tests.fakes.stripe import FakeStripe
from tests.fakes.stripe.fixture import stripe_connection, stripe_fake  # noqa: F401 - fixtures
from tests.services.company import JAN, PLATFORM_IN_ADVANCE, sell


@pytest.fixture(autouse=True)
def _billed_by_stripe(work: Work, stripe_connection: StripeConnection) -> Iterator[None]:  # noqa: F811
    bootstrap.use({"sandbox": SandboxApp(), "stripe": StripeApp(stripe_connection, retries=0)})
    bootstrap.join()
    bootstrap.ensure_billing("default")
    yield
    bootstrap.use(None)


def refused(work: Work, customer: str = "acme") -> str:
    """What a sale is answered; nothing of it is kept."""
    with pytest.raises(Invalid) as refusal:
        sell(work, customer=customer)
    with work(writing=False) as ctx:
        assert subscriptions.list_subscriptions(ctx) == ([], 0)
    [issue] = refusal.value.issues
    assert (issue.field, issue.code) == ("customerId", "app_unauthorized")
    return issue.message


def test_a_key_that_stripe_refuses_sells_nothing(work: Work, stripe_connection: StripeConnection) -> None:  # noqa: F811
    wrong = replace(stripe_connection, api_key="sk_test_wrong")
    bootstrap.use({"sandbox": SandboxApp(), "stripe": StripeApp(wrong, retries=0)})
    bootstrap.check_apps("default")
    assert "Stripe" in refused(work)


def test_without_a_key_nothing_is_sold_until_there_is_one(
    work: Work,
    stripe_connection: StripeConnection,  # noqa: F811
) -> None:
    bootstrap.use({"sandbox": SandboxApp()})
    bootstrap.check_apps("default")
    refused(work)
    bootstrap.use({"sandbox": SandboxApp(), "stripe": StripeApp(stripe_connection, retries=0)})
    bootstrap.check_apps("default")
    sell(work, customer="globex")


def test_what_costs_nothing_needs_no_app(work: Work) -> None:
    bootstrap.use({"sandbox": SandboxApp()})
    bootstrap.check_apps("default")
    sell(work, cards=[replace(PLATFORM_IN_ADVANCE, price=None)])


def test_a_customer_of_another_profile_can_buy(work: Work) -> None:
    bootstrap.use({"sandbox": SandboxApp()})
    bootstrap.check_apps("default")
    with work() as ctx:
        [sandbox] = [app for app in invoicing.list_apps(ctx) if app.kind == "sandbox"]
        invoicing.ensure_default(ctx, sandbox, replace=True)
    sell(work)


def test_taxes_of_a_rate_card_reach_stripe(work: Work, stripe_fake: FakeStripe) -> None:  # noqa: F811
    taxed = replace(PLATFORM_IN_ADVANCE, tax_config={"behavior": "inclusive", "stripe": {"code": "txcd_10103001"}})
    sell(work, cards=[taxed])
    clockwork.run_due("default", now=JAN)
    [item] = stripe_fake.state.items.values()
    assert (item["tax_code"], item["tax_behavior"]) == ("txcd_10103001", "inclusive")
