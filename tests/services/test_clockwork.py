"""What time makes happen: in order, in every namespace, by the scheduler, and in a sandbox that travels."""

import asyncio
import itertools
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from prometheus_client import REGISTRY
from sqlmodel import col, select, update

from backend import clockwork
from backend.access import service as access
from backend.access.service import NamespaceInput
from backend.engine.invoice.lifecycle import State
from backend.errors import Conflict
from backend.infra import failures
from backend.infra.db import Database
from backend.infra.job_records import list_jobs
from backend.infra.turns import turn
from backend.invoicing.models import BillingSchedule, InvoiceLine
from backend.jobs import clockwork as clockwork_job
from backend.jobs.scheduler import Job, run_measured, running_scheduler
from backend.subscriptions.models import SubscriptionItem
from tests.conftest import Work
from tests.loops import in_a_loop_of_its_own
from tests.services.company import FEB, JAN, TOKENS, sell, standard_invoices, use_tokens

HOUR = timedelta(hours=1)


@pytest.fixture
def sandbox(work: Work) -> str:
    """A namespace with a clock of its own."""
    with work() as ctx:
        access.create_namespace(ctx, NamespaceInput("lab", "Lab", sandbox=True))
    return "lab"


def test_the_next_due_moment_is_the_earliest_of_all(work: Work) -> None:
    assert clockwork.next_due("default") is None
    now = datetime.now(UTC).replace(microsecond=0)
    sell(work, at=now, anchor=now)
    clockwork.run_due("default")
    due = clockwork.next_due("default")
    assert due is not None
    assert timedelta(days=27) < due - now < timedelta(days=32)


def test_travel_stops_at_every_month_on_the_way(work: Work, sandbox: str) -> None:
    start = datetime.now(UTC).replace(microsecond=0)
    sell(work, at=start, namespace=sandbox)
    use_tokens(work, 500, start + HOUR, namespace=sandbox)
    clockwork.travel(sandbox, start + timedelta(days=100))
    invoices = standard_invoices(work, sandbox)
    assert [invoice.total for invoice in invoices] == [Decimal(20), Decimal(25), Decimal(20), Decimal(20)]
    assert {invoice.status for invoice in invoices} == {State.PAID}
    issued = [invoice.issued_at for invoice in invoices if invoice.issued_at]
    assert all(later - earlier > timedelta(days=27) for earlier, later in itertools.pairwise(issued))
    with work(sandbox) as ctx:
        assert ctx.now >= start + timedelta(days=100)


def test_travellers_at_once_take_turns_and_each_month_has_its_invoice(work: Work, sandbox: str) -> None:
    start = datetime.now(UTC).replace(microsecond=0)
    sell(work, at=start, namespace=sandbox)
    end = start + timedelta(days=100)
    travellers = [threading.Thread(target=clockwork.travel, args=(sandbox, end)) for _ in range(4)]
    for traveller in travellers:
        traveller.start()
    for traveller in travellers:
        traveller.join()
    invoices = standard_invoices(work, sandbox)
    assert [invoice.total for invoice in invoices] == [Decimal(20)] * 4
    issued = [invoice.issued_at for invoice in invoices if invoice.issued_at]
    assert all(later - earlier > timedelta(days=27) for earlier, later in itertools.pairwise(issued))


def test_the_job_leaves_a_namespace_alone_while_its_clock_travels(work: Work, two_namespaces: list[str]) -> None:
    with turn(clockwork.turn_of("lab")):
        clockwork_job.run()
    assert [len(standard_invoices(work, namespace)) for namespace in two_namespaces] == [1, 0]
    clockwork_job.run()
    assert [len(standard_invoices(work, namespace)) for namespace in two_namespaces] == [1, 1]


def test_only_a_sandbox_travels(work: Work) -> None:
    with pytest.raises(Conflict):
        clockwork.travel("default", datetime.now(UTC) + HOUR)


def test_namespaces_do_not_see_each_other(work: Work, sandbox: str) -> None:
    sell(work, at=JAN)
    sell(work, at=JAN, namespace=sandbox)
    clockwork.run_due(sandbox, now=JAN)
    assert standard_invoices(work) == []
    [invoice] = standard_invoices(work, sandbox)
    assert (invoice.namespace, invoice.number) == (sandbox, "INV-000001")


