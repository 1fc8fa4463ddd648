"""What must hold for any grants, usage and resets: nothing is lost, and no answer depends on how it was reached."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from backend.engine.credit.burn_down import Allowance, BurnDown, burn_down
from backend.engine.credit.grant import Grant
from backend.engine.credit.snapshot import Snapshot
from backend.engine.meter.aggregate import aggregate
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.engine.recurrence import Duration, Recurrence
from backend.engine.usage_period import Reset
from tests.engine.vectors import instant

START = instant("2025-01-31T00:00:00Z")
HOUR = timedelta(hours=1)
LENGTH = 72
ZERO = Decimal(0)

# all happens on full hours of three days, so that things often happen at the same instant
hours = st.integers(0, LENGTH).map(lambda number: START + number * HOUR)
amounts = st.decimals(0, 100, places=2)


@st.composite
def grants(draw: st.DrawFn) -> tuple[Grant, ...]:
    drawn = []
    for number in range(draw(st.integers(0, 4))):
        rhythm = st.builds(Recurrence, st.integers(1, 30).map(lambda count: Duration(hours=count)), hours)
        grant = Grant(
            id=f"grant-{number}",
            amount=draw(amounts),
            effective_at=draw(hours),
            created_at=draw(hours),
            expires_at=draw(st.none() | hours),
            voided_at=draw(st.none() | hours),
            priority=draw(st.integers(0, 2)),
            min_rollover=draw(st.just(ZERO) | amounts),
            max_rollover=draw(st.just(ZERO) | amounts),
            recurrence=draw(st.none() | rhythm),
        )
        drawn.append(grant)
    return tuple(drawn)


@dataclass(frozen=True)
class Usage:
    """Events of a meter: SUM adds their values, UNIQUE_COUNT counts different ones."""

    aggregation: Aggregation
    events: tuple[tuple[datetime, Decimal], ...]

    def __call__(self, period: Period) -> Decimal:
        return aggregate(self.aggregation, [event for event in self.events if event[0] in period]) or ZERO


minutes = st.integers(0, LENGTH * 60 - 1).map(lambda number: START + timedelta(minutes=number))
additive = st.just(Aggregation.SUM)
usages = st.builds(
    Usage,
    additive | st.just(Aggregation.UNIQUE_COUNT),
    st.lists(st.tuples(minutes, amounts | st.integers(0, 3).map(Decimal)), max_size=15).map(tuple),
)
forgiving = st.lists(st.builds(Reset, hours), max_size=4, unique_by=lambda reset: reset.at).map(tuple)
resets = st.lists(st.builds(Reset, hours, st.booleans()), max_size=4, unique_by=lambda reset: reset.at).map(tuple)


def run(allowance: Allowance, usage: Usage, until: datetime, start: Snapshot | None = None) -> BurnDown:
    return burn_down(allowance, start or Snapshot.starting(allowance.grants, START), until, usage)


@given(st.lists(amounts, max_size=6), usages, hours)
def test_what_was_granted_is_used_or_left(quantities: list[Decimal], usage: Usage, until: datetime) -> None:
    held = tuple(Grant(str(number), amount, START, START) for number, amount in enumerate(quantities))
    state = run(Allowance(held, aggregation=usage.aggregation), usage, until).snapshot
    assert state.usage + state.balance - state.overage == sum(quantities)
    assert state.total_available == sum(quantities)
    assert state.usage == usage(Period(START, until))


@given(grants(), forgiving, usages, hours)
def test_usage_is_paid_by_grants_or_overage(
    held: tuple[Grant, ...], when: tuple[Reset, ...], usage: Usage, until: datetime
) -> None:
    state = run(Allowance(held, when, usage.aggregation), usage, until).snapshot
    assert state.usage == state.grant_usage + state.overage
    assert state.usage == usage(Period(state.since, until))
    assert state.overage == 0 or state.balance == 0
    assert all(left >= 0 for left in state.balances.values())


@given(grants(), resets, usages, st.lists(hours | minutes, max_size=5), hours)
def test_a_run_may_be_split_anywhere(
    held: tuple[Grant, ...], when: tuple[Reset, ...], usage: Usage, cuts: list[datetime], until: datetime
) -> None:
    allowance = Allowance(held, when, usage.aggregation)
    whole = run(allowance, usage, until)
    part = run(allowance, usage, START)
    for cut in sorted(cut for cut in [*cuts, until] if cut <= until):
        part = run(allowance, usage, cut, part.snapshot)
    assert part.snapshot == whole.snapshot


@given(grants(), resets, usages, hours)
def test_a_run_may_resume_from_its_history(
    held: tuple[Grant, ...], when: tuple[Reset, ...], usage: Usage, until: datetime
) -> None:
    allowance = Allowance(held, when, usage.aggregation)
    whole = run(allowance, usage, until)
    for state, segment in zip(whole.history.snapshots(), whole.history.segments, strict=True):
        if not segment.is_rollover:
            assert run(allowance, usage, until, state).snapshot == whole.snapshot


@given(grants(), resets, usages, hours, st.randoms(use_true_random=False))
def test_the_order_of_grants_and_resets_does_not_matter(
    held: tuple[Grant, ...], when: tuple[Reset, ...], usage: Usage, until: datetime, randomness: Random
) -> None:
    shuffled, turned = list(held), list(when)
    randomness.shuffle(shuffled)
    randomness.shuffle(turned)
    found = run(Allowance(tuple(shuffled), tuple(turned), usage.aggregation), usage, until)
    wanted = run(Allowance(held, when, usage.aggregation), usage, until)
    assert (found.snapshot, found.history) == (wanted.snapshot, wanted.history)


@given(grants(), resets, usages, hours)
def test_hour_by_hour_reckoning_agrees(
    held: tuple[Grant, ...], when: tuple[Reset, ...], usage: Usage, until: datetime
) -> None:
    state = run(Allowance(held, when, usage.aggregation), usage, until).snapshot
    found = Ledger({grant.id: ZERO for grant in held})
    for number in range(LENGTH + 1):
        at = START + number * HOUR
        if at <= until:
            found.turn_of_the_hour(held, {reset.at: reset for reset in when}.get(at), at)
        if at < until:
            found.spend(held, usage(Period(found.since, at + HOUR)) - usage(Period(found.since, at)), at)
    assert found.balances == state.balances
    assert (found.overage, found.since) == (state.overage, state.since)


@dataclass
class Ledger:
    """The rules a second time, told naively: what happens on each full hour, then the usage of that hour."""

    balances: dict[str, Decimal]
    overage: Decimal = ZERO
    since: datetime = START

    def turn_of_the_hour(self, held: tuple[Grant, ...], reset: Reset | None, at: datetime) -> None:
        living = [grant for grant in held if self.lives(grant, at)]
        self.balances |= {grant.id: ZERO for grant in held if grant not in living}
        if reset is not None and at > START:
            for grant in living:
                self.balances[grant.id] = min(grant.max_rollover, max(grant.min_rollover, self.balances[grant.id]))
            self.overage = self.overage if reset.preserve_overage else ZERO
            self.since = at
            self.spend(held, ZERO, at)
        for grant in living:
            if grant.effective_at == at or (at > START and self.recurs(grant, at)):
                self.balances[grant.id] = grant.amount
        self.spend(held, ZERO, at)

    def spend(self, held: tuple[Grant, ...], used: Decimal, at: datetime) -> None:
        need = used + self.overage
        for grant in sorted(
            held, key=lambda one: (one.priority, str(one.expires_at or "never"), one.created_at, one.id)
        ):
            part = min(self.balances[grant.id], need)
            self.balances[grant.id] -= part
            need -= part
        self.overage = need

    def lives(self, grant: Grant, at: datetime) -> bool:
        ended = [end for end in (grant.expires_at, grant.voided_at) if end is not None and end <= at]
        return grant.effective_at <= at and not ended

    def recurs(self, grant: Grant, at: datetime) -> bool:
        if grant.recurrence is None:
            return False
        past = at - grant.recurrence.anchor
        return past % timedelta(hours=grant.recurrence.interval.hours) == timedelta(0)


@given(grants(), resets, usages, hours)
def test_a_later_grant_changes_nothing_before_it(
    held: tuple[Grant, ...], when: tuple[Reset, ...], usage: Usage, until: datetime
) -> None:
    later = Grant("later", Decimal(1000), until + HOUR, START)
    wanted = run(Allowance(held, when, usage.aggregation), usage, until).snapshot
    found = run(Allowance((*held, later), when, usage.aggregation), usage, until).snapshot
    assert found == replace(wanted, balances={**wanted.balances, "later": ZERO})
