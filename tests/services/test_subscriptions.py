"""Subscriptions: a snapshot of the plan, one at a time, with entitlements that live and end with its items."""

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.catalog.models import SettlementMode
from backend.catalog.service import plans
from backend.catalog.templates import BooleanTemplate
from backend.catalog.terms import PhaseTerms
from backend.customers import service as customers
from backend.engine.period import Period
from backend.engine.rate.prices import Commitment, Discounts, Flat, PercentageDiscount, Unit
from backend.engine.recurrence import MONTH
from backend.engine.subscribe.status import SubscriptionStatus
from backend.entitlements import service as entitlements
from backend.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, PreconditionFailed
from backend.infra.context import Context, unit_of_work
from backend.infra.outbox import deliver
from backend.subscriptions import service
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import Moment, SubscriptionFilter, SubscriptionInput
from tests.conftest import Work
from tests.shop import FEE, TERMS, TOKENS, at, customer, on_sale, one_phase, tokens_feature, use

D = Decimal
START = at("2026-01-31 10:00")


@pytest.fixture
def shop(work: Work) -> Work:
    """A customer `acme`, and the plan `pro` on sale since January."""
    with work(now=at("2026-01-01")) as ctx:
        tokens_feature(ctx)
        customer(ctx)
        on_sale(ctx)
    return work


def subscribe(ctx: Context, customer_key: str = "acme", plan_key: str = "pro", **more: Any) -> Subscription:
    return service.create(ctx, SubscriptionInput(customer_key, plan_key, **more))


def has_tokens(work: Work, now: str) -> bool:
    with work(now=at(now), writing=False) as ctx:
        return entitlements.value(ctx, customers.get(ctx, "acme"), "tokens").has_access


def test_a_subscription_starts_now_and_takes_over_the_plan(shop: Work) -> None:
    with shop(now=START) as ctx:
        made = subscribe(ctx)
        assert (made.active_from, made.billing_anchor, made.active_to) == (START, START, None)
        assert (made.name, made.plan_key, made.plan_version, made.currency) == ("Pro", "pro", 1, "USD")
        assert service.status_of(ctx, made) is SubscriptionStatus.ACTIVE
        assert service.billing_period(ctx, made) == Period(START, at("2026-02-28 10:00"))
        assert customers.get(ctx, "acme").currency == "USD"


def test_billing_sees_prices_meters_and_names_of_the_snapshot(shop: Work) -> None:
    sold = replace(
        TOKENS, commitment=Commitment(minimum=D(5)), discounts=Discounts(PercentageDiscount(D(10))), name="API tokens"
    )
    with shop(now=START) as ctx:
        on_sale(ctx, "team", one_phase(FEE, sold))
        made = subscribe(ctx, plan_key="team")
        on_sale(ctx, "team", one_phase(replace(FEE, price=Flat(D(99)))))
        billed = service.view(ctx, made)
    fee, tokens = billed.schedule.phases[0].items
    assert (fee.price, fee.cadence, fee.version) == (Flat(D(20)), MONTH, 0)
    assert (tokens.price, tokens.active_from, tokens.active_to) == (Unit(D("0.001")), START, None)
    terms = billed.items[tokens.id]
    assert (terms.name, terms.feature_key, terms.meter_slug) == ("API tokens", "tokens", "tokens")
    assert (terms.commitment, terms.discounts) == (sold.commitment, sold.discounts)
    assert billed.items[fee.id].meter_id is None


def test_phases_follow_each_other_and_entitlements_live_in_theirs(shop: Work) -> None:
    trial = PhaseTerms("trial", "Trial", (replace(TOKENS, price=None),), MONTH)
    with shop(now=START) as ctx:
        on_sale(ctx, "team", replace(TERMS, phases=(trial, TERMS.phases[0])))
        made = subscribe(ctx, plan_key="team")
        detail = service.detail(ctx, made)
        granted = entitlements.of_subscription(ctx, made.id)
    change = at("2026-02-28 10:00")
    assert [phase.lasting.start for phase in detail.phases] == [START, change]
    assert detail.phases[0].lasting.end == change
    assert [(found.active_from, found.active_to) for found in granted] == [(START, change), (change, None)]
    included = detail.phases[0].items[0].entitlement
    assert included is not None
    assert included.row == granted[0]


def test_earlier_phases_of_a_later_start_have_no_length(shop: Work) -> None:
    trial = PhaseTerms("trial", "Trial", (replace(TOKENS, price=None),), MONTH)
    with shop(now=START) as ctx:
        on_sale(ctx, "team", replace(TERMS, phases=(trial, TERMS.phases[0])))
        made = subscribe(ctx, plan_key="team", starting_phase="main")
        lasting = [phase.lasting for phase in service.detail(ctx, made).phases]
        assert lasting[0].is_empty
        assert lasting[1].start == START


