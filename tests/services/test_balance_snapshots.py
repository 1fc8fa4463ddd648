"""Kept states of quotas make balances cheap and never change them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from backend.catalog.service import features
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import FeatureInput
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.credit.snapshot import Snapshot
from backend.engine.meter.definition import Aggregation
from backend.engine.recurrence import MONTH
from backend.entitlements import service
from backend.entitlements.models import BalanceSnapshot, Entitlement
from backend.entitlements.service import EntitlementInput, grants, snapshots
from backend.entitlements.service.grants import GrantInput
from backend.infra.context import Context
from backend.jobs import balances
from backend.metering import service as metering
from backend.metering.service import MeterInput
from tests.conftest import Work
from tests.shop import at, customer, tokens_feature, use

D = Decimal
START = at("2026-01-15 10:00")
MIDNIGHT = at("2026-01-20")
NOW = MIDNIGHT + timedelta(days=1, hours=5)


@pytest.fixture
def shop(work: Work) -> Work:
    """A quota of 1000 tokens a month since START, of which 100 are used each day at noon."""
    with work(now=START) as ctx:
        tokens_feature(ctx)
        owner = customer(ctx)
        wanted = EntitlementInput(owner.id, features.get(ctx, "tokens"), MeteredTemplate(D(1000)), START)
        service.create(ctx, replace_period(wanted))
        for day in range(6):
            use(ctx, at("2026-01-15 12:00") + timedelta(days=day), 100)
    return work


def replace_period(wanted: EntitlementInput) -> EntitlementInput:
    return EntitlementInput(wanted.customer_id, wanted.feature, wanted.template, START, usage_period=MONTH)


def entitlement(ctx: Context) -> Entitlement:
    return service.find(ctx, customers.get(ctx, "acme"), "tokens")


def kept(ctx: Context) -> list[BalanceSnapshot]:
    return list(ctx.session.exec(select(BalanceSnapshot)).all())


def keep(ctx: Context) -> bool:
    return snapshots.keep(ctx, entitlement(ctx).id)


def state(ctx: Context) -> Snapshot:
    return service.balance(ctx, customers.get(ctx, "acme"), entitlement(ctx), ctx.now).snapshot


def test_the_state_of_yesterdays_midnight_is_kept(shop: Work) -> None:
    with shop(now=NOW) as ctx:
        before = state(ctx)
        assert snapshots.due(ctx) == [entitlement(ctx).id]
        assert keep(ctx)
        assert [(row.at, row.usage, list(row.balances.values())) for row in kept(ctx)] == [(MIDNIGHT, D(500), ["500"])]
        assert snapshots.due(ctx) == []
        assert state(ctx) == before
        kept(ctx)[0].usage = D(777)
        ctx.session.flush()
        assert state(ctx).usage == D(877), "it is burnt down from there"


def test_an_event_later_than_the_grace_makes_the_past_be_computed_again(shop: Work) -> None:
    with shop(now=NOW) as ctx:
        keep(ctx)
        use(ctx, MIDNIGHT + timedelta(hours=1), 1)
        assert len(kept(ctx)) == 1, "it is behind the state"
        use(ctx, MIDNIGHT - timedelta(hours=1), 10, "somebody")
        assert len(kept(ctx)) == 1, "it is somebody else's"
        use(ctx, MIDNIGHT - timedelta(hours=1), 10)
        assert kept(ctx) == []
        assert state(ctx).usage == D(611)


def test_other_subjects_make_another_basis(shop: Work) -> None:
    with shop(now=NOW) as ctx:
        use(ctx, MIDNIGHT - timedelta(days=1), 10, "acme-eu")
        keep(ctx)
        customers.update(ctx, "acme", CustomerInput(name="Acme", key="acme", subject_keys=["acme-eu"]))
        assert state(ctx).usage == D(610)
        keep(ctx)
        assert [row.usage for row in kept(ctx)] == [D(510)]


def test_changes_forget_what_comes_after_them(shop: Work) -> None:
    with shop(now=NOW) as ctx:
        keep(ctx)
        added = grants.create(ctx, entitlement(ctx), GrantInput(D(50), NOW))
        assert len(kept(ctx)) == 1, "the grant takes effect later"
        grants.create(ctx, entitlement(ctx), GrantInput(D(5), MIDNIGHT))
        assert kept(ctx) == []
        keep(ctx)
        grants.void(ctx, added.id, MIDNIGHT - timedelta(hours=1))
        assert kept(ctx) == []
        keep(ctx)
        service.reset(ctx, entitlement(ctx), at=MIDNIGHT - timedelta(minutes=1))
        assert kept(ctx) == []
        assert state(ctx).usage == D(100)


def test_a_week_of_states_is_kept_by_the_job(shop: Work) -> None:
    for day in range(10):
        with shop(now=NOW + timedelta(days=day)) as ctx:
            keep(ctx)
    with shop(now=NOW) as ctx:
        assert [row.at.day for row in kept(ctx)] == [23, 24, 25, 26, 27, 28, 29]
    balances.run()
    with shop(writing=False) as ctx:
        assert max(row.at for row in kept(ctx)) > at("2026-02-01")


def test_the_job_keeps_what_a_late_event_made_be_forgotten(shop: Work) -> None:
    balances.run()
    with shop() as ctx:
        [before] = kept(ctx)
        assert snapshots.due(ctx) == []
        use(ctx, before.at - timedelta(hours=1), 10)
        assert kept(ctx) == []
    balances.run()
    with shop(writing=False) as ctx:
        assert [row.at for row in kept(ctx)] == [before.at]
    assert balances.EVERY_SECONDS <= 60


def test_a_quota_of_the_latest_value_has_no_state_to_keep(shop: Work) -> None:
    with shop(now=START) as ctx:
        metering.create_meter(ctx, MeterInput("seats", Aggregation.LATEST, "seats", "$.seats"))
        seats = features.create(ctx, FeatureInput("seats", "Seats", meter="seats"))
        owner = customers.get(ctx, "acme")
        service.create(ctx, replace_period(EntitlementInput(owner.id, seats, MeteredTemplate(D(5)), START)))
    with shop(now=NOW, writing=False) as ctx:
        assert snapshots.due(ctx) == [entitlement(ctx).id]
