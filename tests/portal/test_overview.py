"""The overview names what waits for somebody, and never adds two currencies."""

from decimal import Decimal

from backend import clockwork
from backend.engine.invoice.lifecycle import State
from backend.invoicing import service as invoicing
from portal.pages.overview.state import in_words
from portal.pages.overview.todo_state import tasks
from tests.conftest import Work
from tests.services.company import JAN, sell, standard_invoices, use_tokens


def titles(work: Work) -> list[str]:
    with work(now=JAN, writing=False) as ctx:
        return [task.title for task in tasks(ctx)]


def test_the_first_steps_come_first(work: Work) -> None:
    assert titles(work) == ["Create the first meter"]
    sell(work)
    assert titles(work) == ["Send the first event"]


def test_what_stands_still_is_named(work: Work) -> None:
    for number, customer in enumerate(("acme", "berta", "cecil")):
        sell(work, customer=customer)
        use_tokens(work, number, JAN, customer=customer)
    use_tokens(work, 7, JAN, customer="stray")
    clockwork.run_due("default", now=JAN)
    assert titles(work) == ["1 subject has usage that nobody pays"]
    trouble = (State.PAYMENT_FAILED, State.DRAFT_SYNC_FAILED, State.DRAFT_MANUAL_APPROVAL_NEEDED)
    for invoice, state in zip(standard_invoices(work), trouble, strict=True):
        with work(now=JAN) as ctx:
            invoicing.get(ctx, invoice.id).status = state
    assert titles(work) == [
        "1 payment failed",
        "1 invoice stands still",
        "1 draft awaits approval",
        "1 subject has usage that nobody pays",
    ]


def test_currencies_stand_side_by_side() -> None:
    assert in_words({"EUR": Decimal(5), "USD": Decimal("12.5"), "JPY": Decimal(0)}) == ("$12.50", "and €5.00")
    assert in_words({}) == ("$0.00", "")
