"""However many reserve at once, exactly the quota is granted: no unit is sold twice, and none is left over."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

import pytest

from backend.catalog.templates import MeteredTemplate
from backend.customers import service as customers
from backend.engine.entitle import EntitlementValue
from backend.engine.recurrence import MONTH
from backend.entitlements import reservation_commit, reservation_service, service
from backend.entitlements.reservation_commit import CommitInput
from backend.entitlements.reservation_models import Reservation
from backend.entitlements.reservation_service import Refusal, ReservationInput
from backend.entitlements.service import EntitlementInput
from backend.infra.context import unit_of_work
from backend.infra.db import Database
from tests.shop import customer, tokens_feature

T = TypeVar("T")
QUOTA = 40
THREADS = 24


@pytest.fixture
def quota(database: Database) -> None:
    """The customer `acme` may use 40 tokens a month."""
    with unit_of_work() as ctx:
        tokens, acme = tokens_feature(ctx), customer(ctx)
        since = ctx.now - timedelta(hours=1)
        wanted = EntitlementInput(acme.id, tokens, MeteredTemplate(Decimal(QUOTA)), since, usage_period=MONTH)
        service.create(ctx, wanted)


def reserve(amount: str = "1", key: str | None = None, *, allow_partial: bool = False) -> Reservation | Refusal:
    with unit_of_work() as ctx:
        wanted = ReservationInput(Decimal(amount), timedelta(hours=1), key, allow_partial)
        return reservation_service.reserve(ctx, customers.get(ctx, "acme"), "tokens", wanted)


def commit(reservation: Reservation, amount: str | None = None) -> Reservation:
    with unit_of_work() as ctx:
        used = CommitInput(None if amount is None else Decimal(amount))
        return reservation_commit.commit(ctx, customers.get(ctx, "acme"), "tokens", reservation.id, used)


def release(reservation: Reservation) -> Reservation:
    with unit_of_work() as ctx:
        return reservation_service.release(ctx, customers.get(ctx, "acme"), "tokens", reservation.id)


def value() -> EntitlementValue:
    with unit_of_work(writing=False) as ctx:
        return service.value(ctx, customers.get(ctx, "acme"), "tokens")


def together(number: int, work: Callable[[int], T]) -> list[T]:
    """Do something many times, as many at once as there are threads."""
    with ThreadPoolExecutor(min(number, THREADS)) as pool:
        return list(pool.map(work, range(number)))


@pytest.mark.parametrize("reservers", [1, 50, 500])
def test_exactly_the_quota_is_granted(quota: None, reservers: int) -> None:
    answers = together(reservers, lambda _: reserve())
    granted = sum((answer.granted for answer in answers if isinstance(answer, Reservation)), Decimal(0))
    assert granted == min(reservers, QUOTA)
    assert (value().reserved, value().balance) == (granted, QUOTA - granted)


def test_parts_add_up_to_the_quota(quota: None) -> None:
    answers = together(60, lambda _: reserve("1.3", allow_partial=True))
    granted = [answer.granted for answer in answers if isinstance(answer, Reservation)]
    assert sorted(granted) == [Decimal(QUOTA) % Decimal("1.3"), *[Decimal("1.3")] * 30]
    assert value().balance == 0


def test_one_key_makes_one_reservation(quota: None) -> None:
    answers = together(30, lambda number: reserve(key=f"key-{number % 3}"))
    assert len({answer.id for answer in answers if isinstance(answer, Reservation)}) == 3
    assert value().reserved == 3


def test_a_reservation_committed_by_many_is_counted_once(quota: None) -> None:
    reservation = reserve("5")
    assert isinstance(reservation, Reservation)
    together(20, lambda _: commit(reservation, "4"))
    assert (value().usage, value().reserved, value().balance) == (4, 0, 36)


def test_what_is_used_held_and_left_is_the_quota_at_every_moment(quota: None) -> None:
    done, seen = threading.Event(), []

    def watch() -> None:
        while not done.is_set():
            now = value()
            seen.append((now.usage or 0) + now.reserved + (now.balance or 0))

    def work(number: int) -> Decimal:
        answer = reserve()
        if isinstance(answer, Refusal):
            return Decimal(0)
        ended = release(answer) if number % 4 == 3 else commit(answer, "0.5" if number % 4 == 2 else None)
        return ended.committed_amount or Decimal(0)

    watcher = threading.Thread(target=watch)
    watcher.start()
    used = sum(together(120, work), Decimal(0))
    done.set()
    watcher.join()
    assert set(seen) == {QUOTA}
    assert (value().usage, value().overage, value().reserved, value().balance) == (used, 0, 0, QUOTA - used)
