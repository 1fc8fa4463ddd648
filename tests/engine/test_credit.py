"""Grants, told by example: who pays, what a reset leaves, what a resumed run must not forget."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.engine.convert import Operation, UnitConfig
from backend.engine.credit.burn_down import Allowance, BurnDown, burn_down
from backend.engine.credit.grant import Grant, admitted, expiry, issue_after_reset, voided
from backend.engine.credit.snapshot import Snapshot
from backend.engine.entitle import Denial, Schedule, clashing, denial, quota_value
from backend.engine.exact import quotient
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.engine.recurrence import DAY, HOUR, MONTH, Recurrence
from backend.engine.usage_period import Reset, Start, UsagePeriods
from backend.errors import Invalid
from tests.engine.quotas import Event, metered

D = Decimal
ONE = timedelta(hours=1)
START = datetime(2025, 1, 1, tzinfo=UTC)


def at(hour: int, minute: int = 0) -> datetime:
    return START + timedelta(hours=hour, minutes=minute)


def grant(id_: str, amount: int, effective_at: datetime = START, **terms: Any) -> Grant:
    plain = Grant(id_, D(amount), effective_at, created_at=START)
    return replace(plain, **{key: D(term) if "rollover" in key else term for key, term in terms.items()})


def rolling(id_: str, amount: int, most: int, least: int = 0, effective_at: datetime = START, **terms: Any) -> Grant:
    return grant(id_, amount, effective_at, max_rollover=most, min_rollover=least, **terms)


def used(*events: tuple[int, int]) -> list[Event]:
    """Usage in the middle of hours: (hour, quantity)."""
    return [(at(hour, 30), D(quantity)) for hour, quantity in events]


def run(allowance: Allowance, events: list[Event], until: datetime, start: Snapshot | None = None) -> BurnDown:
    begin = start or Snapshot.starting(allowance.grants, START)
    return burn_down(allowance, begin, until, metered(allowance.aggregation, events))


def balances(found: BurnDown) -> dict[str, Decimal]:
    return dict(found.snapshot.balances)


def test_overage_is_paid_once_by_a_recurrence_even_if_a_run_resumes_just_then() -> None:
    daily = Allowance((grant("daily", 100, recurrence=Recurrence(DAY, START)),))
    events = used((1, 120))
    at_midnight = run(daily, events, at(24))
    assert (balances(at_midnight), at_midnight.snapshot.overage) == ({"daily": 80}, 0)
    assert balances(run(daily, events, at(25), at_midnight.snapshot)) == {"daily": 80}


def test_a_grant_counts_from_the_very_instant_it_takes_effect_to_the_instant_it_ends() -> None:
    late = Allowance((grant("late", 100, at(2)), grant("ending", 50, expires_at=at(2))))
    assert balances(run(late, [], at(1, 59))) == {"late": 0, "ending": 50}
    assert balances(run(late, [], at(2))) == {"late": 100, "ending": 0}
    assert quota_value(run(late, [], at(2)).snapshot).balance == 100


def test_a_grant_voided_between_two_minutes_ends_there() -> None:
    allowance = Allowance((grant("one", 100, voided_at=at(1) + timedelta(seconds=30)),))
    events = [(at(1) + timedelta(seconds=second), D(10)) for second in (29, 30)]
    found = run(allowance, events, at(2)).snapshot
    assert (found.grant_usage, found.overage, found.balance) == (10, 10, 0)


def test_rolling_over_within_limits() -> None:
    grants = (rolling("half", 100, 50), rolling("none", 100, 0, priority=1), rolling("always", 100, 30, 30, priority=2))
    found = run(Allowance(grants, (Reset(at(2)),)), used((1, 10)), at(3))
    assert balances(found) == {"half": 50, "none": 0, "always": 30}
    assert found.snapshot.total_available == 80


@pytest.mark.parametrize(
    ("usage", "left", "overage"), [(2100, {"g1": 0, "g2": 400}, 0), (2600, {"g1": 0, "g2": 0}, 100)]
)
def test_preserved_overage_is_paid_from_what_rolled_over(usage: int, left: dict[str, int], overage: int) -> None:
    grants = (rolling("g1", 1000, 1000, priority=1), rolling("g2", 1000, 500, 500, priority=3))
    found = run(Allowance(grants, (Reset(at(2), preserve_overage=True),)), used((1, usage)), at(2))
    assert (balances(found), found.snapshot.overage) == (left, overage)
    assert found.snapshot.usage == 0
    assert found.snapshot.grant_usage == usage - 2000 - overage


def test_each_reset_decides_about_its_own_overage() -> None:
    resets = (Reset(at(2), preserve_overage=True), Reset(at(4)))
    allowance = Allowance((rolling("quota", 100, 100, 100),), resets)
    events = used((1, 130), (3, 130))
    assert balances(run(allowance, events, at(2))) == {"quota": 70}
    assert balances(run(allowance, events, at(4))) == {"quota": 100}


def test_a_grant_that_takes_effect_at_a_reset_pays_preserved_overage_once() -> None:
    allowance = Allowance((rolling("quota", 100, 100, 100, effective_at=at(24)),), (Reset(at(24), True),))
    state = run(allowance, used((1, 120)), at(25)).snapshot
    assert (state.balance, state.overage, state.total_available) == (0, 20, 100)


def test_two_resets_chain() -> None:
    grants = (rolling("g1", 1000, 1000), rolling("g2", 1000, 100, priority=1))
    third = rolling("g3", 1000, 1000, effective_at=at(4), priority=2)
    events = used((1, 600), (3, 300))
    first = run(Allowance(grants, (Reset(at(2)),)), events, at(2))
    assert balances(first) == {"g1": 400, "g2": 100}
    second = run(Allowance((*grants, third), (Reset(at(2)), Reset(at(4)))), events, at(4))
    assert second.snapshot.balance == 1200


def test_a_recurrence_at_a_reset_gives_the_full_amount_and_an_ending_grant_nothing() -> None:
    grants = (
        rolling("recurring", 100, 20, recurrence=Recurrence(DAY, START)),
        rolling("ending", 100, 100, expires_at=at(24)),
        rolling("starting", 100, 10, effective_at=at(24)),
    )
    found = run(Allowance(grants, (Reset(at(24)),)), used((1, 50)), at(24))
    assert balances(found) == {"recurring": 100, "ending": 0, "starting": 100}
    rollover = found.history.segments[1]
    assert rollover.is_rollover
    assert rollover.balances_at_start == {"recurring": 20, "ending": 0, "starting": 0}


def test_grants_are_limits_to_the_level_of_a_latest_meter() -> None:
    grants = (
        grant("expired", 50, expires_at=at(1), priority=1),
        grant("active", 100, priority=2),
        grant("later", 75, at(1), priority=3),
        grant("future", 200, at(4), priority=4),
    )
    events = [(at(hour), D(level)) for hour, level in ((0, 15), (1, 30), (2, 10), (3, 20))]
    found = run(Allowance(grants, aggregation=Aggregation.LATEST), events, at(3))
    assert [(one.usage, one.balance_at_start, one.balance_at_end) for one in found.history.segments] == [
        (15, 150, 135),
        (10, 175, 165),
    ]
    assert (found.snapshot.balance, found.snapshot.usage, found.snapshot.grant_usage) == (165, 25, 25)


def test_what_was_seen_in_the_usage_period_is_not_counted_again() -> None:
    grants = (rolling("quota", 3, 3, 3), rolling("extra", 5, 0, effective_at=at(2), priority=1))
    allowance = Allowance(grants, (Reset(at(5)),), Aggregation.UNIQUE_COUNT)
    users = [(at(hour, 30), D(user)) for hour, user in ((0, 1), (1, 2), (2, 1), (3, 2), (4, 3), (6, 1), (7, 1))]
    before = run(allowance, users, at(4, 59))
    assert [segment.usage for segment in before.history.segments] == [2, 1]
    assert (before.snapshot.usage, balances(before)) == (3, {"quota": 0, "extra": 5})
    resumed = run(allowance, users, at(8), run(allowance, users, at(7)).snapshot)
    assert (resumed.snapshot.usage, balances(resumed)) == (1, {"quota": 2, "extra": 0})


@pytest.mark.parametrize("aggregation", [Aggregation.AVG, Aggregation.MIN, Aggregation.MAX])
def test_meters_that_cannot_be_charged(aggregation: Aggregation) -> None:
    with pytest.raises(Invalid, match="cannot be charged"):
        Allowance((), aggregation=aggregation)


def test_usage_is_burnt_in_the_units_of_the_entitlement() -> None:
    thousands = UnitConfig(Operation.DIVIDE, D(1000))
    allowance = Allowance((grant("quota", 10),), unit_config=thousands)
    start = Snapshot.starting(allowance.grants, START, thousands)
    found = run(allowance, used((1, 2500)), at(2), start).snapshot
    assert (found.usage, found.balance) == (D("2.5"), D("7.5"))


def test_a_correction_of_usage_gives_back() -> None:
    allowance = Allowance((grant("first", 100), grant("second", 100, priority=1)))
    found = run(allowance, used((1, -20), (2, 130)), at(3)).snapshot
    assert (found.balance, found.usage) == (90, 110)
    nobody = run(Allowance(()), used((1, -20)), at(3)).snapshot
    assert nobody.usage + nobody.balance - nobody.overage == 0


def test_quantities_are_exact_beyond_28_digits() -> None:
    huge, tiny = D(10) ** 30, D(10) ** -30
    state = run(Allowance((replace(grant("huge", 1), amount=huge),)), [(at(1), tiny)], at(2)).snapshot
    assert state.balance == D("9" * 30 + "." + "9" * 30)


def test_a_callback_may_divide_as_it_likes() -> None:
    found = burn_down(
        Allowance((grant("one", 1),)),
        Snapshot.starting((grant("one", 1),), START),
        at(1),
        lambda _: quotient(D(1), D(3)),
    )
    assert found.snapshot.usage + found.snapshot.balance == 1


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(Invalid, match="back to"):
        run(Allowance(()), [], START - ONE)


def test_a_grant_added_at_the_instant_of_a_snapshot_is_full() -> None:
    old, new, later = grant("old", 100), grant("new", 40, at(2)), grant("later", 40, at(3))
    kept = run(Allowance((old,)), used((1, 120)), at(2)).snapshot
    grants = (old, new, later)
    assert kept.covering(grants).balances == {"old": 0, "new": 40, "later": 0}
    assert balances(run(Allowance(grants), used((1, 120)), at(2, 1), kept.covering(grants))) == {
        "old": 0, "new": 20, "later": 0,
    }  # fmt: skip


USAGE_PERIOD = Period(at(0), at(24))


def test_a_quota_is_issued_anew_after_each_reset() -> None:
    quota = issue_after_reset("quota", D(100), USAGE_PERIOD, created_at=at(3))
    periods = UsagePeriods((Start(START, Recurrence(DAY, START)),))
    allowance = Allowance((quota,), periods.timeline(Period(START, at(24 * 40))))
    found = run(allowance, used((1, 130), (25, 20)), at(24 * 40))
    assert (quota.priority, quota.expires_at) == (1, None)
    assert [segment.balance_at_start for segment in found.history.segments[::2]] == [100] * 41
    assert found.snapshot.overage == 0


@pytest.mark.parametrize(
    ("unit", "count", "end"),
    [
        ("HOUR", 2, "2024-01-31T02:00:00Z"),
        ("DAY", 30, "2024-03-01T00:00:00Z"),
        ("WEEK", 1, "2024-02-07T00:00:00Z"),
        ("MONTH", 1, "2024-02-29T00:00:00Z"),
        ("YEAR", 100, "2124-01-31T00:00:00Z"),
    ],
)
def test_when_a_grant_expires(unit: str, count: int, end: str) -> None:
    assert expiry(datetime(2024, 1, 31, tzinfo=UTC), unit, count) == datetime.fromisoformat(end)


@pytest.mark.parametrize(("unit", "count"), [("FORTNIGHT", 1), ("DAY", 0), ("DAY", 1001)])
def test_how_long_a_grant_may_last(unit: str, count: int) -> None:
    with pytest.raises(Invalid, match="A grant lasts"):
        expiry(START, unit, count)


def test_a_new_grant_is_cut_to_the_minute() -> None:
    seconds = timedelta(seconds=42)
    wanted = grant("new", 5, at(1) + seconds, recurrence=Recurrence(HOUR, at(1) + seconds))
    assert admitted(wanted, USAGE_PERIOD) == grant("new", 5, at(1), recurrence=Recurrence(HOUR, at(1)))
    assert admitted(grant("new", 5), USAGE_PERIOD).effective_at == START


@pytest.mark.parametrize(("amount", "when"), [(0, at(1)), (-1, at(1)), (1, at(0) - timedelta(seconds=1))])
def test_a_new_grant_has_an_amount_and_belongs_to_the_usage_period(amount: int, when: datetime) -> None:
    with pytest.raises(Invalid):
        admitted(grant("new", amount, when), USAGE_PERIOD)


def test_voiding_a_grant() -> None:
    ended = voided(grant("one", 100), at(1, 5) + timedelta(seconds=20), USAGE_PERIOD)
    assert ended.voided_at == at(1, 5)
    assert run(Allowance((ended,)), used((0, 30), (2, 5)), at(3)).snapshot.overage == 5
    with pytest.raises(Invalid, match="already"):
        voided(ended, at(2), USAGE_PERIOD)
    with pytest.raises(Invalid, match="before"):
        voided(grant("one", 100), START - ONE, USAGE_PERIOD)


def test_a_manual_reset_may_say_what_becomes_of_overage() -> None:
    periods = UsagePeriods((Start(START, Recurrence(MONTH, START)),))
    periods = periods.reset(at(1), now=at(9), preserve_overage=True)
    periods = periods.reset(at(2), now=at(9), retain_anchor=True)
    february = datetime(2025, 2, 1, tzinfo=UTC)
    assert [one.recurrence.anchor for one in periods.starts] == [START, at(1), at(1)]
    resets = (Reset(at(1), True), Reset(at(2)), Reset(february + ONE))
    assert periods.timeline(Period(START, february + 2 * ONE)) == resets
    kept = periods.timeline(Period(at(1), at(2)), preserve_overage=True)
    assert kept == (Reset(at(2), True),)


def test_a_soft_limit_lets_usage_go_on() -> None:
    empty = run(Allowance((grant("one", 10),)), used((1, 15)), at(2)).snapshot
    hard, soft = quota_value(empty), quota_value(empty, is_soft_limit=True)
    assert (hard.has_access, soft.has_access) == (False, True)
    assert (denial(hard), denial(soft)) == (Denial.USAGE_LIMIT_REACHED, None)
    assert (soft.balance, soft.usage, soft.overage, soft.total_available) == (0, 15, 5, 10)


def test_entitlements_may_touch_and_may_be_empty() -> None:
    def held(id_: str, start: int, end: int) -> Schedule:
        return Schedule(id_, "acme", "tokens", Period(at(start), at(end)))

    first, second = held("first", 0, 2), held("second", 2, 4)
    assert clashing(second, [first, held("never", 3, 3)]) is clashing(held("never", 1, 1), [first, second]) is None
    assert clashing(held("third", 1, 4), [second, first]) == second
