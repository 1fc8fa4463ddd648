"""A subscription's lines over phases, edits and cancellation; its status and that of plans."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from backend.engine.period import Period
from backend.engine.rate.prices import Flat, PaymentTerm, Unit
from backend.engine.recurrence import DAY, MONTH, WEEK, YEAR, Duration
from backend.engine.subscribe.align import billing_period_at, horizon, normal_anchor
from backend.engine.subscribe.prorate import billed_price, prorate
from backend.engine.subscribe.schedule import ScheduledLine, schedule
from backend.engine.subscribe.status import plan_status, subscription_status
from backend.engine.subscribe.view import ItemView, PhaseView, SubscriptionView
from backend.errors import Invalid


def at(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2025, month, day, hour, tzinfo=UTC)


FEE = Flat(Decimal(31))
USAGE = Unit(Decimal("0.1"))


def item(key: str, price: object, start: datetime, end: datetime | None = None, **more: object) -> ItemView:
    return ItemView(
        **{"key": key, "version": 0, "active_from": start, "active_to": end, "cadence": MONTH, "price": price, **more}
    )


def phase(key: str, start: datetime, end: datetime | None, *items: ItemView) -> PhaseView:
    return PhaseView(key, start, end, items)


TRIAL = phase("trial", at(1, 10), at(1, 24), item("calls", USAGE, at(1, 10), at(1, 24)))
PAID = phase("paid", at(1, 24), None, item("fee", FEE, at(1, 24)), item("calls", USAGE, at(1, 24)))
SUBSCRIPTION = SubscriptionView("sub", at(1, 10), None, at(1, 1), MONTH, (TRIAL, PAID))


def shown(lines: object) -> list[tuple[str, datetime]]:
    return [(line.reference, line.invoice_at) for line in lines]


def test_billing_periods_are_cut_at_phases() -> None:
    assert billing_period_at(SUBSCRIPTION, at(1, 10)) == Period(at(1, 10), at(1, 24))
    assert billing_period_at(SUBSCRIPTION, at(1, 24)) == Period(at(1, 24), at(2, 1))
    assert billing_period_at(SUBSCRIPTION, at(2, 15)) == Period(at(2, 1), at(3, 1))
    with pytest.raises(Invalid, match="not started"):
        billing_period_at(SUBSCRIPTION, at(1, 9))


def test_after_the_end_the_last_billing_period_counts() -> None:
    canceled = replace(SUBSCRIPTION, active_to=at(3, 10))
    assert (
        billing_period_at(canceled, at(3, 10)) == billing_period_at(canceled, at(8, 1)) == Period(at(3, 1), at(3, 10))
    )
    on_the_day = replace(SUBSCRIPTION, active_to=at(3, 1))
    assert billing_period_at(on_the_day, at(3, 1)) == Period(at(2, 1), at(3, 1))


def test_lines_are_scheduled_up_to_the_horizon() -> None:
    assert horizon(SUBSCRIPTION, at(1, 12)) == at(1, 24)
    assert horizon(SUBSCRIPTION, at(1, 1)) == horizon(SUBSCRIPTION, at(1, 10)) == at(1, 10)
    assert horizon(SUBSCRIPTION, at(2, 1)) == at(2, 1)
    assert shown(schedule(SUBSCRIPTION, at(2, 1))) == [
        ("sub/trial/calls/v[0]/period[0]", at(1, 24)),
        ("sub/paid/fee/v[0]/period[0]", at(1, 24)),
        ("sub/paid/fee/v[0]/period[1]", at(2, 1)),
        ("sub/paid/calls/v[0]/period[0]", at(2, 1)),
    ]


def test_the_first_fee_pays_for_the_days_of_its_anchored_month() -> None:
    fee = next(line for line in schedule(SUBSCRIPTION, at(2, 1)) if line.item.key == "fee")
    assert (fee.service_period, fee.full_service_period) == (Period(at(1, 24), at(2, 1)), Period(at(1, 1), at(2, 1)))
    price = billed_price(fee.price, "USD", service=fee.service_period, full=fee.full_service_period, prorated=True)
    assert price == replace(FEE, amount=Decimal(8))


def test_canceling_shortens_the_last_lines() -> None:
    lines = list(schedule(replace(SUBSCRIPTION, active_to=at(2, 11)), at(12, 1)))
    assert shown(lines[-3:]) == [
        ("sub/paid/fee/v[0]/period[1]", at(2, 1)),
        ("sub/paid/calls/v[0]/period[0]", at(2, 1)),
        ("sub/paid/calls/v[0]/period[1]", at(2, 11)),
    ]
    assert lines[-1].service_period == Period(at(2, 1), at(2, 11))


def test_an_item_removed_within_a_month_waits_for_the_end_of_the_billing_period() -> None:
    edited = phase("paid", at(1, 24), None, item("calls", USAGE, at(1, 24), at(2, 6)))
    *_, last = schedule(replace(SUBSCRIPTION, phases=(TRIAL, edited)), at(3, 1))
    assert (last.service_period.end, last.invoice_at) == (at(2, 6), at(3, 1))


def test_a_new_fee_after_an_edit_is_due_with_its_billing_period() -> None:
    edited = phase("paid", at(1, 24), None, item("fee", FEE, at(2, 6), version=1))
    [line] = [
        line for line in schedule(replace(SUBSCRIPTION, phases=(TRIAL, edited)), at(2, 6)) if line.item.key == "fee"
    ]
    assert (line.reference, line.invoice_at) == ("sub/paid/fee/v[1]/period[0]", at(2, 1))


def test_daily_usage_is_invoiced_monthly() -> None:
    daily = phase("paid", at(1, 24), None, item("calls", USAGE, at(1, 24), cadence=DAY))
    lines = [line for line in schedule(replace(SUBSCRIPTION, phases=(daily,)), at(2, 1)) if line.phase is daily]
    assert len(lines) == 8
    assert {line.invoice_at for line in lines} == {at(2, 1)}


def once(term: str, end: datetime | None) -> list[ScheduledLine]:
    setup = item("setup", Flat(Decimal(99), PaymentTerm(term)), at(1, 24), cadence=None)
    return list(schedule(replace(SUBSCRIPTION, phases=(phase("paid", at(1, 24), end, setup),)), at(12, 1)))


def test_what_is_charged_once_has_no_period_number() -> None:
    [line] = once("in_advance", None)
    assert line.reference == "sub/paid/setup/v[0]"
    assert (line.service_period, line.invoice_at) == (Period(at(1, 24), at(1, 24)), at(1, 24))


def test_what_is_charged_once_in_arrears_is_due_at_its_end_and_before_that_unknown() -> None:
    assert once("in_arrears", None) == []
    [line] = once("in_arrears", at(4, 2))
    assert (line.service_period, line.invoice_at) == (Period(at(1, 24), at(4, 2)), at(4, 2))


def test_less_than_a_second_makes_a_fee_but_no_usage() -> None:
    moment = at(1, 24) + timedelta(milliseconds=300)
    brief = phase("paid", at(1, 24), None, item("fee", FEE, at(1, 24), moment), item("calls", USAGE, at(1, 24), moment))
    assert [line.item.key for line in schedule(replace(SUBSCRIPTION, phases=(brief,)), at(6, 1))] == ["fee"]
    never = phase("paid", at(1, 24), None, item("fee", FEE, moment, moment), item("free", None, at(1, 24)))
    assert list(schedule(replace(SUBSCRIPTION, phases=(never,)), at(6, 1))) == []


def test_proration_never_makes_a_fee_grow() -> None:
    longer, month = Period(at(1, 1), at(2, 10)), Period(at(1, 1), at(2, 1))
    assert prorate(Decimal(31), "USD", longer, month) == 31
    assert prorate(Decimal(31), "USD", month, longer) == Decimal("24.03")


def test_a_fee_prorated_to_nothing_makes_no_line() -> None:
    month, moment = Period(at(1, 1), at(2, 1)), Period(at(1, 1), at(1, 1) + timedelta(seconds=40))
    assert billed_price(FEE, "USD", service=moment, full=month, prorated=True) is None
    assert billed_price(FEE, "USD", service=moment, full=month, prorated=False) == FEE
    assert billed_price(USAGE, "USD", service=moment, full=month, prorated=True) == USAGE


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        (at(6, 1), None, "active"),
        (at(6, 15), None, "active"),
        (at(6, 16), None, "scheduled"),
        (at(6, 1), at(6, 16), "canceled"),
        (at(6, 1), at(6, 15), "inactive"),
        (at(6, 20), at(6, 20), "inactive"),
    ],
)
def test_subscription_status(start: datetime, end: datetime | None, status: str) -> None:
    assert subscription_status(start, end, at(6, 15)) == status


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        (None, None, "draft"),
        (at(6, 16), None, "scheduled"),
        (at(6, 15), None, "active"),
        (at(6, 1), at(6, 16), "active"),
        (at(6, 1), at(6, 15), "archived"),
    ],
)
def test_plan_status(start: datetime | None, end: datetime | None, status: str) -> None:
    assert plan_status(start, end, at(6, 15)) == status


@pytest.mark.parametrize(
    ("anchor", "cycle", "cadences", "moved"),
    [
        (at(1, 5), MONTH, (), at(6, 5)),
        (at(6, 20), MONTH, (), at(5, 20)),
        (at(6, 10, 15), MONTH, (DAY,), at(6, 10, 15)),
        (at(1, 31), MONTH, (), at(5, 31)),
        (at(1, 5), MONTH, (YEAR,), at(1, 5)),
        (at(2, 5), MONTH, (Duration(months=3),), at(5, 5)),
        (at(1, 1), WEEK, (), at(6, 4)),
        (datetime(2024, 2, 29, tzinfo=UTC), YEAR, (), datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_an_anchor_is_moved_to_its_last_recurrence_that_counts_alike(
    anchor: datetime, cycle: Duration, cadences: tuple[Duration, ...], moved: datetime
) -> None:
    assert normal_anchor(anchor, at(6, 10, 15), cycle, cadences) == moved
