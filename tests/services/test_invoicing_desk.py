"""Invoices by stage, what explains a line, what comes next, and whose invoice it is."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backend import clockwork
from backend.engine.invoice.lifecycle import State
from backend.engine.period import Period
from backend.errors import NotFound
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.invoicing.service import Stage, StageFilter
from backend.invoicing.stages import stage_of
from backend.metering import service as metering
from tests.services.company import FEB, JAN, Sold, Work, sell, standard_invoices, use_tokens

D = Decimal
MID_JAN = JAN + timedelta(days=15, hours=12)


def january(work: Work) -> Sold:
    """A customer in the middle of January: the fee is paid, 1,000 tokens are used."""
    sold = sell(work)
    clockwork.run_due("default", JAN)
    use_tokens(work, 600, JAN + timedelta(days=2))
    use_tokens(work, 400, JAN + timedelta(days=9))
    return sold


def upcoming_line(ctx: Context, sold: Sold) -> tuple[Invoice, str]:
    (charge,) = invoicing.upcoming(ctx, sold.customer_id)
    return charge.invoice, next(line.line.id for line in charge.lines if line.line.name == "Tokens")


def test_each_invoice_lies_in_one_pile(work: Work) -> None:
    sold = january(work)
    with work(now=MID_JAN) as ctx:
        piles = {pile.stage: pile for pile in invoicing.piles(ctx)}
        assert set(piles) == {Stage.PAID, Stage.GATHERING}
        assert (piles[Stage.PAID].count, piles[Stage.PAID].total, piles[Stage.PAID].currency) == (1, D(20), "USD")
        for stage in Stage:
            found, total = invoicing.list_by_stage(ctx, StageFilter((stage,), (sold.customer_id,)))
            assert [invoicing.stage(ctx, invoice) for invoice in found] == [stage] * total
            assert total == (1 if stage in piles else 0)


@pytest.mark.parametrize("state", list(State))
def test_the_list_of_a_stage_and_the_rule_of_stages_agree(work: Work, state: State) -> None:
    january(work)
    (paid,) = standard_invoices(work)
    for due_at in (None, MID_JAN + timedelta(days=1), MID_JAN - timedelta(days=1)):
        with work(now=MID_JAN) as ctx:
            invoice = invoicing.get(ctx, paid.id)
            invoice.status, invoice.due_at = state.value, due_at
            ctx.session.add(invoice)
            ctx.session.flush()
            lies_in = stage_of(state.value, due_at, ctx.now)
            for stage in Stage:
                found, _ = invoicing.list_by_stage(ctx, StageFilter((stage,)))
                assert (paid.id in {row.id for row in found}) is (stage is lies_in)


def test_invoices_are_found_by_number_and_by_customer(work: Work) -> None:
    january(work)
    (paid,) = standard_invoices(work)
    with work(now=MID_JAN) as ctx:
        for text in (paid.number.lower(), "ACM"):
            assert paid.id in {row.id for row in invoicing.list_by_stage(ctx, StageFilter(search=text))[0]}
        assert invoicing.list_by_stage(ctx, StageFilter(search="100%"))[1] == 0


def test_a_line_is_explained_by_its_days_and_events(work: Work) -> None:
    sold = january(work)
    with work(now=MID_JAN) as ctx:
        invoice, line_id = upcoming_line(ctx, sold)
        explained = invoicing.explain(ctx, invoice, line_id)
        assert [(row.window.start.day, row.value) for row in explained.days] == [(3, D(600)), (10, D(400))]
        assert explained.days_add_up
        assert explained.view.metered_quantity == explained.counted_now == D(1000)
        assert [event.value for event in invoicing.events_behind(ctx, invoice, line_id)] == [D(400), D(600)]
        assert [event.value for event in invoicing.events_behind(ctx, invoice, line_id, offset=1)] == [D(600)]


def test_usage_that_arrives_after_the_count_is_told_apart(work: Work) -> None:
    january(work)
    clockwork.run_due("default", FEB + timedelta(hours=2))
    use_tokens(work, 5, FEB - timedelta(hours=1))
    (tokens,) = (row for row in standard_invoices(work) if row.period_start == JAN and row.total != D(20))
    with work(now=FEB + timedelta(days=1)) as ctx:
        invoice = invoicing.get(ctx, tokens.id)
        line_id = next(line.line.id for line in invoicing.view(ctx, invoice).lines if line.line.name == "Tokens")
        explained = invoicing.explain(ctx, invoice, line_id)
    assert (explained.view.metered_quantity, explained.counted_now) == (D(1000), D(1005))


def test_a_flat_line_has_no_usage_and_a_strange_line_no_explanation(work: Work) -> None:
    january(work)
    (paid,) = standard_invoices(work)
    with work(now=MID_JAN) as ctx:
        invoice = invoicing.get(ctx, paid.id)
        (fee,) = invoicing.view(ctx, invoice).lines
        explained = invoicing.explain(ctx, invoice, fee.line.id)
        assert (explained.source, explained.prorated_from, list(explained.days)) == (None, None, [])
        assert invoicing.events_behind(ctx, invoice, fee.line.id) == []
        with pytest.raises(NotFound):
            invoicing.explain(ctx, invoice, "01ARZ3NDEKTSV4RRFFQ69G5FAV")


def test_a_fee_of_part_of_a_period_says_what_the_whole_one_costs(work: Work) -> None:
    sell(work, at=MID_JAN, anchor=JAN)
    clockwork.run_due("default", MID_JAN)
    (part,) = standard_invoices(work)
    with work(now=MID_JAN) as ctx:
        invoice = invoicing.get(ctx, part.id)
        (fee,) = invoicing.view(ctx, invoice).lines
        whole = invoicing.explain(ctx, invoice, fee.line.id).prorated_from
    assert whole is not None
    assert (fee.totals.total, whole.amount, whole.period) == (D(10), D(20), Period(JAN, FEB))


def test_the_next_charge_so_far_and_at_todays_pace(work: Work) -> None:
    sold = january(work)
    with work(now=MID_JAN) as ctx:
        (charge,) = invoicing.upcoming(ctx, sold.customer_id)
    assert charge.charge_at == FEB
    assert charge.accrued.total == D(10)
    assert charge.so_far.total == D(30)
    assert charge.at_end.total == D(40), "half of January is over: 1,000 tokens will be 2,000"
    assert {line.metered_at_end for line in charge.lines} == {None, D(2000)}


def test_customers_see_their_own_issued_and_upcoming_invoices_only(work: Work) -> None:
    acme, other = january(work), sell(work, customer="other")
    (paid,) = (row for row in standard_invoices(work) if row.customer_id == acme.customer_id)
    with work(now=MID_JAN) as ctx:
        gathering, _ = upcoming_line(ctx, acme)
        for invoice_id in (paid.id, gathering.id):
            assert invoicing.of_customer(ctx, acme.customer_id, invoice_id).id == invoice_id
            with pytest.raises(NotFound, match="no invoice at this address"):
                invoicing.of_customer(ctx, other.customer_id, invoice_id)
        invoice = invoicing.get(ctx, paid.id)
        invoice.status = State.DRAFT_MANUAL_APPROVAL_NEEDED.value
        with pytest.raises(NotFound, match="no invoice at this address"):
            invoicing.of_customer(ctx, acme.customer_id, paid.id)


def test_counted_events_leave_out_what_the_meter_leaves_out(work: Work) -> None:
    january(work)
    with work(now=MID_JAN) as ctx:
        meter = metering.get_meter(ctx, "tokens")
        counted = metering.counted_events(ctx, meter, ["acme"], Period(JAN, JAN + timedelta(days=5)))
        assert [found.value for found in counted] == [D(600)]
        assert metering.counted_events(ctx, meter, [], Period(JAN, FEB)) == []
