"""A strict, stateful substitute of Stripe for tests: `FakeStripe` is its state, `serve` its HTTP face."""

from tests.fakes.stripe.server import FakeStripe, create_app

__all__ = ["FakeStripe", "create_app"]