def test_a_quota_is_counted_from_the_billing_anchor(shop: Work) -> None:
    anchor = at("2026-01-01")
    with shop(now=START) as ctx:
        made = subscribe(ctx, billing_anchor=anchor)
        assert service.billing_period(ctx, made) == Period(START, at("2026-02-01"))
        use(ctx, at("2026-01-30"), 100)
        use(ctx, at("2026-01-31 12:00"), 10)
    with shop(now=at("2026-01-31 13:00"), writing=False) as ctx:
        assert entitlements.value(ctx, customers.get(ctx, "acme"), "tokens").usage == D(10)
    with shop(now=at("2026-02-01"), writing=False) as ctx:
        assert entitlements.value(ctx, customers.get(ctx, "acme"), "tokens").usage == D(0)


def test_a_start_may_be_ahead_or_two_minutes_past(shop: Work) -> None:
    with shop(now=START) as ctx:
        with pytest.raises(Invalid, match="past"):
            subscribe(ctx, timing=START - timedelta(minutes=2, seconds=1))
        with pytest.raises(Invalid, match="within 100 years"):
            subscribe(ctx, timing=at("9999-12-31"))
        with pytest.raises(Invalid, match="billing cycle"):
            subscribe(ctx, timing=Moment.NEXT_BILLING_CYCLE)
        made = subscribe(ctx, timing=START + timedelta(days=7))
        assert service.status_of(ctx, made) is SubscriptionStatus.SCHEDULED
    assert not has_tokens(shop, "2026-02-07 09:59")
    assert has_tokens(shop, "2026-02-07 10:00")


def test_a_request_may_take_two_minutes(shop: Work) -> None:
    with shop(now=START) as ctx:
        assert subscribe(ctx, timing=START - timedelta(minutes=2)).active_from == START - timedelta(minutes=2)


def test_a_customer_has_one_subscription_at_a_time(shop: Work) -> None:
    with shop(now=START) as ctx:
        first = subscribe(ctx)
        with pytest.raises(Conflict) as refused:
            subscribe(ctx, timing=at("2027-01-01"))
        assert refused.value.facts == {"conflictingEntityId": first.id}
        assert refused.value.issues[0].code == "only_single_subscription_allowed_per_customer_at_a_time"
        service.cancel(ctx, first.id, Moment.NEXT_BILLING_CYCLE)
        following = subscribe(ctx, timing=at("2026-02-28 10:00"))
        with pytest.raises(Conflict):
            service.unschedule_cancelation(ctx, first.id)
        assert service.status_of(ctx, following) is SubscriptionStatus.SCHEDULED


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (SubscriptionInput("nobody", "pro"), NotFound),
        (SubscriptionInput("acme", "nothing"), NotFound),
        (SubscriptionInput("acme", "pro", 7), NotFound),
        (SubscriptionInput("acme", "pro", 1), Invalid),
        (SubscriptionInput("acme", "pro", settlement_mode=SettlementMode.CREDIT_ONLY), Invalid),
        (SubscriptionInput("euro", "pro"), Invalid),
        (SubscriptionInput("acme", "pro", starting_phase="later"), Invalid),
    ],
)
def test_what_cannot_be_sold_is_refused(shop: Work, wanted: SubscriptionInput, error: type[DomainError]) -> None:
    with shop(now=START) as ctx:
        customer(ctx, "euro", currency="EUR")
        plans.publish(ctx, plans.next_version(ctx, "pro").row.id)
        with pytest.raises(error):
            service.create(ctx, wanted)
    with shop(now=START, writing=False) as ctx:
        assert service.list_subscriptions(ctx) == ([], 0)


def test_only_a_price_settles_the_currency(shop: Work) -> None:
    with shop(now=START) as ctx:
        on_sale(ctx, "free", one_phase(replace(TOKENS, price=None)), "EUR")
        subscribe(ctx, plan_key="free")
        assert customers.get(ctx, "acme").currency is None


def test_canceling_at_once_ends_everything_now(shop: Work) -> None:
    with shop(now=START) as ctx:
        made = subscribe(ctx)
    later = at("2026-02-10")
    with shop(now=later) as ctx:
        canceled = service.cancel(ctx, made.id)
        assert (canceled.active_to, service.status_of(ctx, canceled)) == (later, SubscriptionStatus.INACTIVE)
        assert [found.active_to for found in entitlements.of_subscription(ctx, made.id)] == [later]
        with pytest.raises(Forbidden):
            service.cancel(ctx, made.id)
    assert not has_tokens(shop, "2026-02-10")
    assert has_tokens(shop, "2026-02-09")


def test_canceling_with_the_cycle_ends_at_its_end_and_can_be_taken_back(shop: Work) -> None:
    with shop(now=START) as ctx:
        made = subscribe(ctx)
    end = at("2026-03-31 10:00")
    with shop(now=at("2026-03-01")) as ctx:
        canceled = service.cancel(ctx, made.id, Moment.NEXT_BILLING_CYCLE)
        assert (canceled.active_to, service.status_of(ctx, canceled)) == (end, SubscriptionStatus.CANCELED)
        assert [found.active_to for found in entitlements.of_subscription(ctx, made.id)] == [end]
        continued = service.unschedule_cancelation(ctx, made.id)
        assert service.status_of(ctx, continued) is SubscriptionStatus.ACTIVE
        assert [found.active_to for found in entitlements.of_subscription(ctx, made.id)] == [None]
        with pytest.raises(Forbidden):
            service.unschedule_cancelation(ctx, made.id)


