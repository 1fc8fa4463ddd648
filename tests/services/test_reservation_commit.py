"""The commit of a reservation: it becomes the usage there was, once, as events that count for its quota."""

from typing import Any

import pytest

from backend.catalog.service import features
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import FeatureInput
from backend.customers import service as customers
from backend.engine.convert import Operation, UnitConfig
from backend.engine.meter.definition import Aggregation
from backend.entitlements import service
from backend.errors import Conflict, Invalid, NotFound
from backend.metering import service as metering
from backend.metering.service import MeterInput
from tests.conftest import Work
from tests.services.test_reservations import (
    MINUTE,
    NOW,
    SECOND,
    START,
    D,
    commit,
    entitle,
    events,
    figures,
    held,
    quota,
    reserve,
    shop,
    value,
)
from tests.shop import use

__all__ = ["quota", "shop"]


def test_less_is_used_than_was_held(quota: Work) -> None:
    reservation = held(quota, "10")
    commit(quota, reservation, "2.5")
    assert figures(quota) == (D("2.5"), 0, D("7.5"))


def test_nothing_is_used(quota: Work) -> None:
    committed = commit(quota, held(quota, "10"), "0")
    assert (committed.committed_amount, committed.event_id) == (0, None)
    assert figures(quota) == (0, 0, 10)
    assert events(quota) == []


def test_more_is_used_than_was_held_and_what_no_grant_covers_is_told(quota: Work) -> None:
    reservation = held(quota, "8")
    assert commit(quota, reservation, "9").committed_overage == 0
    assert figures(quota) == (9, 0, 1)
    assert commit(quota, held(quota, "1"), "3").committed_overage == 2
    assert (value(quota).usage, value(quota).overage, value(quota).has_access) == (12, 2, False)


def test_what_was_used_after_the_hold_lapsed_is_counted_all_the_same(quota: Work) -> None:
    late, later = held(quota, "10", ttl=MINUTE), NOW + 2 * MINUTE
    commit(quota, held(quota, "8", now=later), now=later)
    assert commit(quota, late, now=later).committed_overage == 8
    assert (value(quota, later).usage, value(quota, later).overage) == (18, 8)


def test_a_commit_is_done_once(quota: Work) -> None:
    reservation = held(quota, "4")
    first = commit(quota, reservation, "3")
    again = commit(quota, reservation, "3.0", NOW + MINUTE)
    assert again.committed_at == first.committed_at
    assert figures(quota) == (3, 0, 7)
    with pytest.raises(Conflict):
        commit(quota, reservation, "4")
    with pytest.raises(Conflict):
        commit(quota, reservation, "3", id="another")


def test_the_event_says_what_the_caller_knows_and_what_the_feature_filters_by(shop: Work) -> None:
    with shop(now=START) as ctx:
        features.create(ctx, FeatureInput("mini", "Mini", meter="tokens", meter_filters={"model": "mini"}))
        entitle(ctx, feature_key="mini")
    said = {"id": "e1", "source": "app", "subject": "acme-eu", "time": NOW + SECOND}
    reservation = held(shop, "2.50", feature_key="mini")
    commit(shop, reservation, now=NOW + MINUTE, feature_key="mini", data={"region": {"name": "eu"}}, **said)
    [event] = events(shop)
    assert (event.event_id, event.source, event.subject, event.time) == tuple(said.values())
    assert event.data == '{"region":{"name":"eu"},"model":"mini","tokens":2.5}'
    assert value(shop, NOW + MINUTE, "mini").usage == D("2.5")


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"subject": "globex"}, "event.subject"),
        ({"time": NOW + MINUTE}, "event.time"),
        ({"time": NOW - SECOND}, "event.time"),
        ({"data": {"tokens": 5}}, "event.data"),
        ({"data": {"tokens": "many"}}, "event.data"),
    ],
)
def test_an_event_that_would_not_count_for_this_quota_is_refused(
    quota: Work, event: dict[str, Any], field: str
) -> None:
    reservation = held(quota, "4")
    with pytest.raises(Invalid) as refused:
        commit(quota, reservation, **event)
    assert [issue.field for issue in refused.value.issues] == [field]
    assert figures(quota) == (0, 4, 6)


def test_an_event_that_was_sent_before_counts_once(quota: Work) -> None:
    with quota(now=NOW) as ctx:
        use(ctx, NOW, 4)
    reservation, [event] = held(quota, "4"), events(quota)
    sent = {"id": event.event_id, "source": event.source}
    with pytest.raises(Conflict):
        commit(quota, reservation, "3", **sent)
    assert figures(quota) == (4, 4, 2)
    assert commit(quota, reservation, **sent).committed_overage == 0
    assert figures(quota) == (4, 0, 6)


def test_a_counting_meter_gets_one_event_for_each_unit(shop: Work) -> None:
    with shop(now=START) as ctx:
        metering.create_meter(ctx, MeterInput("calls", Aggregation.COUNT, "call"))
        features.create(ctx, FeatureInput("calls", "Calls", meter="calls"))
        entitle(ctx, MeteredTemplate(D("3.5")), "calls")
    with pytest.raises(Invalid, match="whole"):
        reserve(shop, "1.5", feature_key="calls")
    reservation = held(shop, "5", feature_key="calls", allow_partial=True)
    assert reservation.granted == 3
    commit(shop, reservation, "2", feature_key="calls", id="c")
    assert [event.event_id for event in events(shop)] == ["c-1", "c-2"]
    assert value(shop, feature_key="calls").usage == 2
    assert commit(shop, held(shop, feature_key="calls"), feature_key="calls", id="d").event_id == "d"
    assert [event.event_id for event in events(shop)] == ["c-1", "c-2", "d"]


def test_a_quota_in_other_units_than_its_meter(shop: Work) -> None:
    with shop(now=START) as ctx:
        entitle(ctx, unit_config=UnitConfig(Operation.DIVIDE, D(1000)))
    commit(shop, held(shop, "2.5"))
    assert [event.data for event in events(shop)] == ['{"tokens":2500}']
    assert figures(shop) == (D("2.5"), 0, D("7.5"))


@pytest.mark.parametrize("operation", [Operation.MULTIPLY, Operation.DIVIDE])
@pytest.mark.parametrize("factor", ["3", "1000"])
def test_what_is_partly_granted_of_converted_units_can_be_committed(
    shop: Work, operation: Operation, factor: str
) -> None:
    with shop(now=START) as ctx:
        entitle(ctx, unit_config=UnitConfig(operation, D(factor)))
    reservation = held(shop, "12" if factor == "3" else "2000", allow_partial=True)
    assert D("9.99") < reservation.granted <= 10
    assert commit(shop, reservation).committed_amount == reservation.granted


def test_usage_is_committed_when_the_entitlement_is_over(quota: Work) -> None:
    reservation, later = held(quota, "4"), NOW + 30 * SECOND
    with quota(now=later) as ctx:
        [active] = service.active(ctx, customers.get(ctx, "acme"))
        service.close(ctx, active, later)
    assert commit(quota, reservation, now=later).committed_amount == 4
    assert len(events(quota)) == 1
    with pytest.raises(NotFound):
        reserve(quota, now=later)
