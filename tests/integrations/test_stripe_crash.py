"""A process that dies between Stripe's answer and our record, or two that run at once: one invoice in Stripe."""

import threading
from collections.abc import Iterator
from typing import TypeVar

import pytest

from backend import bootstrap, clockwork
from backend.engine.invoice.lifecycle import State
from backend.integrations.sandbox import SandboxApp
from backend.integrations.stripe import StripeApp, StripeConnection
from backend.invoicing.ports import Finalized, InvoiceDocument, Synced
from tests.conftest import Work
from tests.fakes.stripe import FakeStripe
from tests.fakes.stripe.fixture import stripe_connection, stripe_fake  # noqa: F401 - fixtures
from tests.services.company import JAN, sell, standard_invoices

Answer = TypeVar("Answer")


class Killed(BaseException):
    """Stands for kill -9: nothing that handles errors sees it."""


class DyingStripeApp(StripeApp):
    """Stripe does what it is asked, and then this process dies before it can write anything down."""

    dies_after: str = ""

    def upsert(self, document: InvoiceDocument) -> Synced:
        return self._die("upsert", super().upsert(document))

    def finalize(self, document: InvoiceDocument) -> Finalized:
        return self._die("finalize", super().finalize(document))

    def _die(self, step: str, answer: Answer) -> Answer:
        if self.dies_after == step:
            self.dies_after = ""
            raise Killed
        return answer


@pytest.fixture
def app(stripe_connection: StripeConnection) -> Iterator[DyingStripeApp]:  # noqa: F811
    dying = DyingStripeApp(stripe_connection, retries=0)
    bootstrap.use({"sandbox": SandboxApp(), "stripe": dying})
    yield dying
    bootstrap.use(None)


def only_one(work: Work, fake: FakeStripe) -> None:
    [invoice] = standard_invoices(work)
    [theirs] = fake.state.invoices.values()
    assert (invoice.status, invoice.external_id, invoice.number) == (
        State.PAYMENT_PENDING,
        theirs["id"],
        theirs["number"],
    )
    assert (theirs["status"], theirs["total"]) == ("paid", 2000)
    assert len(fake.state.items) == len(fake.state.customers) == 1


@pytest.mark.parametrize("keys", ["kept", "forgotten"])
@pytest.mark.parametrize("step", ["upsert", "finalize"])
def test_dying_after_stripe_answered(
    work: Work,
    app: DyingStripeApp,
    stripe_fake: FakeStripe,  # noqa: F811
    step: str,
    keys: str,
) -> None:
    sell(work)
    app.dies_after = step
    with pytest.raises(Killed):
        clockwork.run_due("default", now=JAN)
    if keys == "forgotten":
        stripe_fake.forget_keys()
    clockwork.run_due("default", now=JAN)
    only_one(work, stripe_fake)


def test_two_runs_at_once(work: Work, app: DyingStripeApp, stripe_fake: FakeStripe) -> None:  # noqa: F811
    sell(work)
    runs = [threading.Thread(target=clockwork.run_due, args=("default", JAN)) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    clockwork.run_due("default", now=JAN)
    only_one(work, stripe_fake)
