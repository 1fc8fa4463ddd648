"""`stripe_fake`: the substitute of Stripe, served on a free loopback port while a test runs."""

from collections.abc import Iterator

import pytest

from backend.integrations.stripe import StripeConnection
from tests.conftest import serving
from tests.fakes.stripe.server import API_KEY, SECRET, FakeStripe, create_app


@pytest.fixture
def stripe_fake() -> Iterator[FakeStripe]:
    """A fresh, empty Stripe account; `stripe_fake.webhooks.url` says where its webhooks go."""
    fake = FakeStripe()
    with serving(create_app(fake)) as address:
        fake.address = address
        yield fake
        fake.webhooks.close()


@pytest.fixture
def stripe_connection(stripe_fake: FakeStripe) -> StripeConnection:
    """How the Stripe app reaches the substitute."""
    return StripeConnection(API_KEY, SECRET, stripe_fake.address)
