"""Whatever stops a run, and wherever: no line is invoiced twice, no invoice reaches an app twice, nothing is lost."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from backend import bootstrap, clockwork
from backend.engine.invoice.lifecycle import State
from backend.errors import Conflict
from backend.integrations.sandbox import SandboxApp
from backend.invoicing import service as invoicing
from backend.invoicing.ports import AppIssue, AppRefused, AppUnreachable, Finalized, InvoiceDocument, Synced
from tests.conftest import Work
from tests.services.company import FEB, JAN, cancel, sell, standard_invoices

HOUR = timedelta(hours=1)


class Killed(BaseException):
    """Stands for kill -9: nothing that handles errors sees it."""


class FragileApp(SandboxApp):
    """An app that counts what it is asked, and stops the process, refuses or is unreachable when told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.trouble: dict[str, list[BaseException]] = {}

    def _ask(self, question: str, document: InvoiceDocument) -> None:
        self.asked.append(document.request_key(question))
        waiting = self.trouble.get(question)
        if waiting:
            raise waiting.pop(0)

    def validate(self, document: InvoiceDocument) -> tuple[AppIssue, ...]:
        self._ask("validate", document)
        return ()

    def upsert(self, document: InvoiceDocument) -> Synced:
        self._ask("upsert", document)
        return Synced(external_id=f"ext-{document.id}")

    def finalize(self, document: InvoiceDocument) -> Finalized:
        self._ask("finalize", document)
        return Finalized()

    def delete(self, document: InvoiceDocument) -> None:
        self._ask("delete", document)


@pytest.fixture
def app() -> Iterator[FragileApp]:
    fragile = FragileApp()
    bootstrap.use({"sandbox": fragile})
    yield fragile
    bootstrap.use(None)


@pytest.mark.parametrize("question", ["validate", "upsert", "finalize"])
def test_a_process_killed_while_an_app_answers_asks_the_same_again(work: Work, app: FragileApp, question: str) -> None:
    sell(work)
    app.trouble[question] = [Killed()]
    with pytest.raises(Killed):
        clockwork.run_due("default", now=JAN)
    clockwork.run_due("default", now=JAN + HOUR)
    assert [invoice.status for invoice in standard_invoices(work)] == [State.PAID]
    assert len(app.asked) == 4
    assert len(set(app.asked)) == 3


def test_an_unreachable_app_is_asked_again_by_the_next_run(work: Work, app: FragileApp) -> None:
    sell(work)
    app.trouble["finalize"] = [AppUnreachable("Nobody answers.")]
    clockwork.run_due("default", now=JAN)
    [invoice] = standard_invoices(work)
    assert invoice.status == State.ISSUING_SYNCING
    assert [issue["severity"] for issue in invoice.validation_issues] == ["warning"]
    clockwork.run_due("default", now=JAN)
    [invoice] = standard_invoices(work)
    assert (invoice.status, invoice.validation_issues) == (State.PAID, [])
    assert len(set(app.asked)) == 3


def test_after_an_answer_of_trouble_the_key_is_a_new_one(work: Work, app: FragileApp) -> None:
    sell(work)
    app.trouble["upsert"] = [AppUnreachable("Something broke.", answered=True)]
    clockwork.run_due("default", now=JAN)
    clockwork.run_due("default", now=JAN)
    assert len({key for key in app.asked if ":upsert:" in key}) == 2


def test_a_refusal_waits_for_a_person_who_retries(work: Work, app: FragileApp) -> None:
    sell(work)
    app.trouble["upsert"] = [AppRefused(AppIssue("no_such_customer", "There is no such customer.", "customer"))]
    clockwork.run_due("default", now=JAN)
    [invoice] = standard_invoices(work)
    assert invoice.status == State.DRAFT_SYNC_FAILED
    [issue] = invoice.validation_issues
    assert (issue["severity"], issue["code"]) == ("critical", "no_such_customer")
    clockwork.run_due("default", now=JAN + HOUR)
    with work() as ctx:
        invoicing.retry(ctx, invoice.id)
    clockwork.run_due("default", now=JAN + HOUR)
    assert standard_invoices(work)[0].status == State.PAID


def test_numbers_have_no_gap_after_a_crash(work: Work, app: FragileApp) -> None:
    sell(work)
    app.trouble["finalize"] = [Killed(), Killed()]
    for _ in range(2):
        with pytest.raises(Killed):
            clockwork.run_due("default", now=JAN)
    clockwork.run_due("default", now=JAN)
    clockwork.run_due("default", now=FEB + HOUR)
    assert [invoice.number for invoice in standard_invoices(work)] == ["INV-000001", "INV-000002"]


def test_an_invoice_that_moved_on_meanwhile_ignores_the_late_answer(work: Work, app: FragileApp) -> None:
    sell(work)

    class Overtaken(FragileApp):
        def upsert(self, document: InvoiceDocument) -> Synced:
            if not self.asked:
                self.asked.append("first")
                clockwork.run_due("default", now=JAN)
            return super().upsert(document)

    bootstrap.use({"sandbox": Overtaken()})
    clockwork.run_due("default", now=JAN)
    [invoice] = standard_invoices(work)
    assert (invoice.status, invoice.number) == (State.PAID, "INV-000001")


def test_a_change_while_a_draft_is_being_carried_out_comes_back_for_it(work: Work, app: FragileApp) -> None:
    sold = sell(work)
    app.trouble["upsert"] = [AppUnreachable("Nobody answers."), AppUnreachable("Still nobody.")]
    clockwork.run_due("default", now=JAN)
    cancel(work, sold, JAN + HOUR)
    clockwork.run_due("default", now=JAN + HOUR)
    [draft, *_] = standard_invoices(work)
    assert (draft.status, draft.total) == (State.DRAFT_SYNCING, Decimal(20))
    clockwork.run_due("default", now=JAN + 2 * HOUR)
    first, usage = standard_invoices(work)
    assert [issue["code"] for issue in first.validation_issues] == ["immutable_invoice_handling_not_supported"]
    assert usage.period_end == JAN + HOUR


def test_two_runs_at_once_make_one_invoice(work: Work) -> None:
    for customer in ("acme", "globex", "initech"):
        sell(work, customer=customer)
    runs = [threading.Thread(target=clockwork.run_due, args=("default", JAN)) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    clockwork.run_due("default", now=JAN)
    invoices = standard_invoices(work)
    assert [invoice.total for invoice in invoices] == [Decimal(20)] * 3
    assert {invoice.status for invoice in invoices} == {State.PAID}
    assert sorted(invoice.number for invoice in invoices) == ["INV-000001", "INV-000002", "INV-000003"]


def test_two_collections_at_once_move_each_line_once(work: Work) -> None:
    sold = sell(work)
    bootstrap.ensure_billing("default")
    with work(now=JAN) as ctx:
        invoicing.sync(ctx, sold.subscription_id)
    drawn: list[int] = []

    def collect() -> None:
        try:
            with work(now=JAN) as ctx:
                drawn.append(len(invoicing.collect(ctx, sold.customer_id)))
        except Conflict:
            drawn.append(0)

    threads = [threading.Thread(target=collect) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(drawn) == [0, 0, 0, 1]
