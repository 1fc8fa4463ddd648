"""An invoice's life, its numbers, and what is collected when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from backend.engine.invoice import lifecycle, number
from backend.engine.invoice.gather import PendingLine, billable_period, draft_until, due_at
from backend.engine.invoice.lifecycle import State, Trigger
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.engine.rate.prices import Flat, Package, Price, Tier, Unit, Volume
from backend.engine.recurrence import Duration
from backend.errors import Conflict

NOW = datetime(2025, 2, 1, 12, tzinfo=UTC)
CALM = lifecycle.Situation(NOW)


def test_a_quiet_invoice_walks_to_payment_by_itself() -> None:
    assert lifecycle.settle(State.DRAFT_CREATED, CALM) is State.PAYMENT_PENDING


@pytest.mark.parametrize(
    ("change", "rests_at"),
    [
        ({"collection_at": NOW + timedelta(seconds=1)}, "draft.waiting_for_collection"),
        ({"has_critical_issues": True}, "draft.invalid"),
        ({"auto_advance": False}, "draft.manual_approval_needed"),
        ({"draft_until": NOW + timedelta(days=1)}, "draft.waiting_auto_approval"),
        ({"has_lines": False}, "deleted"),
        ({"app_is_ready": False}, "draft.syncing"),
        ({"collection_at": NOW, "draft_until": NOW}, "payment_processing.pending"),
    ],
)
def test_what_keeps_an_invoice_waiting(change: dict[str, object], rests_at: str) -> None:
    assert lifecycle.settle(State.DRAFT_CREATED, replace(CALM, **change)) == rests_at


@pytest.mark.parametrize(
    ("state", "trigger", "leads_to"),
    [
        ("draft.waiting_for_collection", "snapshot_quantities", "draft.collecting"),
        ("draft.manual_approval_needed", "approve", "draft.ready_to_issue"),
        ("draft.sync_failed", "retry", "draft.validating"),
        ("issuing.syncing", "fail", "issuing.failed"),
        ("payment_processing.pending", "paid", "payment_processing.booking_authorized_and_settled"),
        ("payment_processing.authorized", "paid", "payment_processing.booking_settled"),
        ("payment_processing.pending", "fail", "payment_processing.failed"),
        ("overdue", "paid", "payment_processing.booking_authorized_and_settled"),
        ("uncollectible", "void", "voided"),
    ],
)
def test_what_a_trigger_leads_to(state: str, trigger: str, leads_to: str) -> None:
    assert lifecycle.after(State(state), Trigger(trigger)) == leads_to


@pytest.mark.parametrize(
    ("state", "trigger"), [("paid", "void"), ("overdue", "void"), ("issued", "delete"), ("draft.created", "paid")]
)
def test_what_cannot_happen(state: str, trigger: str) -> None:
    with pytest.raises(Conflict, match=state):
        lifecycle.after(State(state), Trigger(trigger))


def test_actions_say_where_they_lead() -> None:
    manual = replace(CALM, auto_advance=False)
    assert lifecycle.available_actions(State.DRAFT_MANUAL_APPROVAL_NEEDED, manual) == {
        "approve": State.PAYMENT_PENDING,
        "delete": State.DELETED,
    }
    waiting = replace(CALM, collection_at=NOW + timedelta(hours=1))
    assert lifecycle.available_actions(State.DRAFT_WAITING_FOR_COLLECTION, waiting) == {
        "snapshotQuantities": State.PAYMENT_PENDING,
        "delete": State.DELETED,
    }
    invalid = replace(CALM, has_critical_issues=True)
    assert lifecycle.available_actions(State.DRAFT_INVALID, invalid)["retry"] is State.PAYMENT_PENDING
    assert lifecycle.available_actions(State.DRAFT_CREATED, CALM)["advance"] is State.PAYMENT_PENDING
    assert lifecycle.available_actions(State.PAID, CALM) == {}


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(lifecycle.TRANSITIONS) == set(State)
    reached = {target for moves in lifecycle.TRANSITIONS.values() for target in moves.values()}
    assert set(State) - reached == {State.DRAFT_CREATED}


def test_states_tell_what_they_are() -> None:
    assert {state for state in State if lifecycle.is_final(state)} == {"paid", "voided", "deleted", "uncollectible"}
    assert {state for state in State if lifecycle.is_failed(state)} == {
        "draft.invalid",
        "draft.sync_failed",
        "issuing.line_finalization_failed",
        "issuing.failed",
        "issuing.charge_booking_failed",
        "payment_processing.failed",
        "delete.failed",
    }
    assert lifecycle.is_immutable(State.ISSUED)
    assert not lifecycle.is_immutable(State.DRAFT_WAITING_AUTO_APPROVAL)
    assert {lifecycle.short_status(state) for state in State} == {
        "draft", "issuing", "issued", "payment_processing", "overdue", "paid", "uncollectible", "voided",
    }  # fmt: skip


JANUARY = Period(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC))
MIDDLE = datetime(2025, 1, 15, 0, 0, 0, 700, tzinfo=UTC)
UNIT = Unit(Decimal(1))
TIERED = Volume((Tier(None, unit=Decimal(1)),))


@pytest.mark.parametrize(
    ("price", "aggregation", "progressive", "billable"),
    [
        (Flat(Decimal(1)), None, True, None),
        (UNIT, "SUM", True, Period(JANUARY.start, MIDDLE.replace(microsecond=0))),
        (UNIT, "SUM", False, None),
        (UNIT, "AVG", True, None),
        (Package(Decimal(1), Decimal(5)), "UNIQUE_COUNT", True, Period(JANUARY.start, MIDDLE.replace(microsecond=0))),
        (TIERED, "SUM", True, None),
    ],
)
def test_what_can_be_billed_in_the_middle(
    price: Price, aggregation: str | None, progressive: bool, billable: Period | None
) -> None:
    line = PendingLine(price, JANUARY, JANUARY.end, aggregation and Aggregation(aggregation))
    assert billable_period(line, MIDDLE, progressive=progressive) == billable
    assert billable_period(line, JANUARY.end, progressive=progressive) == JANUARY


def test_a_flat_price_in_advance_is_billed_whole_at_once() -> None:
    line = PendingLine(Flat(Decimal(1)), JANUARY, JANUARY.start)
    assert billable_period(line, JANUARY.start, progressive=False) == JANUARY


def test_nothing_is_billed_at_the_first_instant_or_before_it_is_due() -> None:
    line = PendingLine(UNIT, JANUARY, JANUARY.end + timedelta(days=3), Aggregation.SUM)
    assert billable_period(line, JANUARY.start, progressive=True) is None
    assert billable_period(line, JANUARY.end, progressive=False) is None
    assert billable_period(line, JANUARY.end, progressive=True) == JANUARY


def test_a_draft_waits_for_collection_and_payment_counts_from_there() -> None:
    collected = NOW + timedelta(hours=1, microseconds=5)
    approved = draft_until(NOW, collected, Duration(days=2))
    assert approved == collected + timedelta(days=2)
    assert draft_until(NOW, NOW - timedelta(days=9), Duration()) == draft_until(NOW, None, Duration()) == NOW
    assert due_at(approved, Duration(days=30)) == datetime(2025, 3, 5, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Acme Incorporated Ltd", "ACIN"),
        ("Globex", "GLOB"),
        ("Åse & Søn", "ASSN"),
        ("X", "X"),
        ("東京", "UNKN"),
        ("", "UNKN"),
    ],
)
def test_customers_have_a_code(name: str, code: str) -> None:
    assert number.customer_code(name) == code


def test_numbers_before_issuing() -> None:
    assert number.gathering_number("Acme Inc", "USD", 3) == "GATHER-ACIN-USD-3"
    assert number.draft_number("Acme Inc", 7) == "DRAFT-ACIN-7"
