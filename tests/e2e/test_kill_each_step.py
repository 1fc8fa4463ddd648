"""Kill -9 at each step of an invoice run: after a restart everything is as if nothing had happened.

What a run does between two commits is one step: to ask an app, or to prepare the next write. So it is killed
before each commit, the answer of an app being lost, and after the restart right after that commit, the next app not
being asked.
"""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlmodel import col, select

from backend import clockwork
from backend.access import service as access
from backend.access.service import NamespaceInput
from backend.engine.invoice.lifecycle import State
from backend.infra.outbox import OutboxMessage
from backend.invoicing.models import InvoiceLine
from tests.conftest import Work
from tests.e2e.mortal import Death, run_until
from tests.services.company import FEB, gathering_invoices, sell, standard_invoices, use_tokens

HOUR = timedelta(hours=1)
NOW = FEB + HOUR

STEPS = frozenset(
    {
        "App",
        "OutboxMessage",
        "InvoiceLine",
        State.DRAFT_VALIDATING,
        State.DRAFT_SYNCING,
        State.ISSUING_SYNCING,
        State.PAYMENT_PENDING,
        State.PAID,
    }
)
"""What a run writes on its way: apps are installed, announcements handled, lines gathered, invoices go on."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind, without ids; who has which number is left open."""

    numbers: list[str]
    invoices: list[tuple[str, str, Decimal]]
    gathering: list[Decimal]
    lines: list[str]
    waiting: int


def test_kill_9_at_each_step_leaves_what_an_undisturbed_run_leaves(work: Work, database_url: str) -> None:
    prepare(work, "calm")
    expected = outcome_of(work, "calm")
    assert expected.numbers == ["INV-000001", "INV-000002"]
    assert expected.invoices == [("Acme", State.PAID, Decimal("42.50")), ("Globex", State.PAID, Decimal(40))]
    killed_at: set[str] = set()
    for commit in itertools.count(1):
        namespace = f"killed-at-{commit}"
        prepare(work, namespace)
        lost = run_until(Death(before=commit), database_url, namespace, NOW)
        kept = run_until(Death(after=lost), database_url, namespace, NOW) if lost else None
        assert outcome_of(work, namespace) == expected, lost
        if lost is None:
            break
        assert kept == lost, "the restarted run has taken the step that was lost"
        killed_at |= lost
    assert killed_at >= STEPS


def prepare(work: Work, namespace: str) -> None:
    with work() as ctx:
        access.create_namespace(ctx, NamespaceInput(namespace, namespace.title()))
    for customer in ("acme", "globex"):
        sell(work, customer=customer, namespace=namespace)
    use_tokens(work, 250, FEB - HOUR, namespace=namespace)


def outcome_of(work: Work, namespace: str) -> Outcome:
    """Do what is due, and see what is there."""
    clockwork.run_due(namespace, now=NOW)
    drawn = standard_invoices(work, namespace)
    numbers = sorted(invoice.number or "" for invoice in drawn)
    invoices = sorted((invoice.customer["name"], str(invoice.status), invoice.total) for invoice in drawn)
    gathering = [invoice.total for invoice in gathering_invoices(work, namespace)]
    with work(namespace, writing=False) as ctx:
        lines = select(InvoiceLine).where(InvoiceLine.namespace == namespace, col(InvoiceLine.deleted_at).is_(None))
        kept = sorted(f"{line.name} {line.period_start} {line.amount}" for line in ctx.session.exec(lines))
        waiting = len(ctx.session.exec(select(OutboxMessage).where(OutboxMessage.namespace == namespace)).all())
    return Outcome(numbers, invoices, gathering, kept, waiting)
