"""From a subscription to paid invoices, month by month, to the cent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from backend import clockwork
from backend.engine.invoice.lifecycle import State
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from tests.conftest import Work
from tests.services.company import (
    FEB,
    JAN,
    MAR,
    PLATFORM_IN_ADVANCE,
    SUPPORT_IN_ARREARS,
    TOKENS,
    cancel,
    gathering_invoices,
    sell,
    standard_invoices,
    use_tokens,
)

HOUR = timedelta(hours=1)


def test_what_is_due_in_advance_is_invoiced_and_paid_at_once(work: Work) -> None:
    sell(work)
    clockwork.run_due("default", now=JAN)
    [invoice] = standard_invoices(work)
    assert (invoice.status, invoice.total, invoice.number) == (State.PAID, Decimal(20), "INV-000001")
    assert invoice.issued_at == invoice.paid_at == JAN
    assert invoice.due_at == JAN + timedelta(days=30)


def test_the_usage_of_the_month_waits_on_the_gathering_invoice_with_live_totals(work: Work) -> None:
    sell(work)
    clockwork.run_due("default", now=JAN)
    use_tokens(work, 1234, JAN + HOUR)
    [gathering] = gathering_invoices(work)
    with work(now=JAN + 2 * HOUR, writing=False) as ctx:
        shown = invoicing.view(ctx, gathering)
    assert [(line.line.name, line.metered_quantity, line.totals.total) for line in shown.lines] == [
        ("Tokens", Decimal(1234), Decimal("12.34")),
        ("Platform", None, Decimal(20)),
    ]
    assert shown.totals.total == Decimal("32.34")
    assert shown.status.extended == "gathering"


def test_a_month_ends_in_one_invoice_for_its_usage_and_the_next_fee(work: Work) -> None:
    sell(work, cards=(PLATFORM_IN_ADVANCE, SUPPORT_IN_ARREARS, TOKENS))
    clockwork.run_due("default", now=JAN)
    use_tokens(work, 1000, FEB - HOUR)
    clockwork.run_due("default", now=FEB)
    first, second = standard_invoices(work)
    assert first.total == Decimal(20)
    assert (second.status, second.total) == (State.DRAFT_WAITING_FOR_COLLECTION, Decimal(35))
    clockwork.run_due("default", now=FEB + HOUR)
    assert [invoice.status for invoice in standard_invoices(work)] == [State.PAID, State.PAID]


def test_late_usage_counts_until_collection_and_not_after(work: Work) -> None:
    sell(work, cards=(TOKENS,))
    clockwork.run_due("default", now=JAN)
    use_tokens(work, 1000, FEB - HOUR)
    clockwork.run_due("default", now=FEB)
    use_tokens(work, 500, FEB - 2 * HOUR)
    assert standard_invoices(work)[0].total == Decimal(10)
    clockwork.run_due("default", now=FEB + HOUR)
    use_tokens(work, 7, FEB - 3 * HOUR)
    clockwork.run_due("default", now=FEB + 2 * HOUR)
    [invoice] = standard_invoices(work)
    assert invoice.total == Decimal(15)
    assert invoice.quantities_at == FEB + HOUR


def test_running_again_changes_nothing(work: Work) -> None:
    sell(work)
    for month in (JAN, FEB, FEB + HOUR, MAR, MAR + HOUR):
        clockwork.run_due("default", now=month)
        before = [(row.id, row.version, row.status) for row in standard_invoices(work)]
        assert clockwork.run_due("default", now=month) == 0
        assert [(row.id, row.version, row.status) for row in standard_invoices(work)] == before
    assert [row.total for row in standard_invoices(work)] == [Decimal(20), Decimal(20), Decimal(20)]


def test_an_invoice_of_no_usage_has_its_line_and_comes_to_nothing(work: Work) -> None:
    sell(work, cards=(TOKENS,))
    clockwork.run_due("default", now=FEB)
    clockwork.run_due("default", now=FEB + HOUR)
    [invoice] = standard_invoices(work)
    assert (invoice.total, invoice.status) == (Decimal(0), State.PAID)


def test_a_subscription_that_starts_mid_month_pays_its_share(work: Work) -> None:
    start = datetime(2024, 1, 21, 21, 55, 18, tzinfo=UTC)
    sell(work, at=start, anchor=datetime(2024, 1, 1, tzinfo=UTC))
    clockwork.run_due("default", now=start)
    assert standard_invoices(work)[0].total == Decimal("6.51")


def lines_of(work: Work, invoice: Invoice) -> list[tuple[str, Decimal]]:
    with work(now=MAR, writing=False) as ctx:
        return sorted((line.line.name, line.totals.total) for line in invoicing.view(ctx, invoice).lines)


def test_leaving_at_once_bills_the_usage_until_then_and_ends_the_lines(work: Work) -> None:
    """21 of the 31 days that were paid are given back: 3.00 with the usage, and 10.55 with whatever comes."""
    sold = sell(work)
    clockwork.run_due("default", now=JAN)
    leaving = datetime(2026, 1, 11, tzinfo=UTC)
    use_tokens(work, 300, leaving - HOUR)
    cancel(work, sold, leaving)
    clockwork.run_due("default", now=leaving)
    clockwork.run_due("default", now=leaving + HOUR)
    paid, last = standard_invoices(work)
    assert (last.total, last.period_start, last.period_end) == (Decimal(0), JAN, leaving)
    assert lines_of(work, last) == [("Platform: correction of INV-000001", Decimal(-3)), ("Tokens", Decimal(3))]
    assert [issue["code"] for issue in paid.validation_issues] == ["immutable_invoice_handling_not_supported"]
    [waiting] = gathering_invoices(work)
    assert lines_of(work, waiting) == [("Platform: correction of INV-000001", Decimal("-10.55"))]
    clockwork.run_due("default", now=MAR)
    assert len(standard_invoices(work)) == 2


def test_each_step_is_in_the_history_with_who_took_it(work: Work) -> None:
    sell(work)
    clockwork.run_due("default", now=JAN)
    [invoice] = standard_invoices(work)
    with work(writing=False) as ctx:
        events = invoicing.timeline(ctx, invoice)
    assert [event.to_status for event in events][:3] == [
        State.DRAFT_CREATED,
        State.DRAFT_WAITING_FOR_COLLECTION,
        State.DRAFT_COLLECTING,
    ]
    assert events[-1].to_status == State.PAID
    assert {event.actor_name for event in events} == {"Meterline"}
