"""Which apps a namespace gets, and who its invoices go to."""

from collections.abc import Iterator

import pytest

from backend import bootstrap
from backend.errors import Unavailable
from backend.integrations.sandbox import SandboxApp
from backend.integrations.stripe import StripeApp, StripeConnection
from backend.invoicing import service as invoicing
from backend.invoicing.models import AppKind
from tests.conftest import Work

WITHOUT_STRIPE = {"sandbox": SandboxApp()}
WITH_STRIPE = {**WITHOUT_STRIPE, "stripe": StripeApp(StripeConnection("sk_test_0123456789", "whsec_x"))}


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    yield
    bootstrap.use(None)


def billing_app(work: Work, namespace: str = "default") -> str:
    with work(namespace, writing=False) as ctx:
        return invoicing.get_app(ctx, invoicing.default_profile(ctx).invoicing_app_id).kind


def test_without_a_key_invoices_go_to_the_sandbox(work: Work) -> None:
    bootstrap.use(WITHOUT_STRIPE)
    bootstrap.ensure_billing("default")
    bootstrap.ensure_billing("default")
    assert billing_app(work) == AppKind.SANDBOX
    with work(writing=False) as ctx:
        assert len(invoicing.list_profiles(ctx)) == len(invoicing.list_apps(ctx)) == 1


def test_with_a_key_they_go_to_stripe_in_every_namespace(work: Work) -> None:
    bootstrap.use(WITH_STRIPE)
    for namespace in ("default", "lab"):
        bootstrap.ensure_billing(namespace)
        assert billing_app(work, namespace) == AppKind.STRIPE


def test_stripe_takes_over_once_and_then_the_choice_is_ours(work: Work) -> None:
    bootstrap.use(WITHOUT_STRIPE)
    bootstrap.ensure_billing("default")
    bootstrap.use(WITH_STRIPE)
    bootstrap.ensure_billing("default")
    assert billing_app(work) == AppKind.STRIPE
    with work() as ctx:
        sandbox = next(profile for profile in invoicing.list_profiles(ctx) if not profile.is_default)
        wanted = invoicing.ProfileInput(name=sandbox.name, supplier=sandbox.supplier, default=True)
        invoicing.update_profile(ctx, sandbox.id, wanted)
    bootstrap.ensure_billing("default")
    assert billing_app(work) == AppKind.SANDBOX


def test_a_demo_may_ask_for_the_sandbox_although_stripe_is_there(work: Work) -> None:
    bootstrap.use(WITH_STRIPE)
    bootstrap.ensure_billing("demo", AppKind.SANDBOX)
    bootstrap.ensure_billing("demo")
    assert billing_app(work, "demo") == AppKind.SANDBOX


def test_webhooks_without_stripe_are_not_available() -> None:
    bootstrap.use(WITHOUT_STRIPE)
    with pytest.raises(Unavailable):
        bootstrap.read_stripe_webhook(b"{}", None)
