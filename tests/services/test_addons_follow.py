"""Add-ons when a customer changes plans, over several phases, with plain access, and bought by two people at once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from backend.catalog.models import RateCardKind
from backend.catalog.service import addons as catalog
from backend.catalog.service import features, offers, plans
from backend.catalog.templates import BooleanTemplate
from backend.catalog.terms import FeatureInput, OfferTerms, PhaseTerms, RateCardTerms
from backend.customers import service as customers
from backend.engine.recurrence import MONTH
from backend.entitlements import service as entitlements
from backend.infra.context import Context
from backend.subscriptions import service
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import AddonChange, Migration, Moment, PlanChange, SubscriptionInput
from tests.conftest import Work
from tests.services.test_subscription_addons import SEATS, START, buy, offered, quota, sold, told  # noqa: F401
from tests.services.test_subscription_races import LATER, at_once
from tests.shop import FEE, TERMS, at, customer, draft, tokens_feature

D = Decimal
MID = at("2026-01-11")
SSO = RateCardTerms("sso", "SSO", RateCardKind.FLAT_FEE, None, None, feature_key="sso", entitlement=BooleanTemplate())


def plan_with(ctx: Context, key: str, *offering: str, most: int | None = None, phase: str = "main") -> None:
    """Another plan on sale, which offers some of the add-ons there are."""
    trial = PhaseTerms("trial", "Trial", (replace(FEE, price=None),), MONTH)
    plan = draft(ctx, key, replace(TERMS, phases=(trial, TERMS.phases[0]) if phase == "trial" else TERMS.phases)).row
    for addon in offering:
        offers.create(ctx, plan.id, catalog.get(ctx, addon).row.id, OfferTerms("main", most))
    plans.publish(ctx, plan.id)


def had(ctx: Context, subscription: Subscription) -> dict[str, list[tuple[str, int]]]:
    """The quantities of a subscription's add-ons, and from which day on."""
    return {
        found.addon.row.key: [(f"{one.lasting.start:%m-%d}", one.quantity) for one in found.timeline]
        for found in service.addons_of(ctx, subscription.id)
    }


def test_what_the_next_plan_offers_comes_along(work: Work, sold: str) -> None:  # noqa: F811
    with work(now=MID) as ctx:
        buy(ctx, sold, "seats", 3)
        buy(ctx, sold, "boost", 2)
        buy(ctx, sold, "once")
        plan_with(ctx, "team", "seats", "boost")
    with work(now=at("2026-01-21")) as ctx:
        ended, following = service.change(ctx, sold, PlanChange("team"))
        assert had(ctx, following) == {"seats": [("01-21", 3)], "boost": [("01-21", 2)]}
        assert told(ctx, following.id, "seats") == [(0, "01-21", "12-31", "30")]
        assert told(ctx, following.id, "fee")[-1] == (1, "01-21", "12-31", "30")
        assert quota(ctx) == D(2000)
        [left] = service.left_behind(ctx, ended, following)
        assert (left.key, left.quantity, left.reason) == ("once", 1, "Pro does not offer it.")


def test_with_the_next_cycle_they_come_along_as_they_are_scheduled(work: Work, sold: str) -> None:  # noqa: F811
    with work(now=MID) as ctx:
        seats = buy(ctx, sold, "seats", 3)
        service.change_addon(ctx, sold, seats.row.id, AddonChange(1, at("2026-02-15")))
        plan_with(ctx, "team", "seats")
        _, following = service.change(ctx, sold, PlanChange("team", timing=Moment.NEXT_BILLING_CYCLE))
        assert had(ctx, following) == {"seats": [("02-01", 3), ("02-15", 1)]}
        assert told(ctx, following.id, "seats") == [(0, "02-01", "02-15", "30"), (1, "02-15", "12-31", "10")]


def test_of_what_the_customer_has_none_any_more_nothing_comes_along(work: Work, sold: str) -> None:  # noqa: F811
    with work(now=MID) as ctx:
        seats = buy(ctx, sold, "seats", 3)
        plan_with(ctx, "team", "seats")
    with work(now=at("2026-01-21")) as ctx:
        service.change_addon(ctx, sold, seats.row.id, AddonChange(0))
        ended, following = service.change(ctx, sold, PlanChange("team"))
        assert (had(ctx, following), service.left_behind(ctx, ended, following)) == ({}, [])


