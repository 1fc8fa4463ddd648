"""What must hold for any numbers at all: nothing is lost, nothing depends on the order of writing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from backend.engine.charge.booked import BookedRow, Charge
from backend.engine.charge.delta import rate_delta
from backend.engine.currency import CURRENCIES
from backend.engine.invoice.totals import sum_totals
from backend.engine.meter.aggregate import aggregate
from backend.engine.meter.definition import Aggregation
from backend.engine.money import Money
from backend.engine.period import Period
from backend.engine.pipeline import rate_line
from backend.engine.rate.lines import LineToRate
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Dynamic,
    Graduated,
    Package,
    Price,
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import Duration, Recurrence
from backend.engine.subscribe.prorate import prorate

START = datetime(2025, 1, 1, tzinfo=UTC)
MONTH = Period(START, datetime(2025, 2, 1, tzinfo=UTC))

amounts = st.decimals(-(10**9), 10**9, places=4, allow_nan=False)
cents = st.decimals(0, 10**6, places=2)
quantities = st.decimals(0, 500, places=3)
weights = st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=12).filter(any)
instants = st.integers(0, 7 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
moments_inside = st.integers(1, 31 * 86400 - 1).map(lambda seconds: START + timedelta(seconds=seconds))
durations = st.builds(
    Duration,
    years=st.integers(0, 3),
    months=st.integers(0, 30),
    weeks=st.integers(0, 5),
    days=st.integers(0, 40),
    hours=st.integers(0, 50),
    minutes=st.integers(0, 100),
    seconds=st.decimals(0, 100, places=3),
).filter(lambda duration: duration.is_positive)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    limits = sorted(draw(st.sets(st.integers(1, 400).map(Decimal), max_size=4)))
    flats, units = st.none() | cents, cents
    return tuple(Tier(limit, draw(flats), draw(units)) for limit in [*limits, None])


splittable: st.SearchStrategy[Price] = st.one_of(
    st.builds(Unit, amount=st.integers(0, 50).map(Decimal)),
    st.builds(Package, amount=cents, size=st.integers(1, 60).map(Decimal)),
    tiers().map(lambda drawn: Graduated(tuple(Tier(t.up_to, t.flat, Decimal(int(t.unit or 0))) for t in drawn))),
)


@given(amounts, st.sampled_from(sorted(CURRENCIES)), weights)
def test_a_split_loses_nothing(amount: Decimal, currency: str, shares: list[Decimal]) -> None:
    parts = Money(amount, currency).split(shares)
    assert len(parts) == len(shares)
    assert sum(parts, Money.zero(currency)) == Money(amount, currency)
    assert all(part.amount == 0 for part, share in zip(parts, shares, strict=True) if share == 0)


@given(moments_inside)
def test_the_shares_of_a_cut_period_sum_to_one(instant: datetime) -> None:
    assert sum(part.share_of(MONTH) for part in MONTH.split_at(instant)) == 1


@given(cents, moments_inside)
def test_proration_gains_and_loses_at_most_a_rounding(amount: Decimal, instant: datetime) -> None:
    parts = [prorate(amount, "USD", part, MONTH) for part in MONTH.split_at(instant)]
    assert abs(sum(parts) - amount) <= Decimal("0.01")
    assert all(0 <= part <= amount for part in parts)


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**60), max_value=10**60)))
def test_usage_sums_are_exact(values: list[Decimal]) -> None:
    found = aggregate(Aggregation.SUM, [(START, value) for value in values])
    assert (0 if found is None else _scaled(found)) == sum(map(_scaled, values))


@given(tiers(), st.randoms(use_true_random=False), quantities, st.sampled_from([Graduated, Volume]))
def test_the_order_of_tiers_does_not_matter(
    drawn: tuple[Tier, ...], randomness: Random, quantity: Decimal, model: type[Graduated] | type[Volume]
) -> None:
    shuffled = list(drawn)
    randomness.shuffle(shuffled)
    assert rated(model(drawn), quantity) == rated(model(tuple(shuffled)), quantity)


@given(splittable, st.lists(st.integers(0, 200).map(Decimal), min_size=1, max_size=5), st.none() | st.integers(1, 300))
def test_parts_billed_progressively_cost_what_the_whole_costs(
    price: Price, parts: list[Decimal], free: int | None
) -> None:
    whole = LineToRate(
        name="usage",
        currency="USD",
        price=price,
        period=MONTH,
        quantity=sum(parts, Decimal(0)),
        discounts=Discounts(usage=UsageDiscount(Decimal(free))) if free else Discounts(),
        commitment=Commitment(Decimal(90), Decimal(5000)),
    )
    cuts = [START, *(START + timedelta(days=day) for day in range(1, len(parts))), MONTH.end]
    billed = before = Decimal(0)
    for period, quantity in zip(map(Period, cuts, cuts[1:]), parts, strict=False):
        seen = {"before": before, "previously_billed": billed}
        part = replace(whole, period=period, full_period=MONTH, quantity=quantity, **seen)
        billed += rate_line(part).totals.total
        before += quantity
    assert billed == rate_line(whole).totals.total


@given(splittable | st.builds(Dynamic, multiplier=cents), quantities, quantities, st.none() | cents, st.none() | cents)
def test_using_more_never_costs_less_but_for_volume_prices(
    price: Price, quantity: Decimal, more: Decimal, minimum: Decimal | None, maximum: Decimal | None
) -> None:
    line = LineToRate("usage", "USD", price, MONTH, quantity, commitment=Commitment(minimum, maximum))
    assert rate_line(replace(line, quantity=quantity + more)).totals.total >= rate_line(line).totals.total


@given(tiers(), st.lists(st.integers(0, 200).map(Decimal), min_size=1, max_size=5))
def test_runs_of_a_charge_book_what_the_whole_comes_to(drawn: tuple[Tier, ...], usage: list[Decimal]) -> None:
    """Also when usage is taken back, and for volume prices, which change their tier on the way."""
    for price in (Graduated(drawn), Volume(drawn)):
        charge = Charge(LineToRate("usage", "USD", price, MONTH, commitment=Commitment(Decimal(90))), MONTH)
        cuts = [START, *(START + timedelta(days=day) for day in range(1, len(usage))), MONTH.end]
        booked: list[BookedRow] = []
        for period, quantity in zip(map(Period, cuts, cuts[1:]), usage, strict=False):
            rows = rate_delta(charge, period, quantity, booked)
            booked += [replace(row, id=f"{len(booked)}-{number}") for number, row in enumerate(rows)]
        whole = rate_line(replace(charge.line, quantity=usage[-1]))
        assert sum_totals(row.totals for row in booked) == whole.totals


@given(durations)
def test_a_duration_is_written_as_it_was_read(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration
    assert str(Duration.parse(str(duration))) == str(duration)


@given(durations, instants, instants)
def test_every_instant_lies_in_exactly_one_period(duration: Duration, anchor: datetime, at: datetime) -> None:
    rhythm = Recurrence(duration, anchor)
    period = rhythm.period_at(at)
    assert at in period
    assert rhythm.period_at(period.start) == period
    assert rhythm.next_after(at, inclusive=False) == period.end == rhythm.period_at(period.end).start


def rated(price: Price, quantity: Decimal) -> object:
    return rate_line(LineToRate("usage", "USD", price, MONTH, quantity))


def _scaled(value: Decimal) -> int:
    """The value as a whole number of its twentieth decimal place, without rounding on the way."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    number = int("".join(map(str, digits))) * 10 ** (exponent + 20)
    return -number if sign else number