def test_one_customer_who_cannot_be_billed_holds_up_no_other(work: Work) -> None:
    broken = sell(work)
    sell(work, customer="globex")
    clockwork.run_due("default", now=JAN)
    with work(now=JAN) as ctx:
        damaged = update(InvoiceLine).where(col(InvoiceLine.customer_id) == broken.customer_id)
        ctx.session.exec(damaged.values(price={"type": "unheard_of"}))
    clockwork.run_due("default", now=FEB)
    healthy = [invoice for invoice in standard_invoices(work) if invoice.customer_id != broken.customer_id]
    assert len(healthy) == 2


def test_what_fails_is_kept_with_its_reason_until_it_goes_well(work: Work) -> None:
    sold = sell(work, cards=[TOKENS])
    clockwork.run_due("default", now=JAN)
    with work(now=JAN) as ctx:
        price = ctx.session.exec(select(SubscriptionItem.price)).first()
        ctx.session.exec(update(SubscriptionItem).values(price={"type": "unheard_of"}))
    counts = []
    for _ in range(2):
        clockwork.run_due("default", now=FEB)
        with work(writing=False) as ctx:
            [kept] = failures.list_failures(ctx)
        assert (kept.work, kept.subject) == (clockwork.Work.SYNC, sold.subscription_id)
        assert "unheard_of" in kept.error
        counts.append(kept.failures)
    assert counts[0] < counts[1]
    with work("elsewhere", writing=False) as ctx:
        assert not failures.list_failures(ctx)
    with work(now=FEB) as ctx:
        ctx.session.exec(update(SubscriptionItem).values(price=price))
    assert clockwork.retry("default", clockwork.Work.SYNC, sold.subscription_id)
    with work(writing=False) as ctx:
        assert not failures.list_failures(ctx)


@pytest.fixture
def two_namespaces(work: Work, sandbox: str) -> list[str]:
    for namespace in ("default", sandbox):
        sell(work, at=datetime.now(UTC), namespace=namespace)
    return ["default", sandbox]


def test_the_job_serves_every_namespace(work: Work, two_namespaces: list[str]) -> None:
    clockwork_job.run()
    for namespace in two_namespaces:
        assert [invoice.status for invoice in standard_invoices(work, namespace)] == [State.PAID]


def test_the_scheduler_runs_jobs_and_stops_when_the_last_has_ended(database: Database) -> None:
    started, release, ended = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        started.set()
        release.wait(10)
        ended.set()

    async def scenario() -> None:
        async with running_scheduler((Job("slow", 1, slow),)):
            assert await asyncio.to_thread(started.wait, 10)
            release.set()

    in_a_loop_of_its_own(scenario())
    assert ended.is_set()


def test_a_failing_job_is_counted_and_tried_again(work: Work) -> None:
    def failing() -> None:
        raise RuntimeError("broken")

    def count(outcome: str) -> float:
        return REGISTRY.get_sample_value("meterline_job_runs_total", {"job": "odd", "outcome": outcome}) or 0

    before = (count("failure"), count("success"))
    run_measured(Job("odd", 1, failing))
    run_measured(Job("odd", 1, lambda: None))
    assert (count("failure"), count("success")) == (before[0] + 1, before[1] + 1)
    with work(writing=False) as ctx:
        [kept] = list_jobs(ctx)
    assert (kept.name, kept.runs, kept.failures, kept.failures_in_a_row) == ("odd", 2, 1, 0)
    assert (kept.last_error, kept.lag_seconds) == (None, None)
    assert kept.succeeded_at == kept.ended_at >= kept.started_at


def test_the_last_failure_is_kept_until_a_run_ends_well(work: Work) -> None:
    def failing() -> None:
        raise RuntimeError("broken")

    for _ in range(2):
        run_measured(Job("odd", 1, failing))
    with work(writing=False) as ctx:
        [kept] = list_jobs(ctx)
    assert (kept.failures_in_a_row, kept.last_error, kept.succeeded_at) == (2, "RuntimeError: broken", None)


def test_the_lag_is_how_long_the_oldest_thing_due_has_waited(work: Work) -> None:
    assert clockwork_job.lag() == timedelta()
    begun = datetime.now(UTC) - timedelta(days=3)
    sell(work, at=begun)
    clockwork.run_due("default", now=begun)
    with work(now=begun) as ctx:
        ctx.session.exec(update(BillingSchedule).values(next_at=begun))
    assert timedelta(days=3) <= clockwork_job.lag() < timedelta(days=3, minutes=5)
    run_measured(Job("odd", 1, lambda: None, clockwork_job.lag))
    with work(writing=False) as ctx:
        assert [kept.lag_seconds // 86400 for kept in list_jobs(ctx)] == [3]
    assert (REGISTRY.get_sample_value("meterline_job_lag_seconds", {"job": "odd"}) or 0) >= 3 * 86400