def test_a_chosen_end_must_be_a_boundary_of_the_billing_periods(shop: Work) -> None:
    with shop(now=START) as ctx:
        made = subscribe(ctx)
        for wrong in (at("2026-03-01"), at("2026-01-30")):
            with pytest.raises(Invalid):
                service.cancel(ctx, made.id, wrong)
        assert service.cancel(ctx, made.id, at("2026-04-30 10:00")).active_to == at("2026-04-30 10:00")


def test_items_that_had_not_started_get_no_time_at_all(shop: Work) -> None:
    trial = PhaseTerms("trial", "Trial", (replace(TOKENS, price=None),), MONTH)
    with shop(now=START) as ctx:
        on_sale(ctx, "team", replace(TERMS, phases=(trial, TERMS.phases[0])))
        made = subscribe(ctx, plan_key="team")
    with shop(now=at("2026-02-05")) as ctx:
        service.cancel(ctx, made.id)
        detail = service.detail(ctx, service.get(ctx, made.id))
        assert detail.phases[1].lasting.is_empty
        later = entitlements.of_subscription(ctx, made.id)[1]
        assert later.active_from == later.active_to


def test_a_scheduled_subscription_can_be_removed(shop: Work) -> None:
    with shop(now=START) as ctx:
        made = subscribe(ctx, timing=at("2026-03-01"))
        with pytest.raises(Forbidden):
            service.cancel(ctx, made.id)
        service.delete(ctx, made.id)
        with pytest.raises(NotFound):
            service.get(ctx, made.id)
        assert entitlements.of_subscription(ctx, made.id) == []
        running = subscribe(ctx)
        with pytest.raises(Forbidden):
            service.delete(ctx, running.id)


def test_lists_know_the_status_of_the_moment(shop: Work) -> None:
    with shop(now=START) as ctx:
        first = subscribe(ctx)
        service.cancel(ctx, first.id, Moment.NEXT_BILLING_CYCLE)
        second = subscribe(ctx, timing=at("2026-02-28 10:00"))

    def ids(now: str, *statuses: SubscriptionStatus) -> list[str]:
        with shop(now=at(now), writing=False) as ctx:
            found, total = service.list_for_customer(ctx, "acme", SubscriptionFilter(statuses=statuses))
            assert all(service.status_of(ctx, row) in (statuses or SubscriptionStatus) for row in found)
            assert total == len(found)
            return [row.id for row in found]

    assert ids("2026-02-01") == [first.id, second.id]
    assert ids("2026-02-01", SubscriptionStatus.CANCELED) == [first.id]
    assert ids("2026-02-01", SubscriptionStatus.SCHEDULED) == [second.id]
    assert ids("2026-03-01", SubscriptionStatus.ACTIVE, SubscriptionStatus.INACTIVE) == [first.id, second.id]
    with shop(now=at("2026-03-01"), writing=False) as ctx:
        assert service.current(ctx, [first.customer_id])[first.customer_id].id == second.id


def test_a_customer_is_kept_while_it_has_a_subscription(shop: Work) -> None:
    with shop(now=START) as ctx:
        made = subscribe(ctx)
        with pytest.raises(PreconditionFailed, match="active"):
            service.delete_customer(ctx, "acme")
        service.cancel(ctx, made.id)
    with shop(now=at("2026-02-10")) as ctx:
        service.delete_customer(ctx, "acme")
        service.delete_customer(ctx, made.customer_id)
        with pytest.raises(PreconditionFailed):
            customers.get(ctx, made.customer_id)


def test_every_change_is_announced(shop: Work) -> None:
    heard: list[str] = []
    with shop(now=START) as ctx:
        made = subscribe(ctx)
        service.cancel(ctx, made.id, Moment.NEXT_BILLING_CYCLE)
    kinds = ("subscription.created", "subscription.cancelled")
    deliver("default", {kind: lambda _, payload: heard.append(payload["subscription_id"]) for kind in kinds})
    assert heard == [made.id, made.id]


def test_of_two_who_subscribe_a_customer_at_once_one_wins(shop: Work) -> None:
    together, outcomes = threading.Barrier(4), []

    def create() -> None:
        together.wait()
        try:
            with unit_of_work(now=START) as ctx:
                subscribe(ctx)
                outcomes.append("made")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused", "refused", "refused"]
    with shop(now=START, writing=False) as ctx:
        assert service.list_for_customer(ctx, "acme")[1] == 1


def test_plain_access_is_granted_without_a_meter(shop: Work) -> None:
    card = replace(TOKENS, price=None, entitlement=BooleanTemplate())
    with shop(now=START) as ctx:
        on_sale(ctx, "open", one_phase(card))
        subscribe(ctx, plan_key="open")
        assert entitlements.access(ctx, customers.get(ctx, "acme"))["tokens"].has_access
