"""Reservations as pure decisions: what is granted, what a hold leaves for others, and how a hold may end."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.engine.entitle import EntitlementValue
from backend.engine.reserve import (
    Decision,
    Life,
    Limit,
    Outcome,
    Status,
    changes,
    less_reserved,
    reserve,
    uncovered,
)
from backend.errors import Conflict

D = Decimal
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AMOUNTS = st.decimals(min_value="0", max_value="1000000", places=3)


@pytest.mark.parametrize(
    ("asked", "limit", "allow_partial", "decision"),
    [
        (D(3), Limit(D(10)), False, Decision(Outcome.GRANTED, D(3), D(0), D(7))),
        (D(10), Limit(D(10)), False, Decision(Outcome.GRANTED, D(10), D(0), D(0))),
        (D("10.1"), Limit(D(10)), False, Decision(Outcome.REFUSED, D(0), D(0), D(10))),
        (D("10.1"), Limit(D(10)), True, Decision(Outcome.PARTLY_GRANTED, D(10), D(0), D(0))),
        (D(1), Limit(D(0)), True, Decision(Outcome.REFUSED, D(0), D(0), D(0))),
        (D(1), Limit(D(-5)), True, Decision(Outcome.REFUSED, D(0), D(0), D(0))),
        (D(3), Limit(D("2.5"), partly=D(2)), True, Decision(Outcome.PARTLY_GRANTED, D(2), D(0), D("0.5"))),
        (D(3), Limit(D("0.5"), partly=D(0)), True, Decision(Outcome.REFUSED, D(0), D(0), D("0.5"))),
        (D(12), Limit(D(10), is_soft=True), False, Decision(Outcome.GRANTED, D(12), D(2), D(0))),
        (D(2), Limit(D(-5), is_soft=True), False, Decision(Outcome.GRANTED, D(2), D(2), D(0))),
    ],
)
def test_what_is_granted(asked: Decimal, limit: Limit, allow_partial: bool, decision: Decision) -> None:
    assert reserve(asked, limit, allow_partial=allow_partial) == decision


@given(st.lists(AMOUNTS.filter(bool), max_size=20), AMOUNTS, st.booleans())
def test_a_hard_limit_is_never_oversold(asked: list[Decimal], quota: Decimal, allow_partial: bool) -> None:
    free = quota
    for amount in asked:
        decision = reserve(amount, Limit(free), allow_partial=allow_partial)
        assert decision.granted + decision.balance == free
        assert decision.granted in (0, amount) or (allow_partial and decision.balance == 0)
        free = decision.balance
    assert free >= 0


def test_reserved_units_are_as_good_as_used() -> None:
    value = EntitlementValue(True, balance=D(10), usage=D(5), overage=D(0), total_available=D(15))
    left = less_reserved(value, D(4), is_soft_limit=False)
    assert (left.has_access, left.balance, left.reserved, left.usage) == (True, D(6), D(4), D(5))
    assert not less_reserved(value, D(10), is_soft_limit=False).has_access
    over = less_reserved(value, D(11), is_soft_limit=True)
    assert (over.has_access, over.balance) == (True, D(0))


def test_what_no_grant_pays_is_overage() -> None:
    assert uncovered(D(5), D(5)) == 0
    assert uncovered(D("5.5"), D(5)) == D("0.5")
    assert uncovered(D(5), D(0)) == 5


def test_a_hold_lapses_by_itself() -> None:
    held = Life(expires_at=NOON)
    assert held.status(NOON - SECOND) is Status.HELD
    assert held.status(NOON) is Status.EXPIRED
    assert Life(NOON, committed_at=NOON + SECOND).status(NOON + SECOND) is Status.COMMITTED
    assert Life(NOON, released_at=NOON - SECOND).status(NOON) is Status.RELEASED


def test_a_reservation_ends_once_and_an_expired_one_can_still_be_committed() -> None:
    changing = {(Status.HELD, Status.COMMITTED), (Status.EXPIRED, Status.COMMITTED)}
    changing |= {(Status.HELD, Status.RELEASED), (Status.EXPIRED, Status.RELEASED)}
    for status, ending in product(Status, (Status.COMMITTED, Status.RELEASED)):
        if (status, ending) in changing:
            assert changes(status, ending)
        elif status is ending:
            assert not changes(status, ending)
        else:
            with pytest.raises(Conflict):
                changes(status, ending)
