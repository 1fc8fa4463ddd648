"""The page of an invoice says what turned out wrong about it, why, and whether somebody has to decide."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from backend import bootstrap, clockwork
from backend.invoicing import service as invoicing
from backend.invoicing.service import ProfileInput
from backend.invoicing.workflow import CorrectionPolicy, Workflow
from portal.charge_words import charges
from portal.correction_words import CorrectionRow
from portal.pages.invoices.corrections_state import rows_of
from portal.pages.overview.todo_state import tasks
from tests.conftest import Work
from tests.services.company import FEB, JAN, sell, standard_invoices, use_tokens
from tests.services.test_corrections import bill_january, use_late
from tests.services.test_corrections_ride import FALLING, leave

LATER = FEB + timedelta(days=10)


def ask_first(work: Work) -> None:
    bootstrap.ensure_billing("default")
    with work(now=JAN) as ctx:
        profile = invoicing.default_profile(ctx)
        workflow = replace(Workflow(), corrections=CorrectionPolicy.ASK)
        invoicing.update_profile(ctx, profile.id, ProfileInput("Default", {"name": "Seller"}, True, workflow))


def shown(work: Work, invoice_id: str) -> list[CorrectionRow]:
    with work(now=LATER) as ctx:
        return rows_of(ctx, invoice_id)


def test_late_usage_waits_for_a_decision_and_is_booked(work: Work) -> None:
    ask_first(work)
    sell(work)
    use_tokens(work, 1000, JAN + timedelta(days=3))
    for now in (JAN, FEB, FEB + timedelta(hours=2)):
        clockwork.run_due("default", now)
    billed = standard_invoices(work)[-1]
    assert shown(work, billed.id) == []
    use_tokens(work, 500, JAN + timedelta(days=4), stored=LATER)
    clockwork.run_due("default", LATER)

    (row,) = shown(work, billed.id)
    assert (row.line, row.why, row.billed, row.due, row.amount) == (
        "Tokens",
        "usage arrived late",
        "$10.00",
        "$15.00",
        "+$5.00",
    )
    assert (row.number, row.standing, row.is_waiting, row.booked_on) == (billed.number, "undecided", True, [])
    assert row.if_let_go == "$5.00 is never charged."
    with work(now=LATER) as ctx:
        assert "1 correction of an issued invoice waits" in [task.title for task in tasks(ctx)]
        assert invoicing.accept_correction(ctx, row.id).amount == Decimal(5)
    (row,) = shown(work, billed.id)
    assert (row.standing, row.is_waiting) == ("booked", False)
    assert [place.text for place in row.booked_on] == ["Upcoming"]


def test_a_customer_who_left_with_credit_reads_that_it_waits(work: Work) -> None:
    """100 tokens at 1 USD, 101 and more at 0.50 USD: one token more makes January cheaper."""
    sold = bill_january(work, FALLING, tokens=100)
    leave(work, sold, LATER)
    use_late(work, 1, stored=LATER + timedelta(days=20))
    with work(now=LATER + timedelta(days=30), writing=False) as ctx:
        [charge] = charges(ctx, sold.customer_id)
    assert (charge.due, charge.so_far, charge.at_end) == ("", "$0.00", "$0.00")
    assert charge.credit == "$49.50 of credit waits: later invoices take it off."