@pytest.mark.parametrize(
    ("most", "phase", "reason"),
    [(2, "main", "at most 2 times"), (None, "trial", "from phase main on")],
)
def test_beyond_the_terms_of_the_next_plan_it_stays_behind(
    work: Work,
    sold: str,  # noqa: F811
    most: int | None,
    phase: str,
    reason: str,
) -> None:
    with work(now=MID) as ctx:
        buy(ctx, sold, "seats", 3)
        plan_with(ctx, "team", "seats", most=most, phase=phase)
        ended, following = service.change(ctx, sold, PlanChange("team"))
        [left] = service.left_behind(ctx, ended, following)
        assert had(ctx, following) == {}
        assert reason in left.reason


def test_a_migration_takes_them_to_the_later_version(work: Work, sold: str) -> None:  # noqa: F811
    with work(now=MID) as ctx:
        buy(ctx, sold, "seats", 3)
        plan_with(ctx, "pro", "seats")
        _, following = service.migrate(ctx, sold, Migration(starting_phase="main"))
        assert following.plan_version == 2
        assert had(ctx, following) == {"seats": [("01-11", 3)]}


def test_an_add_on_lies_over_all_phases_from_its_own_on(work: Work) -> None:
    with work(now=START) as ctx:
        tokens_feature(ctx)
        customer(ctx)
        first = PhaseTerms("first", "First", (FEE,), MONTH)
        main = PhaseTerms("main", "Main", (FEE,), MONTH)
        last = PhaseTerms("last", "Last", (FEE,))
        plan = draft(ctx, "pro", replace(TERMS, phases=(first, main, last))).row
        offered(ctx, plan.id, "seats", SEATS)
        plans.publish(ctx, plan.id)
        subscription = service.create(ctx, SubscriptionInput("acme", "pro")).id
    with work(now=at("2026-02-11")) as ctx:
        bought = buy(ctx, subscription, "seats", 2)
        assert told(ctx, subscription, "seats") == [(0, "02-11", "03-01", "20"), (0, "03-01", "12-31", "20")]
    with work(now=at("2026-02-21")) as ctx:
        service.change_addon(ctx, subscription, bought.row.id, AddonChange(0, at("2026-03-11")))
        assert told(ctx, subscription, "seats") == [(0, "02-11", "03-01", "20"), (0, "03-01", "03-11", "20")]


def test_plain_access_comes_and_goes_with_an_add_on(work: Work) -> None:
    with work(now=START) as ctx:
        tokens_feature(ctx)
        features.create(ctx, FeatureInput(key="sso", name="SSO"))
        customer(ctx)
        plan = draft(ctx, "pro", TERMS).row
        offered(ctx, plan.id, "login", SSO, single=True)
        plans.publish(ctx, plan.id)
        subscription = service.create(ctx, SubscriptionInput("acme", "pro")).id
        assert not _may(ctx, "sso")
    with work(now=MID) as ctx:
        bought = buy(ctx, subscription, "login")
        assert _may(ctx, "sso")
    with work(now=at("2026-01-21")) as ctx:
        service.change_addon(ctx, subscription, bought.row.id, AddonChange(0))
    with work(now=at("2026-01-22")) as ctx:
        assert not _may(ctx, "sso")


def _may(ctx: Context, feature: str) -> bool:
    return entitlements.value(ctx, customers.get(ctx, "acme"), feature).has_access


def test_of_two_who_buy_the_same_add_on_at_once_one_does(work: Work, sold: str) -> None:  # noqa: F811
    def buy_seats(ctx: Context) -> object:
        return buy(ctx, sold, "seats", 2)

    assert at_once(buy_seats, buy_seats) == ["done", "refused"]
    with work(now=LATER, writing=False) as ctx:
        assert had(ctx, service.get(ctx, sold)) == {"seats": [("02-10", 2)]}
        assert told(ctx, sold, "seats") == [(0, "02-10", "12-31", "20")]


def test_two_who_buy_different_add_ons_at_once_get_both(work: Work, sold: str) -> None:  # noqa: F811
    assert at_once(lambda ctx: buy(ctx, sold, "seats", 2), lambda ctx: buy(ctx, sold, "boost", 2)) == ["done", "done"]
    with work(now=LATER, writing=False) as ctx:
        assert had(ctx, service.get(ctx, sold)) == {"seats": [("02-10", 2)], "boost": [("02-10", 2)]}
        assert told(ctx, sold, "fee")[-1][-1] == "30"
        assert told(ctx, sold, "seats")[-1][-1] == "20"
