"""The chart of a quota: every window, also those without usage, with the balance it started with."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from backend.catalog.templates import MeteredTemplate
from backend.customers import service as customers
from backend.engine.credit.balance_history import BalanceHistory
from backend.engine.meter.window import WindowSize
from backend.engine.recurrence import MONTH
from backend.entitlements import service
from backend.entitlements.service import EntitlementInput, HistoryInput, grants, snapshots
from backend.entitlements.service.grants import GrantInput
from backend.errors import Invalid
from tests.conftest import Work
from tests.shop import at, customer, tokens_feature, use

D = Decimal
START = at("2026-03-27 10:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(work: Work) -> Work:
    """A quota of 100 tokens since START; 30 are used in the first hour, 20 two hours later."""
    with work(now=START) as ctx:
        feature, owner = tokens_feature(ctx), customer(ctx)
        service.create(ctx, EntitlementInput(owner.id, feature, MeteredTemplate(D(100)), START, usage_period=MONTH))
        use(ctx, START + HOUR / 2, 30)
        use(ctx, START + 2.5 * HOUR, 20)
    return work


def chart(work: Work, now: str, asked: HistoryInput) -> BalanceHistory:
    with work(now=at(now), writing=False) as ctx:
        acme = customers.get(ctx, "acme")
        return service.history(ctx, acme, service.find(ctx, acme, "tokens"), asked)


def told(found: BalanceHistory) -> list[tuple[str, int, int]]:
    return [
        (f"{window.period.start:%d %H:%M}", int(window.usage), int(window.balance_at_start)) for window in found.windows
    ]


def test_hours_since_the_last_reset(shop: Work) -> None:
    found = chart(shop, "2026-03-27 13:30", HistoryInput(WindowSize.HOUR))
    assert told(found) == [("27 10:00", 30, 100), ("27 11:00", 0, 70), ("27 12:00", 20, 70), ("27 13:00", 0, 50)]
    (segment,) = found.run.history.segments
    assert (segment.usage, segment.balance_at_start, segment.balance_at_end) == (50, 100, 50)


def test_minutes(shop: Work) -> None:
    asked = HistoryInput(WindowSize.MINUTE, START + HOUR / 2, START + HOUR / 2 + timedelta(minutes=2))
    assert told(chart(shop, "2026-03-27 13:30", asked)) == [("27 10:30", 30, 100), ("27 10:31", 0, 70)]


def test_days_of_a_time_zone_and_its_clock_change(shop: Work) -> None:
    asked = HistoryInput(WindowSize.DAY, start=START, zone=ZoneInfo("Europe/Berlin"))
    found = chart(shop, "2026-03-30 12:00", asked)
    # the day that measuring began in is not whole, the 29th has 23 hours
    assert told(found) == [("27 23:00", 0, 50), ("28 23:00", 0, 50), ("29 22:00", 0, 50)]


def test_a_grant_shows_in_the_window_after_it_and_splits_the_burn_down(shop: Work) -> None:
    with shop(now=START + HOUR) as ctx:
        entitlement = service.find(ctx, customers.get(ctx, "acme"), "tokens")
        extra = grants.create(ctx, entitlement, GrantInput(D(10), START + 1.5 * HOUR, priority=0))
    found = chart(shop, "2026-03-27 14:00", HistoryInput(WindowSize.HOUR))
    assert [balance for _, _, balance in told(found)] == [100, 70, 80, 60]
    first, second = found.run.history.segments
    assert (first.period.end, second.grant_usages[extra.id]) == (START + 1.5 * HOUR, 10)


def test_kept_states_do_not_change_a_chart(shop: Work) -> None:
    asked = HistoryInput(WindowSize.DAY, start=START)
    before = chart(shop, "2026-04-05 12:00", asked)
    with shop(now=at("2026-04-05 12:00")) as ctx:
        assert snapshots.keep(ctx, service.find(ctx, customers.get(ctx, "acme"), "tokens").id)
    assert chart(shop, "2026-04-05 12:00", asked) == before


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (HistoryInput(WindowSize.DAY, start=START - HOUR), "cannot start before"),
        (HistoryInput(WindowSize.MONTH), "MINUTE, HOUR, DAY"),
        (HistoryInput(WindowSize.HOUR, START + HOUR, START), "must end after"),
        (HistoryInput(WindowSize.MINUTE, START, START + timedelta(days=8)), "at most 10000 windows"),
    ],
)
def test_what_cannot_be_charted(shop: Work, asked: HistoryInput, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        chart(shop, "2026-03-30 12:00", asked)
