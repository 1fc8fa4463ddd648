"""Kill -9 at each step between usage that comes late and its correction: after a restart nothing lacks or is double."""

import itertools
from datetime import timedelta
from decimal import Decimal

from backend import clockwork
from backend.access import service as access
from backend.access.service import NamespaceInput
from backend.invoicing import service as invoicing
from tests.conftest import Work
from tests.e2e.mortal import Death, run_until
from tests.services.company import FEB, JAN, gathering_invoices, sell, standard_invoices, use_tokens

HOUR = timedelta(hours=1)
LATE = FEB + timedelta(days=3)


def test_kill_9_between_late_usage_and_its_correction_loses_and_doubles_nothing(work: Work, database_url: str) -> None:
    killed_at: set[str] = set()
    for commit in itertools.count(1):
        namespace = f"killed-at-{commit}"
        bill_and_be_late(work, namespace)
        lost = run_until(Death(before=commit), database_url, namespace, LATE)
        kept = run_until(Death(after=lost), database_url, namespace, LATE) if lost else None
        clockwork.run_due(namespace, now=LATE)
        assert gathered(work, namespace) == [Decimal("2.34")], lost
        if lost is None:
            break
        assert kept == lost, "the restarted run has taken the step that was lost"
        killed_at |= lost
    assert "Correction" in killed_at


def bill_and_be_late(work: Work, namespace: str) -> None:
    """January is issued; of 234 tokens of it we hear in February."""
    with work() as ctx:
        access.create_namespace(ctx, NamespaceInput(namespace, namespace.title()))
    sell(work, namespace=namespace)
    use_tokens(work, 1000, JAN + HOUR, namespace=namespace)
    for now in (JAN, FEB, FEB + HOUR):
        clockwork.run_due(namespace, now=now)
    assert sum(invoice.total for invoice in standard_invoices(work, namespace)) == 50
    use_tokens(work, 234, JAN + 2 * HOUR, stored=LATE, namespace=namespace)


def gathered(work: Work, namespace: str) -> list[Decimal]:
    """What the lines come to that correct January; the next month has no usage yet."""
    with work(namespace, now=LATE, writing=False) as ctx:
        shown = [invoicing.view(ctx, invoice) for invoice in gathering_invoices(work, namespace)]
    return [line.totals.total for each in shown for line in each.lines if line.line.correction_id is not None]
