"""Corrections in Stripe: what is given back is an item of its own, and no invoice comes to less than zero."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from backend import bootstrap
from backend.integrations.sandbox import SandboxApp
from backend.integrations.stripe import StripeApp, StripeConnection
from tests.conftest import Work
from tests.fakes.stripe import FakeStripe
from tests.fakes.stripe.fixture import stripe_connection, stripe_fake  # noqa: F401 - fixtures
from tests.services.company import gathering_invoices, standard_invoices
from tests.services.test_corrections import bill_january, lines_of, use_late
from tests.services.test_corrections_ride import FALLING, LATER, charge_setup


@pytest.fixture(autouse=True)
def _billed_by_stripe(stripe_connection: StripeConnection) -> Iterator[None]:  # noqa: F811
    bootstrap.use({"sandbox": SandboxApp(), "stripe": StripeApp(stripe_connection, retries=0)})
    yield
    bootstrap.use(None)


def theirs(fake: FakeStripe) -> tuple[int, list[int], str]:
    """The total, the amounts of the items and the status of the invoice that Stripe got last."""
    last = list(fake.state.invoices.values())[-1]
    items = [item["amount"] for item in fake.state.items.values() if item["invoice"] == last["id"]]
    return last["total"], sorted(items), last["status"]


def test_credit_is_an_item_with_a_negative_amount(work: Work, stripe_fake: FakeStripe) -> None:  # noqa: F811
    sold = bill_january(work, FALLING, tokens=100)
    use_late(work, 1)
    charge_setup(work, sold, 60, LATER)
    assert theirs(stripe_fake) == (1050, [-4950, 6000], "paid")
    assert standard_invoices(work)[-1].total == Decimal("10.50")


def test_credit_beyond_an_invoice_waits_here_and_not_in_stripe(work: Work, stripe_fake: FakeStripe) -> None:  # noqa: F811
    sold = bill_january(work, FALLING, tokens=100)
    use_late(work, 1)
    charge_setup(work, sold, 20, LATER)
    assert theirs(stripe_fake) == (0, [-2000, 2000], "paid")
    [gathering] = gathering_invoices(work)
    waiting = [amount for name, amount in lines_of(work, gathering.id, LATER) if name.startswith("Tokens: correction")]
    assert waiting == [Decimal("-29.50")]
    charge_setup(work, sold, 40, LATER.replace(hour=12))
    assert theirs(stripe_fake) == (1050, [-2950, 4000], "paid")
