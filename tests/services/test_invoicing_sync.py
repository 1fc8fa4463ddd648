"""The lines follow the subscription: only the difference moves, wherever the lines are."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from backend import bootstrap, clockwork
from backend.engine.invoice.lifecycle import State
from backend.infra import outbox
from backend.invoicing import service as invoicing
from backend.invoicing.models import Severity
from backend.subscriptions import service as subscriptions
from tests.conftest import Work
from tests.services.company import (
    FEB,
    JAN,
    MAR,
    PLATFORM_IN_ADVANCE,
    SUPPORT_IN_ARREARS,
    TOKENS,
    Sold,
    cancel,
    gathering_invoices,
    sell,
    standard_invoices,
    use_tokens,
)

HOUR = timedelta(hours=1)
MID_JAN = datetime(2026, 1, 11, tzinfo=UTC)


def lines_of(work: Work, invoice_id: str, now: datetime = JAN) -> list[tuple[str, Decimal]]:
    with work(now=now, writing=False) as ctx:
        shown = invoicing.view(ctx, invoicing.get(ctx, invoice_id))
        return sorted((line.line.name, line.totals.total) for line in shown.lines)


def approve_by_hand(work: Work) -> None:
    """Let drafts wait for a person."""
    bootstrap.ensure_billing("default")
    with work() as ctx:
        profile = invoicing.default_profile(ctx)
        profile.workflow = {**profile.workflow, "auto_advance": False}
        ctx.session.add(profile)


def sync(work: Work, sold: Sold, now: datetime) -> None:
    with work(now=now) as ctx:
        invoicing.sync(ctx, sold.subscription_id)


def test_reconciling_again_moves_nothing(work: Work) -> None:
    sold = sell(work)
    clockwork.run_due("default", now=JAN)
    [before] = gathering_invoices(work)
    sync(work, sold, MID_JAN)
    sync(work, sold, MID_JAN)
    [after] = gathering_invoices(work)
    assert (after.id, after.updated_at) == (before.id, before.updated_at)
    assert lines_of(work, after.id) == [("Platform", Decimal(20)), ("Tokens", Decimal(0))]


def test_a_subscription_that_ends_with_its_cycle_takes_its_next_fee_away(work: Work) -> None:
    sold = sell(work)
    clockwork.run_due("default", now=JAN)
    with work(now=MID_JAN) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id, subscriptions.Moment.NEXT_BILLING_CYCLE)
    clockwork.run_due("default", now=MID_JAN)
    [gathering] = gathering_invoices(work)
    assert lines_of(work, gathering.id, MID_JAN) == [("Tokens", Decimal(0))]
    clockwork.run_due("default", now=MAR)
    clockwork.run_due("default", now=MAR + HOUR)
    assert [invoice.total for invoice in standard_invoices(work)] == [Decimal(20), Decimal(0)]
    assert clockwork.next_due("default") is None


def test_an_end_in_the_middle_prorates_what_was_not_billed_yet(work: Work) -> None:
    sold = sell(work, cards=(SUPPORT_IN_ARREARS,))
    clockwork.run_due("default", now=JAN)
    cancel(work, sold, MID_JAN)
    clockwork.run_due("default", now=MID_JAN)
    [invoice] = standard_invoices(work)
    assert invoice.total == Decimal("1.61")


def test_a_draft_follows_the_subscription_until_it_is_issued(work: Work) -> None:
    approve_by_hand(work)
    sold = sell(work)
    clockwork.run_due("default", now=JAN)
    [draft] = standard_invoices(work)
    assert (draft.status, draft.total) == (State.DRAFT_MANUAL_APPROVAL_NEEDED, Decimal(20))
    cancel(work, sold, MID_JAN)
    clockwork.run_due("default", now=MID_JAN)
    draft, usage = standard_invoices(work)
    assert (draft.status, draft.total) == (State.DRAFT_MANUAL_APPROVAL_NEEDED, Decimal("6.45"))
    assert (draft.period_start, draft.period_end) == (JAN, MID_JAN)
    assert usage.total == 0
    with work(writing=False) as ctx:
        assert State.DRAFT_UPDATING in [event.to_status for event in invoicing.timeline(ctx, draft)]


def test_a_draft_that_lost_its_last_line_is_deleted_instead_of_issued(work: Work) -> None:
    approve_by_hand(work)
    start = JAN + timedelta(days=14)
    sold = sell(work, at=start, cards=(PLATFORM_IN_ADVANCE,))
    clockwork.run_due("default", now=start)
    [draft] = standard_invoices(work)
    with work(now=start + timedelta(seconds=1)) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id)
    clockwork.run_due("default", now=start + timedelta(seconds=1))
    with work(now=start + HOUR) as ctx:
        invoicing.approve(ctx, draft.id)
    clockwork.run_due("default", now=start + HOUR)
    assert standard_invoices(work) == []


def test_an_issued_invoice_is_never_changed(work: Work) -> None:
    sold = sell(work)
    clockwork.run_due("default", now=JAN)
    [paid] = standard_invoices(work)
    cancel(work, sold, MID_JAN)
    clockwork.run_due("default", now=MID_JAN)
    kept = standard_invoices(work)[0]
    assert (kept.total, kept.version) == (paid.total, paid.version)
    assert [issue["severity"] for issue in kept.validation_issues] == [Severity.WARNING]


def test_each_currency_has_an_invoice_of_its_own(work: Work) -> None:
    sell(work, customer="acme")
    sell(work, customer="globex", currency="EUR")
    sell(work, customer="initech", currency="JPY")
    clockwork.run_due("default", now=JAN)
    found = {invoice.currency: invoice.number for invoice in gathering_invoices(work)}
    assert found == {"USD": "GATHER-ACME-USD-1", "EUR": "GATHER-GLOB-EUR-2", "JPY": "GATHER-INIT-JPY-3"}


def test_months_that_nobody_ran_are_caught_up_with(work: Work) -> None:
    sell(work, cards=(TOKENS,))
    for month in (JAN, FEB):
        use_tokens(work, 100, month + HOUR)
    clockwork.run_due("default", now=MAR + 2 * HOUR)
    invoices = standard_invoices(work)
    assert sum(invoice.total for invoice in invoices) == Decimal(2)
    assert {invoice.status for invoice in invoices} == {State.PAID}


def test_an_announcement_is_handled_once(work: Work) -> None:
    sell(work)
    bootstrap.ensure_billing("default")
    assert outbox.deliver("default", clockwork.HANDLERS, JAN) == 1
    assert outbox.deliver("default", clockwork.HANDLERS, JAN) == 0
