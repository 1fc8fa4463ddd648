"""The change of a subscription to another plan: one ends and the next starts at the same instant."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.catalog.service import plans
from backend.catalog.terms import PhaseTerms
from backend.customers import service as customers
from backend.engine.period import Period
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import WEEK
from backend.engine.subscribe.status import SubscriptionStatus
from backend.entitlements import service as entitlements
from backend.errors import Forbidden, Invalid, NotFound
from backend.subscriptions import service
from backend.subscriptions.service import Moment, PlanChange
from tests.conftest import Work
from tests.services.test_subscriptions import START, D, shop, subscribe
from tests.shop import FEE, TERMS, TOKENS, at, on_sale, one_phase

__all__ = ["shop"]


def test_a_change_is_timed_as_an_end_is(shop: Work) -> None:
    trial = PhaseTerms("trial", "Trial", (replace(TOKENS, price=None),), WEEK)
    with shop(now=START) as ctx:
        on_sale(ctx, "team", replace(TERMS, phases=(trial, TERMS.phases[0])))
        made = subscribe(ctx, plan_key="team")
        for wrong in (at("2026-02-07 09:00"), START - timedelta(days=31)):
            with pytest.raises(Invalid) as refused:
                service.change(ctx, made.id, PlanChange("pro", timing=wrong, starting_phase="nowhere"))
            assert [issue.code for issue in refused.value.issues] == ["timing_not_aligned", "phase_not_found"]
        where_the_trial_ends = at("2026-02-07 10:00")
        ended, following = service.change(ctx, made.id, PlanChange("pro", timing=where_the_trial_ends))
        assert ended.active_to == following.active_from == where_the_trial_ends
        assert following.billing_anchor == made.billing_anchor
        with pytest.raises(Forbidden, match="canceled"):
            service.change(ctx, made.id, PlanChange("pro"))


def test_a_given_anchor_is_kept_as_its_last_recurrence(shop: Work) -> None:
    with shop(now=START) as ctx:
        made = subscribe(ctx, billing_anchor=at("2025-01-15"))
        assert made.billing_anchor == at("2026-01-15")
        _, following = service.change(ctx, made.id, PlanChange("pro", timing=Moment.NEXT_BILLING_CYCLE))
        assert (following.active_from, following.billing_anchor) == (at("2026-02-15"), at("2026-01-15"))


def test_an_upgrade_ends_one_subscription_and_starts_the_next_at_the_same_instant(shop: Work) -> None:
    with shop(now=START) as ctx:
        first = subscribe(ctx)
        team = on_sale(ctx, "team", one_phase(replace(FEE, price=Flat(D(50))), TOKENS))
    later = at("2026-02-10")
    with shop(now=later) as ctx:
        ended, following = service.change(ctx, first.id, PlanChange("team"))
        assert (ended.id, ended.active_to, following.active_from) == (first.id, later, later)
        assert (following.plan_id, following.billing_anchor) == (team.row.id, START)
        assert service.billing_period(ctx, following) == Period(later, at("2026-02-28 10:00"))
        assert [found.active_to for found in entitlements.active(ctx, customers.get(ctx, "acme"))] == [None]


def test_a_change_with_the_cycle_waits_for_its_end(shop: Work) -> None:
    with shop(now=START) as ctx:
        first = subscribe(ctx)
        plans.publish(ctx, plans.next_version(ctx, "pro").row.id)
        _, following = service.change(ctx, first.id, PlanChange("pro", timing=Moment.NEXT_BILLING_CYCLE))
        assert (following.plan_version, following.active_from) == (2, at("2026-02-28 10:00"))
        assert service.status_of(ctx, following) is SubscriptionStatus.SCHEDULED
        assert service.status_of(ctx, first) is SubscriptionStatus.CANCELED


def test_a_change_that_cannot_be_made_leaves_everything_as_it_was(shop: Work) -> None:
    with shop(now=START) as ctx:
        first = subscribe(ctx)
    with pytest.raises(NotFound), shop(now=START) as ctx:
        service.change(ctx, first.id, PlanChange("nothing"))
    with shop(now=START, writing=False) as ctx:
        assert service.status_of(ctx, service.get(ctx, first.id)) is SubscriptionStatus.ACTIVE


def test_nothing_changes_or_ends_at_the_end_of_the_calendar(shop: Work) -> None:
    with shop(now=START) as ctx:
        made = subscribe(ctx)
        for act in (
            lambda timing: service.change(ctx, made.id, PlanChange("pro", timing=timing)),
            lambda timing: service.cancel(ctx, made.id, timing),
        ):
            with pytest.raises(Invalid) as refused:
                act(at("9999-11-28 10:00"))
            assert "timing_too_far_ahead" in [issue.code for issue in refused.value.issues]
