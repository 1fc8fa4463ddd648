"""Reservations: what is held is nobody else's, becomes usage once, and is free again when it lapses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from backend.catalog.service import features
from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate
from backend.catalog.terms import FeatureInput
from backend.customers import service as customers
from backend.engine.entitle import EntitlementValue
from backend.engine.meter.definition import Aggregation
from backend.engine.recurrence import MONTH
from backend.engine.reserve import Outcome, Status
from backend.entitlements import reservation_commit, reservation_service, service
from backend.entitlements.models import Entitlement
from backend.entitlements.reservation_commit import CommitInput, EventInput
from backend.entitlements.reservation_models import Reservation
from backend.entitlements.reservation_service import Refusal, ReservationInput
from backend.entitlements.service import EntitlementInput
from backend.errors import Conflict, DomainError, Invalid, NotFound
from backend.infra.context import Context
from backend.ingest.models import UsageEvent
from backend.metering import service as metering
from backend.metering.service import MeterInput
from tests.conftest import Work
from tests.shop import at, customer, tokens_feature, use

D = Decimal
START = at("2026-01-15 10:00")
NOW = at("2026-01-15 10:00:30")
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
QUOTA = MeteredTemplate(D(10))
CommitCall = Callable[..., Reservation]


def entitle(
    ctx: Context, template: EntitlementTemplate = QUOTA, feature_key: str = "tokens", **more: Any
) -> Entitlement:
    return service.create(
        ctx,
        EntitlementInput(
            customer_id=customers.get(ctx, "acme").id,
            feature=features.get(ctx, feature_key),
            template=template,
            active_from=ctx.now,
            usage_period=None if isinstance(template, BooleanTemplate) else MONTH,
            **more,
        ),
    )


@pytest.fixture
def shop(work: Work) -> Work:
    """A customer `acme` and the metered feature `tokens`."""
    with work(now=START) as ctx:
        tokens_feature(ctx)
        customer(ctx, subject_keys=("acme-eu",))
    return work


@pytest.fixture
def quota(shop: Work) -> Work:
    """The customer may use 10 tokens a month."""
    with shop(now=START) as ctx:
        entitle(ctx)
    return shop


def reserve(
    work: Work, amount: str = "1", now: datetime = NOW, feature_key: str = "tokens", **more: Any
) -> Reservation | Refusal:
    with work(now=now) as ctx:
        wanted = ReservationInput(D(amount), more.pop("ttl", MINUTE), **more)
        return reservation_service.reserve(ctx, customers.get(ctx, "acme"), feature_key, wanted)


def held(*arguments: Any, **more: Any) -> Reservation:
    answer = reserve(*arguments, **more)
    assert isinstance(answer, Reservation)
    return answer


def commit(
    work: Work,
    reservation: Reservation,
    amount: str | None = None,
    now: datetime = NOW,
    feature_key: str = "tokens",
    **event: Any,
) -> Reservation:
    with work(now=now) as ctx:
        used = CommitInput(None if amount is None else D(amount), EventInput(**event))
        return reservation_commit.commit(ctx, customers.get(ctx, "acme"), feature_key, reservation.id, used)


def release(work: Work, reservation: Reservation, now: datetime = NOW) -> Reservation:
    with work(now=now) as ctx:
        return reservation_service.release(ctx, customers.get(ctx, "acme"), "tokens", reservation.id)


def value(work: Work, now: datetime = NOW, feature_key: str = "tokens") -> EntitlementValue:
    with work(now=now, writing=False) as ctx:
        return service.value(ctx, customers.get(ctx, "acme"), feature_key)


def figures(work: Work, now: datetime = NOW) -> tuple[Decimal | None, ...]:
    """Used, reserved and left."""
    now_allowed = value(work, now)
    return now_allowed.usage, now_allowed.reserved, now_allowed.balance


def events(work: Work) -> list[UsageEvent]:
    with work(writing=False) as ctx:
        return list(ctx.session.exec(select(UsageEvent).order_by(UsageEvent.event_id)).all())


def test_what_is_held_is_missing_from_the_balance_until_it_is_used(quota: Work) -> None:
    reservation = held(quota, "4")
    assert (reservation.outcome, reservation.granted, reservation.balance) == (Outcome.GRANTED, 4, 6)
    assert figures(quota) == (0, 4, 6)
    committed = commit(quota, reservation)
    assert (committed.status(NOW), committed.committed_amount, committed.committed_overage) == ("committed", 4, 0)
    assert figures(quota) == (4, 0, 6)
    [event] = events(quota)
    assert (event.type, event.subject, event.time, event.data) == ("prompt", "acme", NOW, '{"tokens":4}')
    assert (event.source, event.event_id) == ("meterline/reservations", reservation.id)


def test_a_hard_limit_refuses_and_keeps_nothing(quota: Work) -> None:
    held(quota, "7.5")
    assert reserve(quota, "2.6") == Refusal(D("2.6"), balance=D("2.5"))
    assert figures(quota) == (0, D("7.5"), D("2.5"))
    part = held(quota, "2.6", allow_partial=True)
    assert (part.outcome, part.granted) == (Outcome.PARTLY_GRANTED, D("2.5"))
    assert not value(quota).has_access
    assert isinstance(reserve(quota, "0.001", allow_partial=True), Refusal)


def test_usage_and_reservations_share_the_quota(quota: Work) -> None:
    with quota(now=NOW) as ctx:
        use(ctx, NOW, "9.5")
    assert reserve(quota, "1") == Refusal(D(1), balance=D("0.5"))


def test_a_soft_limit_allows_and_tells(shop: Work) -> None:
    with shop(now=START) as ctx:
        entitle(ctx, replace(QUOTA, is_soft_limit=True))
    reservation = held(shop, "12")
    assert (reservation.outcome, reservation.granted, reservation.overage) == (Outcome.GRANTED, 12, 2)
    assert held(shop, "3").overage == 3
    assert value(shop).has_access
    assert commit(shop, reservation).committed_overage == 2
    assert value(shop).overage == 2


def test_a_hold_lapses_at_its_instant_without_anything_running(quota: Work) -> None:
    reservation = held(quota, "10", ttl=90 * SECOND)
    assert isinstance(reserve(quota, now=NOW + 89 * SECOND), Refusal)
    assert not value(quota, NOW + 89 * SECOND).has_access
    assert value(quota, NOW + 90 * SECOND).balance == 10
    assert reservation.status(NOW + 90 * SECOND) is Status.EXPIRED
    assert held(quota, "10", now=NOW + 90 * SECOND).granted == 10


def test_releasing_frees_and_twice_is_once(quota: Work) -> None:
    reservation = held(quota, "10")
    assert release(quota, reservation).status(NOW) is Status.RELEASED
    assert release(quota, reservation, NOW + MINUTE).released_at == NOW
    assert figures(quota) == (0, 0, 10)
    with pytest.raises(Conflict, match="released"):
        commit(quota, reservation)
    used = held(quota, "10")
    commit(quota, used)
    with pytest.raises(Conflict, match="committed"):
        release(quota, used)


def test_the_same_key_gets_the_same_reservation(quota: Work) -> None:
    first = held(quota, "4", idempotency_key="k")
    assert held(quota, "4.0", now=NOW + SECOND, idempotency_key="k").id == first.id
    assert figures(quota) == (0, 4, 6)
    for other in ({"amount": "5"}, {"ttl": 2 * MINUTE}, {"allow_partial": True}):
        with pytest.raises(Conflict) as refused:
            reserve(quota, **{"amount": "4", "idempotency_key": "k"} | other)
        assert refused.value.facts == {"conflictingEntityId": first.id}
    assert held(quota, "4", idempotency_key="other").id != first.id
    commit(quota, first)
    assert held(quota, "4", idempotency_key="k").status(NOW) is Status.COMMITTED


def test_a_refusal_is_not_remembered(quota: Work) -> None:
    reservation = held(quota, "10")
    assert isinstance(reserve(quota, idempotency_key="k"), Refusal)
    release(quota, reservation)
    assert held(quota, idempotency_key="k").granted == 1


def test_two_reservations_of_one_unit_of_work_see_each_other(quota: Work) -> None:
    with quota(now=NOW) as ctx:
        acme, six = customers.get(ctx, "acme"), ReservationInput(D(6), MINUTE)
        answers = [reservation_service.reserve(ctx, acme, "tokens", six) for _ in range(2)]
    assert [type(answer) for answer in answers] == [Reservation, Refusal]


@pytest.mark.parametrize("aggregation", [Aggregation.UNIQUE_COUNT, Aggregation.LATEST])
def test_a_meter_that_does_not_add_up_cannot_be_reserved(shop: Work, aggregation: Aggregation) -> None:
    with shop(now=START) as ctx:
        metering.create_meter(ctx, MeterInput("seats", aggregation, "seat", "$.seat"))
        features.create(ctx, FeatureInput("seats", "Seats", meter="seats"))
        entitle(ctx, feature_key="seats")
    with pytest.raises(Invalid, match=aggregation):
        reserve(shop, feature_key="seats")


def test_only_an_active_quota_can_be_reserved(shop: Work) -> None:
    with pytest.raises(NotFound):
        reserve(shop)
    with shop(now=START) as ctx:
        features.create(ctx, FeatureInput("sso", "SSO"))
        entitle(ctx, BooleanTemplate(), "sso")
    with pytest.raises(Invalid, match="boolean"):
        reserve(shop, feature_key="sso")


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        ({"amount": "0"}, ["amount"]),
        ({"amount": "-1", "ttl": timedelta(0)}, ["amount", "ttl"]),
        ({"ttl": timedelta(days=7, microseconds=1)}, ["ttl"]),
    ],
)
def test_what_is_out_of_bounds_is_named(quota: Work, wanted: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        reserve(quota, **wanted)
    assert [issue.field for issue in refused.value.issues] == fields


def test_a_hold_outlives_the_usage_period_and_a_change_of_the_entitlement(shop: Work) -> None:
    with shop(now=START) as ctx:
        first = entitle(ctx, usage_anchor=START)
    reservation = held(shop, "4", ttl=7 * timedelta(days=1))
    later = NOW + timedelta(days=1)
    with shop(now=later) as ctx:
        service.close(ctx, ctx.session.merge(first), later)
        entitle(ctx, MeteredTemplate(D(5)))
    assert figures(shop, later) == (0, 4, 1)
    commit(shop, reservation, now=later)
    assert figures(shop, later) == (4, 0, 1)


def test_whoever_decides_later_never_decides_at_an_earlier_instant(quota: Work) -> None:
    later = NOW + 5 * MINUTE
    commit(quota, held(quota, "9", now=later), now=later)
    assert reserve(quota, "2", now=NOW) == Refusal(D(2), balance=D(1))


def test_reservations_are_listed_by_what_has_become_of_them(quota: Work) -> None:
    lapsed, committed, released, live = (held(quota, ttl=ttl * SECOND) for ttl in (1, 60, 60, 60))
    commit(quota, committed)
    release(quota, released)
    with quota(now=NOW + SECOND, writing=False) as ctx:
        acme = customers.get(ctx, "acme")
        for status, wanted in (
            ((Status.HELD,), [live]),
            ((Status.EXPIRED, Status.COMMITTED), [committed, lapsed]),
            ((), [live, released, committed, lapsed]),
        ):
            rows, total = reservation_service.list_reservations(ctx, acme, "tokens", statuses=status)
            assert ([row.id for row in rows], total) == ([row.id for row in wanted], len(wanted))
        assert reservation_service.get(ctx, acme, "tokens", live.id).id == live.id
        with pytest.raises(NotFound):
            reservation_service.get(ctx, acme, "other", live.id)


def test_a_reservation_is_seen_in_its_namespace_alone(quota: Work) -> None:
    reservation = held(quota)
    with quota("other", now=NOW) as ctx:
        stranger = customer(ctx)
        for use_case in (reservation_service.get, reservation_service.release):
            with pytest.raises(DomainError):
                use_case(ctx, stranger, "tokens", reservation.id)
