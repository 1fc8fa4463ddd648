"""Usage billed in parts of its period comes to what it would have come to in one go."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest

from backend import bootstrap, clockwork
from backend.catalog.service import features
from backend.catalog.terms import FeatureInput, RateCardTerms
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.invoice.lifecycle import State
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Dynamic,
    Graduated,
    Package,
    PercentageDiscount,
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import Duration, Recurrence
from backend.errors import Invalid
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.invoicing.service import LineView
from backend.invoicing.workflow import Workflow, to_document
from backend.metering import service as metering
from backend.subscriptions import service as subscriptions
from tests.conftest import Work
from tests.services.company import (
    FEB,
    JAN,
    PLATFORM_IN_ADVANCE,
    TOKENS,
    Sold,
    cancel,
    gathering_invoices,
    sell,
    standard_invoices,
    tokens_at,
    use_tokens,
)

D = Decimal
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TIERS = (Tier(D(5), flat=D(100)), Tier(D(10), flat=D(50)), Tier(D(15), unit=D(10)), Tier(None, unit=D(5)))

CARDS: dict[str, tuple[RateCardTerms, str]] = {
    "unit": (tokens_at(Unit(D(1))), "22"),
    "graduated": (tokens_at(Graduated(TIERS)), "235"),
    "package": (tokens_at(Package(D(15), size=D(10))), "45"),
    "dynamic": (tokens_at(Dynamic(D(2))), "44"),
    "free": (replace(tokens_at(Unit(D(1))), discounts=Discounts(usage=UsageDiscount(D(8)))), "14"),
    "minimum": (replace(tokens_at(Unit(D(1))), commitment=Commitment(minimum=D(50))), "50"),
    "maximum": (replace(tokens_at(Unit(D(10))), commitment=Commitment(maximum=D(100))), "100"),
    "percentage": (replace(tokens_at(Unit(D(1))), discounts=Discounts(PercentageDiscount(D(50)))), "11"),
    "converted": (
        replace(tokens_at(Unit(D(1))), unit_config=UnitConfig(Operation.DIVIDE, D(4), Rounding.CEILING)),
        "6",
    ),
}
"""Prices, and what 22 tokens cost."""


def bill_by(work: Work, workflow: Workflow) -> None:
    """Change how everybody is billed."""
    bootstrap.ensure_billing("default")
    with work(now=JAN) as ctx:
        profile = invoicing.default_profile(ctx)
        profile.workflow = to_document(workflow)
        ctx.session.add(profile)


def invoice_now(work: Work, sold: Sold, at: datetime, *, progressive: bool | None = None) -> list[Invoice]:
    with work(now=at) as ctx:
        return invoicing.invoice_now(ctx, sold.customer_id, progressive=progressive)


def lines_of(work: Work, invoice: Invoice, now: datetime) -> list[LineView]:
    with work(now=now, writing=False) as ctx:
        return list(invoicing.view(ctx, invoicing.get(ctx, invoice.id)).lines)


def days(line: LineView) -> tuple[int, int]:
    """On which days of January a line starts and ends; the first of February is the 32nd."""
    return (line.line.period_start - JAN).days + 1, (line.line.period_end - JAN).days + 1


def test_the_parts_of_a_period_come_to_the_whole(work: Work) -> None:
    buyers = {kind: sell(work, cards=(card,), customer=kind) for kind, (card, _) in CARDS.items()}
    clockwork.run_due("default", JAN)
    for kind, sold in buyers.items():
        for day, tokens in ((1, 3), (12, 4), (20, 15)):
            use_tokens(work, tokens, JAN + day * DAY, customer=kind)
        for day in (10, 15):
            invoice_now(work, sold, JAN + day * DAY)
    clockwork.run_due("default", JAN + 15 * DAY + 2 * HOUR)
    clockwork.run_due("default", FEB)
    clockwork.run_due("default", FEB + 2 * HOUR)
    invoices = standard_invoices(work)
    assert {invoice.status for invoice in invoices} == {State.PAID}
    for kind, (_, whole) in CARDS.items():
        own = [invoice for invoice in invoices if invoice.customer_id == buyers[kind].customer_id]
        parts = [[days(line) for line in lines_of(work, invoice, FEB)] for invoice in own]
        assert parts == [[(1, 11)], [(11, 16)], [(16, 32)]]
        assert (kind, sum(invoice.total for invoice in own)) == (kind, D(whole))


def test_a_part_says_what_was_counted_before_it_and_keeps_the_reference(work: Work) -> None:
    sold = sell(work, cards=(tokens_at(Unit(D(1))),))
    clockwork.run_due("default", JAN)
    use_tokens(work, 7, JAN + DAY)
    [gathered] = lines_of(work, gathering_invoices(work)[0], JAN)
    [drawn] = invoice_now(work, sold, JAN + 2 * DAY)
    use_tokens(work, 2, JAN + 3 * DAY)
    [first] = lines_of(work, drawn, JAN + 3 * DAY)
    [rest] = lines_of(work, gathering_invoices(work)[0], JAN + 4 * DAY)
    assert first.line.id == gathered.line.id
    assert first.line.reference == rest.line.reference == gathered.line.reference
    assert (first.metered_quantity, first.metered_before) == (D(7), D(0))
    assert (rest.metered_quantity, rest.metered_before, rest.before) == (D(2), D(7), D(7))
    assert (first.line.invoice_at, rest.line.invoice_at) == (JAN + 2 * DAY, FEB)


def meter_tokens(work: Work, aggregation: Aggregation) -> None:
    """Count tokens in another way than by adding them up."""
    with work(now=JAN) as ctx:
        metering.create_meter(ctx, metering.MeterInput("tokens", aggregation, "tokens", "$.tokens"))
        features.create(ctx, FeatureInput("tokens", "Tokens", meter="tokens"))


def test_what_was_counted_in_an_earlier_part_is_not_counted_again(work: Work) -> None:
    meter_tokens(work, Aggregation.UNIQUE_COUNT)
    sold = sell(work, cards=(tokens_at(Unit(D(1))),))
    clockwork.run_due("default", JAN)
    for hour, value in enumerate((50, 40, 50, 40, 90, 50)):
        use_tokens(work, value, JAN + (1 + 24 * hour) * HOUR)
    drawn = [invoice_now(work, sold, JAN + day * DAY)[0] for day in (2, 4, 6)]
    assert [invoice.total for invoice in drawn] == [D(2), D(0), D(1)]


def test_values_that_are_known_only_at_the_end_are_not_split(work: Work) -> None:
    meter_tokens(work, Aggregation.LATEST)
    refused_until_the_end(work, tokens_at(Unit(D(1))))


def test_volume_prices_are_not_split(work: Work) -> None:
    refused_until_the_end(work, tokens_at(Volume((Tier(D(10), unit=D(2)), Tier(None, unit=D(1))))))


def refused_until_the_end(work: Work, card: RateCardTerms) -> None:
    sold = sell(work, cards=(card,))
    clockwork.run_due("default", JAN)
    use_tokens(work, 7, JAN + DAY)
    with pytest.raises(Invalid, match="nothing to invoice"):
        invoice_now(work, sold, JAN + 2 * DAY, progressive=True)
    assert [invoice.period_end for invoice in invoice_now(work, sold, FEB)] == [FEB]


def test_a_profile_or_the_caller_may_want_whole_periods_only(work: Work) -> None:
    bill_by(work, Workflow(progressive_billing=False))
    sold = sell(work, cards=(TOKENS,))
    clockwork.run_due("default", JAN)
    with pytest.raises(Invalid, match="nothing to invoice"):
        invoice_now(work, sold, JAN + 2 * DAY)
    assert len(invoice_now(work, sold, JAN + 2 * DAY, progressive=True)) == 1


def test_a_fee_that_falls_due_does_not_split_usage_by_itself(work: Work) -> None:
    sell(work, cards=(PLATFORM_IN_ADVANCE, TOKENS))
    clockwork.run_due("default", JAN + 5 * DAY)
    [fee] = standard_invoices(work)
    assert [line.line.name for line in lines_of(work, fee, FEB)] == ["Platform"]


def test_an_end_in_the_middle_cuts_the_part_that_still_gathers(work: Work) -> None:
    minimum = replace(tokens_at(Unit(D(1))), commitment=Commitment(minimum=D(50)))
    sold = sell(work, cards=(minimum,))
    clockwork.run_due("default", JAN)
    use_tokens(work, 7, JAN + DAY)
    invoice_now(work, sold, JAN + 5 * DAY)
    cancel(work, sold, JAN + 10 * DAY)
    clockwork.run_due("default", JAN + 10 * DAY)
    first, last = standard_invoices(work)
    assert [days(line) for invoice in (first, last) for line in lines_of(work, invoice, FEB)] == [(1, 6), (6, 11)]
    assert [first.total, last.total] == [D(7), D(43)]
    assert gathering_invoices(work) == []


def test_an_end_at_the_last_part_leaves_nothing_to_gather(work: Work) -> None:
    sold = sell(work, cards=(TOKENS,))
    clockwork.run_due("default", JAN)
    invoice_now(work, sold, JAN + 5 * DAY)
    cancel(work, sold, JAN + 5 * DAY)
    clockwork.run_due("default", JAN + 5 * DAY)
    assert (len(standard_invoices(work)), gathering_invoices(work)) == (1, [])


def test_second_thoughts_give_the_rest_of_the_period_back(work: Work) -> None:
    sold = sell(work, cards=(TOKENS,))
    clockwork.run_due("default", JAN)
    with work(now=JAN + 2 * DAY) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id, subscriptions.Moment.NEXT_BILLING_CYCLE)
    invoice_now(work, sold, JAN + 5 * DAY)
    with work(now=JAN + 6 * DAY) as ctx:
        subscriptions.unschedule_cancelation(ctx, sold.subscription_id)
    clockwork.run_due("default", JAN + 6 * DAY)
    [gathering] = gathering_invoices(work)
    assert [days(line) for line in lines_of(work, gathering, FEB)] == [(6, 32)]


def test_the_usage_of_a_deleted_draft_gathers_again(work: Work) -> None:
    bill_by(work, Workflow(auto_advance=False))
    sold = sell(work, cards=(TOKENS,))
    clockwork.run_due("default", JAN)
    first, second = (invoice_now(work, sold, JAN + day * DAY)[0] for day in (5, 8))
    clockwork.run_due("default", JAN + 8 * DAY + HOUR)
    with work(now=JAN + 9 * DAY) as ctx:
        invoicing.delete(ctx, first.id)
    clockwork.run_due("default", JAN + 9 * DAY)
    [gathering] = gathering_invoices(work)
    assert [days(line) for line in lines_of(work, gathering, FEB)] == [(1, 6), (9, 32)]
    with work(now=JAN + 9 * DAY) as ctx:
        invoicing.delete(ctx, second.id)
    clockwork.run_due("default", JAN + 9 * DAY)
    assert [days(line) for line in lines_of(work, gathering, FEB)] == [(1, 32)]


def test_only_the_lines_asked_for_are_billed_and_all_that_cannot_be_are_named(work: Work) -> None:
    sold = sell(work, cards=(PLATFORM_IN_ADVANCE, TOKENS))
    clockwork.run_due("default", JAN)
    tokens, platform = lines_of(work, gathering_invoices(work)[0], JAN)
    with work(now=JAN + DAY) as ctx, pytest.raises(Invalid) as refused:
        invoicing.invoice_now(ctx, sold.customer_id, line_ids=[tokens.line.id, platform.line.id, "unknown"])
    assert [issue.code for issue in refused.value.issues] == ["invoice_lines_not_billable"] * 2
    with work(now=JAN + DAY) as ctx:
        [drawn] = invoicing.invoice_now(ctx, sold.customer_id, line_ids=[tokens.line.id])
    assert [days(line) for line in lines_of(work, drawn, FEB)] == [(1, 2)]


def test_anchored_collection_waits_for_the_next_anchor_and_a_person_does_not(work: Work) -> None:
    bill_by(work, Workflow(anchored=Recurrence(Duration(months=1), JAN + 4 * DAY)))
    acme, globex = (sell(work, customer=name, cards=(PLATFORM_IN_ADVANCE,)) for name in ("acme", "globex"))
    clockwork.run_due("default", JAN + HOUR)
    assert standard_invoices(work) == []
    assert {invoice.collection_at for invoice in gathering_invoices(work)} == {JAN + 4 * DAY}
    assert [invoice.customer_id for invoice in invoice_now(work, acme, JAN + 2 * DAY)] == [acme.customer_id]
    assert clockwork.next_due("default", JAN + 3 * DAY) == JAN + 4 * DAY
    clockwork.run_due("default", JAN + 4 * DAY)
    assert globex.customer_id in {invoice.customer_id for invoice in standard_invoices(work)}


def test_another_alignment_takes_effect_on_what_gathers_already(work: Work) -> None:
    bill_by(work, Workflow(anchored=Recurrence(Duration(months=1), JAN + 20 * DAY)))
    sell(work, cards=(PLATFORM_IN_ADVANCE,))
    clockwork.run_due("default", JAN + HOUR)
    with work(now=JAN + DAY) as ctx:
        profile = invoicing.default_profile(ctx)
        invoicing.update_profile(ctx, profile.id, invoicing.ProfileInput("Default", profile.supplier, default=True))
    clockwork.run_due("default", JAN + DAY)
    assert [invoice.total for invoice in standard_invoices(work)] == [D(20)]


def test_a_line_that_a_person_added_is_billed_in_parts_too(work: Work) -> None:
    sold = sell(work, cards=(PLATFORM_IN_ADVANCE,))
    clockwork.run_due("default", JAN)
    with work(now=JAN) as ctx:
        wanted = invoicing.PendingLineInput(tokens_at(Unit(D(1))), Period(JAN, FEB), FEB)
        invoicing.add_lines(ctx, sold.customer_id, "USD", [wanted])
    use_tokens(work, 7, JAN + DAY)
    [drawn] = invoice_now(work, sold, JAN + 2 * DAY)
    assert drawn.total == D(7)
    gathering = {line.line.name: days(line) for line in lines_of(work, gathering_invoices(work)[0], FEB)}
    assert gathering == {"Platform": (32, 60), "Tokens": (3, 32)}


def test_a_line_that_is_to_be_ignored_does_not_follow_its_subscription(work: Work) -> None:
    sold = sell(work, cards=(TOKENS,))
    clockwork.run_due("default", JAN)
    with work(now=JAN) as ctx:
        [gathering] = gathering_invoices(work)
        line = ctx.session.merge(invoicing.view(ctx, gathering).lines[0].line)
        line.labels = {"billing.subscription.sync.ignore": "true"}
    cancel(work, sold, JAN + 5 * DAY)
    clockwork.run_due("default", JAN + 5 * DAY)
    assert [days(line) for line in lines_of(work, gathering, FEB)] == [(1, 32)]


def test_two_who_bill_at_once_cut_the_period_once(work: Work) -> None:
    sold = sell(work, cards=(tokens_at(Unit(D(1))),))
    clockwork.run_due("default", JAN)
    use_tokens(work, 7, JAN + DAY)
    together = Barrier(2)

    def bill(_: int) -> int:
        together.wait()
        try:
            return len(invoice_now(work, sold, JAN + 5 * DAY))
        except Invalid:
            return 0

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(bill, range(2))) == [0, 1]
    [drawn] = standard_invoices(work)
    assert drawn.total == D(7)
    assert [days(line) for line in lines_of(work, gathering_invoices(work)[0], FEB)] == [(6, 32)]


def test_a_part_that_is_drawn_late_is_rated_after_what_earlier_parts_come_to(work: Work) -> None:
    sold = sell(work, cards=(CARDS["minimum"][0],))
    clockwork.run_due("default", JAN)
    invoice_now(work, sold, JAN + 10 * DAY)
    use_tokens(work, 30, JAN + 3 * DAY, stored=JAN + 10 * DAY + HOUR / 2)
    clockwork.run_due("default", FEB + 2 * HOUR)
    assert [invoice.total for invoice in standard_invoices(work)] == [D(30), D(20)]
