"""Entitlements: what a customer may use now, counted from live usage in the period that runs."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from backend.catalog.service import features
from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import FeatureInput
from backend.customers import service as customers
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.entitle import NO_ACCESS, EntitlementValue
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.engine.recurrence import MONTH
from backend.entitlements import service
from backend.entitlements.events import RESET
from backend.entitlements.models import Entitlement
from backend.entitlements.service import EntitlementInput
from backend.errors import Conflict, Invalid, NotFound
from backend.infra.context import Context
from backend.infra.outbox import OutboxMessage
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.metering import service as metering
from backend.metering.service import MeterInput
from tests.conftest import Work
from tests.shop import at, customer, tokens_feature, use

D = Decimal
START = at("2026-01-15 10:00")
QUOTA = MeteredTemplate(D(1000))


def grant(
    ctx: Context,
    template: EntitlementTemplate = QUOTA,
    start: datetime = START,
    end: datetime | None = None,
    feature_key: str = "tokens",
) -> Entitlement:
    return service.create(
        ctx,
        EntitlementInput(
            customer_id=customers.get(ctx, "acme").id,
            feature=features.get(ctx, feature_key),
            template=template,
            active_from=start,
            active_to=end,
            usage_period=MONTH,
        ),
    )


@pytest.fixture
def shop(work: Work) -> Work:
    """A customer `acme` and the metered feature `tokens`."""
    with work(now=START) as ctx:
        tokens_feature(ctx)
        customer(ctx)
    return work


def value(work: Work, now: str, feature_key: str = "tokens") -> EntitlementValue:
    with work(now=at(now), writing=False) as ctx:
        found = service.value(ctx, customers.get(ctx, "acme"), feature_key)
        return replace(found, grant_balances=None)


def test_a_quota_falls_with_usage_and_access_ends_with_it(shop: Work) -> None:
    with shop(now=START) as ctx:
        grant(ctx)
        use(ctx, at("2026-01-15 10:30"), "400.5")
    left = EntitlementValue(
        has_access=True, balance=D("599.5"), usage=D("400.5"), overage=D(0), total_available=D(1000)
    )
    assert value(shop, "2026-01-15 10:31") == left
    with shop(now=START) as ctx:
        use(ctx, at("2026-01-15 11:00"), "700")
    spent = replace(left, has_access=False, balance=D(0), usage=D("1100.5"), overage=D("100.5"))
    assert value(shop, "2026-01-15 12:00") == spent


def test_a_soft_limit_lets_usage_go_on(shop: Work) -> None:
    with shop(now=START) as ctx:
        grant(ctx, replace(QUOTA, is_soft_limit=True))
        use(ctx, START, 1001)
    found = value(shop, "2026-01-15 12:00")
    assert (found.has_access, found.overage) == (True, D(1))


def test_usage_of_this_very_minute_counts(shop: Work) -> None:
    with shop(now=START) as ctx:
        grant(ctx)
        use(ctx, at("2026-01-15 10:30:20"), 7)
    assert value(shop, "2026-01-15 10:30:20.5").usage == D(7)


def test_the_quota_starts_anew_at_each_boundary(shop: Work) -> None:
    with shop(now=START) as ctx:
        grant(ctx)
        use(ctx, at("2026-01-20"), 1000)
        use(ctx, at("2026-02-15 10:00"), 3)
    assert value(shop, "2026-02-15 09:59").balance == D(0)
    assert value(shop, "2026-02-15 10:00").balance == D(1000)
    assert value(shop, "2026-02-15 10:01").balance == D(997)


def test_the_value_at_an_earlier_time_can_be_asked(shop: Work) -> None:
    with shop(now=START) as ctx:
        grant(ctx)
        use(ctx, at("2026-01-20"), 10)
    with shop(now=at("2026-03-01"), writing=False) as ctx:
        acme = customers.get(ctx, "acme")
        assert service.value(ctx, acme, "tokens", at("2026-01-19")).usage == D(0)
        assert service.value(ctx, acme, "tokens", at("2026-01-21")).usage == D(10)
        assert service.value(ctx, acme, "tokens", at("2026-01-15")) == NO_ACCESS


def test_usage_of_all_the_customers_subjects_counts_and_nobody_elses(work: Work) -> None:
    with work(now=START) as ctx:
        tokens_feature(ctx)
        customer(ctx, subject_keys=["acme-eu"])
        customer(ctx, "globex")
        grant(ctx)
        use(ctx, at("2026-01-16"), 1)
        use(ctx, at("2026-01-16"), 2, "acme-eu")
        use(ctx, at("2026-01-16"), 4, "globex")
    assert value(work, "2026-01-17").usage == D(3)


def test_a_feature_counts_only_what_its_filters_let_through(shop: Work) -> None:
    with shop(now=START) as ctx:
        features.create(ctx, FeatureInput("large", "Large", meter="tokens", meter_filters={"model": "large"}))
        grant(ctx, feature_key="large")
        use(ctx, at("2026-01-16"), 1, model="large")
        use(ctx, at("2026-01-16"), 2, model="small")
    assert value(shop, "2026-01-17", "large").usage == D(1)


def test_no_entitlement_is_no_access(shop: Work) -> None:
    assert value(shop, "2026-01-16") == NO_ACCESS
    assert value(shop, "2026-01-16", "nothing") == NO_ACCESS


def test_plain_access_and_configurations(shop: Work) -> None:
    with shop(now=START) as ctx:
        for key in ("sso", "limits"):
            features.create(ctx, FeatureInput(key, key))
        grant(ctx, BooleanTemplate(), feature_key="sso")
        grant(ctx, StaticTemplate('{"seats": 5}'), feature_key="limits")
        found = service.access(ctx, customers.get(ctx, "acme"))
    assert found == {
        "limits": EntitlementValue(has_access=True, config='{"seats": 5}'),
        "sso": EntitlementValue(has_access=True),
    }


def test_one_entitlement_per_feature_at_a_time(shop: Work) -> None:
    end = at("2026-02-15")
    with shop(now=START) as ctx:
        first = grant(ctx, end=end)
        with pytest.raises(Conflict) as refused:
            grant(ctx, start=at("2026-02-01"))
        assert refused.value.facts == {"conflictingEntityId": first.id}
        touching = grant(ctx, start=end)
        with pytest.raises(Conflict):
            service.reschedule(ctx, first, at("2026-02-16"))
        service.close(ctx, touching, at("2026-01-20"))
        assert touching.active_to == end
        service.reschedule(ctx, first, None)
        assert first.active_to is None


def test_what_is_not_active_gives_no_access(shop: Work) -> None:
    with shop(now=START) as ctx:
        granted = grant(ctx, start=at("2026-02-01"))
        service.close(ctx, granted, at("2026-03-01"))
        service.close(ctx, granted, at("2026-04-01"))
    assert value(shop, "2026-01-31") == NO_ACCESS
    assert value(shop, "2026-02-01").has_access
    assert value(shop, "2026-03-01") == NO_ACCESS


def test_measuring_starts_with_the_minute(shop: Work) -> None:
    with shop(now=START) as ctx:
        granted = grant(ctx, start=at("2026-01-15 10:00:42"))
        assert service.usage_period(ctx, granted, START) == Period(START, at("2026-02-15 10:00"))


def test_a_quota_needs_a_meter(shop: Work) -> None:
    with shop(now=START) as ctx:
        features.create(ctx, FeatureInput("sso", "SSO"))
        with pytest.raises(Invalid, match="meter"):
            grant(ctx, feature_key="sso")


def test_usage_is_counted_in_the_units_that_are_granted(shop: Work) -> None:
    with shop(now=START) as ctx:
        wanted = EntitlementInput(
            customer_id=customers.get(ctx, "acme").id,
            feature=features.get(ctx, "tokens"),
            template=MeteredTemplate(D(3)),
            active_from=START,
            usage_period=MONTH,
            unit_config=UnitConfig(Operation.DIVIDE, D(1000), Rounding.CEILING),
        )
        service.create(ctx, wanted)
        use(ctx, START, 1250)
    found = value(shop, "2026-01-15 12:00")
    assert (found.usage, found.balance) == (D("1.25"), D("1.75")), "balances do not round"


@pytest.mark.parametrize(
    ("aggregation", "events", "usage", "balance"),
    [
        (Aggregation.UNIQUE_COUNT, [("2026-01-15 12:00", "a"), ("2026-01-16 12:00", "a"), ("2026-01-17", "b")], 2, 8),
        (Aggregation.LATEST, [("2026-01-15 12:00", "5"), ("2026-01-16 12:00", "3")], 3, 7),
        (Aggregation.COUNT, [("2026-01-15 12:00", "x"), ("2026-01-16 12:00", "y")], 2, 8),
    ],
)
def test_quotas_of_other_meters(
    work: Work, aggregation: Aggregation, events: list[tuple[str, str]], usage: int, balance: int
) -> None:
    with work(now=START) as ctx:
        measured = None if aggregation is Aggregation.COUNT else "$.value"
        metering.create_meter(ctx, MeterInput("seats", aggregation, "seat", measured))
        features.create(ctx, FeatureInput("seats", "Seats", meter="seats"))
        customer(ctx)
        grant(ctx, MeteredTemplate(D(10)), feature_key="seats")
        for number, (time, text) in enumerate(events):
            sent = CloudEvent(str(number), "test", "seat", "acme", at(time), json.dumps({"value": text}))
            ingest.ingest(ctx, [sent])
    for now in ("2026-01-18 00:00", "2026-01-18 10:30"):
        found = value(work, now, "seats")
        assert (found.usage, found.balance, found.overage) == (D(usage), D(balance), D(0))
    assert value(work, "2026-02-15 10:00", "seats").balance == D(10)


def test_what_was_deleted_or_overridden_can_still_be_asked_for_its_time(shop: Work) -> None:
    with shop(now=START) as ctx:
        first = grant(ctx)
        use(ctx, START, 10)
    with shop(now=at("2026-01-16")) as ctx:
        wanted = EntitlementInput(
            first.customer_id, features.get(ctx, "tokens"), MeteredTemplate(D(5)), ctx.now, usage_period=MONTH
        )
        service.override(ctx, service.get(ctx, first.id), wanted)
    with shop(now=at("2026-01-17")) as ctx:
        acme = customers.get(ctx, "acme")
        assert service.value(ctx, acme, "tokens").balance == D(5)
        assert service.value(ctx, acme, "tokens", at("2026-01-15 23:59")).balance == D(990)
        assert service.value_by(ctx, acme, first.id, at("2026-01-15 23:59")).balance == D(990)
        service.delete(ctx, service.find(ctx, acme, "tokens"))
        assert service.value_by(ctx, acme, "tokens", at("2026-01-16 12:00")).balance == D(5)
        assert service.value_by(ctx, acme, "tokens") == NO_ACCESS


def test_of_two_who_delete_at_once_the_second_finds_nothing(shop: Work) -> None:
    with shop(now=START) as ctx:
        made = grant(ctx)
    with shop(now=at("2026-01-16 10:00")) as ctx:
        service.delete(ctx, service.get(ctx, made.id))
    with shop(now=at("2026-01-16 10:01")) as ctx, pytest.raises(NotFound):
        service.delete(ctx, service.get(ctx, made.id))
    with shop(now=at("2026-01-16 10:02"), writing=False) as ctx:
        assert service.get(ctx, made.id).deleted_at == at("2026-01-16 10:00")


def test_a_reset_is_announced_when_it_happens(shop: Work) -> None:
    with shop(now=START) as ctx:
        grant(ctx)
    with suppress(Invalid), shop(now=START + timedelta(hours=1)) as ctx:
        service.reset(ctx, service.find(ctx, customers.get(ctx, "acme"), "tokens"), at=START - timedelta(days=9))
    with shop(now=START + timedelta(hours=2)) as ctx:
        made = service.reset(ctx, service.find(ctx, customers.get(ctx, "acme"), "tokens"))
        told = {"entitlement_id": made.entitlement_id, "at": "2026-01-15T12:00:00+00:00"}
    with shop(writing=False) as ctx:
        waiting = ctx.session.exec(select(OutboxMessage).where(OutboxMessage.kind == RESET)).all()
        assert [message.payload for message in waiting] == [told]
