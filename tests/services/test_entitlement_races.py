"""Two who change one quota at the same moment: one of them comes first, and the other sees what it did."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest

from backend.catalog.service import features
from backend.catalog.templates import MeteredTemplate
from backend.customers import service as customers
from backend.engine.credit.snapshot import Snapshot
from backend.engine.recurrence import MONTH
from backend.entitlements import repository, service
from backend.entitlements.models import Entitlement
from backend.entitlements.service import EntitlementFilter, EntitlementInput, GrantFilter, grants, snapshots
from backend.entitlements.service.grants import GrantInput
from backend.errors import Conflict, DomainError, Invalid
from backend.infra.context import Context
from tests.conftest import Work
from tests.shop import at, customer, tokens_feature, use

D = Decimal
START = at("2026-01-15 10:00")
NOW = at("2026-01-21 05:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(work: Work) -> Work:
    """A customer `acme`, the metered feature `tokens`, and usage of 100 a day since START."""
    with work(now=START) as ctx:
        tokens_feature(ctx)
        customer(ctx)
        for day in range(6):
            use(ctx, at("2026-01-15 12:00") + timedelta(days=day), 100)
    return work


@pytest.fixture
def quota(shop: Work) -> Work:
    """The same with a quota of 1000 a month."""
    create(shop)
    return shop


def create(work: Work) -> str:
    with work(now=START) as ctx:
        owner, feature = customers.get(ctx, "acme"), features.get(ctx, "tokens")
        template = MeteredTemplate(D(1000), preserve_overage_at_reset=True)
        return service.create(ctx, EntitlementInput(owner.id, feature, template, START, usage_period=MONTH)).id


def together(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Do all of it at once; what a refusal says comes back in the place of an answer."""
    barrier = Barrier(len(acts))

    def attempt(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(attempt, acts))


def act(work: Work, change: Callable[[Context, Entitlement], object], now: datetime = NOW) -> Callable[[], object]:
    def run() -> object:
        with work(now=now) as ctx:
            return change(ctx, service.find(ctx, customers.get(ctx, "acme"), "tokens"))

    return run


def state(work: Work, *, forgetting: bool = False, now: datetime = NOW) -> Snapshot:
    with work(now=now) as ctx:
        acme = customers.get(ctx, "acme")
        entitlement = service.find(ctx, acme, "tokens")
        if forgetting:
            repository.forget_snapshots(ctx, [entitlement.id], START)
        return service.balance(ctx, acme, entitlement, now).snapshot


def keep(ctx: Context, entitlement: Entitlement) -> bool:
    return snapshots.keep(ctx, entitlement.id)


def test_one_of_many_creations_wins(shop: Work) -> None:
    found = together([lambda: create(shop)] * 6)
    (winner,) = [one for one in found if isinstance(one, str)]
    lost = [one for one in found if isinstance(one, Conflict)]
    assert [error.facts for error in lost] == [{"conflictingEntityId": winner}] * 5
    with shop(writing=False) as ctx:
        assert service.list_entitlements(ctx, EntitlementFilter())[1] == 1
        assert grants.list_grants(ctx, GrantFilter(limit=10))[1] == 1


def test_one_of_many_resets_in_a_minute_wins(quota: Work) -> None:
    found = together([act(quota, service.reset)] * 6)
    refused = [one for one in found if isinstance(one, Invalid)]
    assert len(refused) == 5
    assert all("must be after last reset" in str(error) for error in refused)


@pytest.mark.parametrize("_round", range(3))
def test_a_grant_for_the_past_comes_before_a_reset_or_not_at_all(quota: Work, _round: int) -> None:
    early = GrantInput(D(50), NOW - MINUTE)
    granted, _ = together(
        [act(quota, lambda ctx, entitlement: grants.create(ctx, entitlement, early)), act(quota, service.reset)]
    )
    left = state(quota, now=NOW + MINUTE)
    if isinstance(granted, Invalid):
        assert "before the current usage period" in str(granted)
        assert left.balance == D(1000)
    else:
        assert left.balance == D(1050)


@pytest.mark.parametrize("_round", range(3))
def test_a_value_is_told_before_or_after_a_void(quota: Work, _round: int) -> None:
    with quota(now=NOW) as ctx:
        entitlement = service.find(ctx, customers.get(ctx, "acme"), "tokens")
        extra = grants.create(ctx, entitlement, GrantInput(D(50), NOW))
    read = [lambda: state(quota, now=NOW + MINUTE).balance] * 3
    *told, _ = together([*read, act(quota, lambda ctx, _: grants.void(ctx, extra.id))])
    assert set(told) <= {D(450), D(400)}
    assert state(quota, now=NOW + MINUTE).balance == D(400)


@pytest.mark.parametrize(
    "change",
    [
        lambda ctx, entitlement: grants.create(ctx, entitlement, GrantInput(D(50), START)),
        lambda ctx, entitlement: service.reset(ctx, entitlement, at=START + timedelta(days=2)),
        lambda ctx, _: use(ctx, START + timedelta(hours=1), 7),
    ],
    ids=["grant", "reset", "late event"],
)
def test_a_state_that_is_kept_meanwhile_misses_nothing(
    quota: Work, change: Callable[[Context, Entitlement], object]
) -> None:
    together([act(quota, keep), act(quota, change), act(quota, keep)])
    assert state(quota) == state(quota, forgetting=True)
