"""In the sandbox a customer's metadata decide how payments end, so that trouble can be rehearsed."""

import pytest

from backend import clockwork
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.invoice.lifecycle import State
from backend.integrations.sandbox.app import OUTCOME
from backend.invoicing import service as invoicing
from tests.conftest import Work
from tests.services.company import JAN, sell, standard_invoices


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("paid", State.PAID),
        ("pending", State.PAYMENT_PENDING),
        ("failed", State.PAYMENT_FAILED),
        ("action_required", State.PAYMENT_ACTION_REQUIRED),
        ("overdue", State.OVERDUE),
        ("uncollectible", State.UNCOLLECTIBLE),
    ],
)
def test_the_outcome_asked_for_is_the_one_that_comes(work: Work, outcome: str, state: State) -> None:
    sell(work)
    pay_with(work, outcome)
    clockwork.run_due("default", now=JAN)
    assert [invoice.status for invoice in standard_invoices(work)] == [state]


def test_a_failed_payment_is_collected_by_a_retry_once_its_cause_is_gone(work: Work) -> None:
    sell(work)
    pay_with(work, "failed")
    clockwork.run_due("default", now=JAN)
    [failed] = standard_invoices(work)
    pay_with(work, "paid")
    with work(now=JAN) as ctx:
        invoicing.retry(ctx, failed.id)
    clockwork.run_due("default", now=JAN)
    assert [invoice.status for invoice in standard_invoices(work)] == [State.PAID]


def pay_with(work: Work, outcome: str) -> None:
    with work(now=JAN) as ctx:
        customers.update(ctx, "acme", CustomerInput(name="Acme", key="acme", labels={OUTCOME: outcome}, currency="USD"))
