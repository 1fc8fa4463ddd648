"""Plans: numbered versions, one on sale at a time, and what keeps a draft from being published."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.catalog.filters import PlanFilter
from backend.catalog.models import Plan, RateCardKind, SettlementMode
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.service import features, plans
from backend.catalog.templates import BooleanTemplate, StaticTemplate
from backend.catalog.terms import FeatureInput, PhaseTerms, PlanInput, RateCardTerms
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Dynamic,
    Flat,
    Graduated,
    Package,
    PaymentTerm,
    PercentageDiscount,
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import DAY, MONTH, Duration
from backend.engine.subscribe.status import PlanStatus
from backend.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from backend.infra.context import Context, unit_of_work
from tests.conftest import Work
from tests.shop import FEE, TERMS, TOKENS, at, draft, on_sale, one_phase, tokens_feature

D = Decimal
NOON = at("2026-01-01 12:00")
TIERS = (Tier(D(10), flat=D(1)), Tier(None, unit=D("0.5")))


def codes(plan: PlanVersion) -> list[str]:
    return [issue.code for issue in plan.issues]


def test_a_plan_begins_as_a_draft_and_goes_on_sale(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens_feature(ctx)
        made = draft(ctx)
        assert (made.row.version, made.status, made.issues) == (1, PlanStatus.DRAFT, ())
    with work(now=at("2026-01-02")) as ctx:
        published = plans.publish(ctx, made.row.id)
        assert published.status is PlanStatus.ACTIVE
        assert published.row.effective_from == at("2026-01-02")
        assert published.terms.phases[0].rate_cards[1].feature_id == features.get(ctx, "tokens").id


@pytest.mark.parametrize(
    "card",
    [
        FEE,
        replace(FEE, billing_cadence=None, price=Flat(D("9.99"), PaymentTerm.IN_ARREARS), tax_config={"stripe": {}}),
        replace(FEE, price=None, description="Free", labels={"a": "b"}),
        TOKENS,
        replace(TOKENS, price=Graduated(TIERS), commitment=Commitment(D(5), D(50)), billing_cadence=DAY),
        replace(TOKENS, price=Volume(TIERS), discounts=Discounts(PercentageDiscount(D("12.5")))),
        replace(TOKENS, price=Package(D(3), D(10)), discounts=Discounts(usage=UsageDiscount(D(100)))),
        replace(TOKENS, price=Dynamic(D("1.25")), entitlement=BooleanTemplate({"x": "y"})),
        replace(TOKENS, entitlement=StaticTemplate('{"models": ["large"]}')),
    ],
    ids=lambda card: type(card.price).__name__,
)
def test_terms_come_back_as_they_were_given(work: Work, card: RateCardTerms) -> None:
    with work() as ctx:
        feature = tokens_feature(ctx)
        made = draft(ctx, terms=one_phase(card))
    with work(writing=False) as ctx:
        found = plans.get(ctx, made.row.id)
        expected = replace(card, feature_id=feature.id if card.feature_key else None)
        assert found.terms == one_phase(expected)
        assert found.issues == ()


def test_publishing_a_version_ends_the_one_before_at_the_same_instant(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens_feature(ctx)
        first = on_sale(ctx)
    later = at("2026-02-01")
    with work(now=later) as ctx:
        second = plans.next_version(ctx, "pro")
        assert (second.row.version, second.terms) == (2, first.terms)
        assert plans.publish(ctx, second.row.id).row.effective_from == later
        assert plans.get(ctx, "pro").row.version == 2
        before = plans.get(ctx, first.row.id)
        assert (before.status, before.row.effective_to) == (PlanStatus.ARCHIVED, later)


def test_a_key_has_one_draft_at_a_time(work: Work) -> None:
    with work() as ctx:
        tokens_feature(ctx)
        made = draft(ctx)
        with pytest.raises(Conflict) as refused:
            draft(ctx)
        assert refused.value.facts == {"conflictingEntityId": made.row.id}
        with pytest.raises(Conflict):
            plans.next_version(ctx, made.row.id)


def test_a_version_number_is_never_used_again(work: Work) -> None:
    with work() as ctx:
        tokens_feature(ctx)
        plans.delete(ctx, draft(ctx).row.id)
        assert draft(ctx).row.version == 2


def test_what_was_published_cannot_change(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens_feature(ctx)
        plan_id = on_sale(ctx).row.id
        with pytest.raises(Forbidden, match="next version"):
            plans.update(ctx, plan_id, TERMS)
        with pytest.raises(Forbidden, match="only a draft"):
            plans.publish(ctx, plan_id)
        with pytest.raises(Forbidden, match="on sale"):
            plans.delete(ctx, plan_id)


def test_archiving_ends_the_sale(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens_feature(ctx)
        plan_id = on_sale(ctx).row.id
    with work(now=at("2026-02-01")) as ctx:
        assert plans.archive(ctx, plan_id).status is PlanStatus.ARCHIVED
        with pytest.raises(NotFound):
            plans.get(ctx, "pro")
        assert plans.get(ctx, "pro", latest=True).row.id == plan_id
        with pytest.raises(Forbidden):
            plans.archive(ctx, plan_id)
        plans.delete(ctx, plan_id)
        with pytest.raises(NotFound):
            plans.archive(ctx, plan_id)
        assert plans.get(ctx, plan_id).row.deleted_at == at("2026-02-01")


def test_an_update_replaces_everything(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens_feature(ctx)
        plan_id = draft(ctx).row.id
    wanted = one_phase(FEE, name="Pro plus", pro_rating_enabled=False, settlement_mode=SettlementMode.CREDIT_ONLY)
    with work(now=at("2026-01-02")) as ctx:
        updated = plans.update(ctx, plan_id, wanted)
        assert updated.terms == wanted
        assert updated.row.updated_at == at("2026-01-02")


def test_a_draft_shows_what_keeps_it_from_sale_and_publishing_names_all_of_it(work: Work) -> None:
    trial = PhaseTerms("trial", "Trial", ())
    wrong = replace(TERMS, phases=(trial, replace(TERMS.phases[0], duration=MONTH)))
    with work() as ctx:
        tokens_feature(ctx)
        made = draft(ctx, terms=wrong)
        expected = [
            "plan_has_non_last_phase_with_no_duration",
            "plan_phase_has_no_rate_cards",
            "plan_has_last_phase_with_duration",
        ]
        assert codes(made) == expected
        with pytest.raises(Invalid) as refused:
            plans.publish(ctx, made.row.id)
        assert [issue.code for issue in refused.value.issues] == expected
        assert refused.value.issues[1].field == "phases[0].rateCards"


def test_a_feature_archived_after_the_draft_blocks_publication(work: Work) -> None:
    with work() as ctx:
        tokens_feature(ctx)
        made = draft(ctx)
        features.archive(ctx, "tokens")
        assert codes(plans.get(ctx, made.row.id)) == ["rate_card_feature_archived"]
        with pytest.raises(Invalid, match="archived"):
            plans.publish(ctx, made.row.id)


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (PlanInput("p", "XXQ", one_phase(FEE)), "currency_invalid"),
        (PlanInput("p", "USD", one_phase(FEE, billing_cadence=DAY)), "plan_billing_cadence_invalid"),
        (PlanInput("p", "USD", one_phase(FEE, FEE)), "rate_card_duplicated_key"),
        (PlanInput("p", "USD", one_phase(replace(TOKENS, key="t"))), "rate_card_key_feature_key_mismatch"),
        (
            PlanInput("p", "USD", one_phase(replace(TOKENS, key="x", feature_key="x"))),
            "rate_card_feature_not_found",
        ),
        (PlanInput("p", "USD", one_phase(replace(FEE, price=Flat(D(-1))))), "price_amount_negative"),
    ],
)
def test_critical_issues_refuse_even_a_draft(work: Work, plan: PlanInput, code: str) -> None:
    with work() as ctx:
        tokens_feature(ctx)
        with pytest.raises(Invalid) as refused:
            plans.create(ctx, plan)
        assert code in [issue.code for issue in refused.value.issues]
        assert plans.list_plans(ctx) == ([], 0)


def test_a_feature_without_a_meter_cannot_be_priced_by_usage(work: Work) -> None:
    card = RateCardTerms("sso", "SSO", RateCardKind.USAGE_BASED, Unit(D(1)), MONTH, feature_key="sso")
    with work() as ctx:
        features.create(ctx, FeatureInput("sso", "SSO"))
        made = draft(ctx, terms=one_phase(card))
        assert codes(made) == ["rate_card_usage_based_price_with_feature_and_no_meter"]


def test_lists_are_filtered_by_status_key_and_version(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens_feature(ctx)
        on_sale(ctx)
        draft(ctx, "team", one_phase(FEE), "EUR")
    with work(now=at("2026-02-01")) as ctx:
        plans.publish(ctx, plans.next_version(ctx, "pro").row.id)

    def found(ctx: Context, **wanted: Any) -> list[tuple[str, int]]:
        listed, total = plans.list_plans(ctx, PlanFilter(**wanted))
        assert total == len(listed)
        return [(plan.row.key, plan.row.version) for plan in listed]

    with work(now=at("2026-02-01"), writing=False) as ctx:
        assert found(ctx) == [("pro", 1), ("team", 1), ("pro", 2)]
        assert found(ctx, statuses=("active",)) == [("pro", 2)]
        assert found(ctx, statuses=("archived", "draft")) == [("pro", 1), ("team", 1)]
        assert found(ctx, statuses=("scheduled",)) == []
        assert found(ctx, keys=("pro",), order_by="version", descending=True) == [("pro", 2), ("pro", 1)]
        assert found(ctx, key_versions=(("pro", (1,)),)) == [("pro", 1)]
        assert found(ctx, currencies=("EUR",)) == [("team", 1)]


def test_two_who_publish_at_once_leave_one_version_on_sale(work: Work) -> None:
    with work() as ctx:
        tokens_feature(ctx)
        on_sale(ctx)
        second = plans.next_version(ctx, "pro").row.id
    together, outcomes = threading.Barrier(2), []

    def publish() -> None:
        together.wait()
        try:
            with unit_of_work() as ctx:
                outcomes.append(plans.publish(ctx, second).row.version)
        except DomainError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) in (["2", "Conflict"], ["2", "Forbidden"])
    with work(writing=False) as ctx:
        active, _ = plans.list_plans(ctx, PlanFilter(statuses=("active",)))
        assert [plan.row.version for plan in active] == [2]


@pytest.mark.parametrize(
    "act",
    [
        lambda ctx, plan: plans.publish(ctx, plan.id),
        lambda ctx, plan: plans.update(ctx, plan.id, one_phase(FEE, name="Cheaper")),
        lambda ctx, plan: plans.archive(ctx, plan.id),
        lambda ctx, plan: plans.delete(ctx, plan.id),
    ],
    ids=["publish", "update", "archive", "delete"],
)
def test_who_waited_while_another_published_is_told_so(work: Work, act: Callable[[Context, Plan], object]) -> None:
    published_at = at("2026-01-01")
    with work(now=published_at) as ctx:
        tokens_feature(ctx)
        plan = on_sale(ctx).row
    with pytest.raises(Conflict, match="at the same moment"), work(now=published_at - timedelta(milliseconds=1)) as ctx:
        act(ctx, plan)
    with work(now=published_at) as ctx:
        found = plans.get(ctx, plan.id)
        assert (found.row.effective_from, found.row.effective_to, found.row.name) == (published_at, None, "Pro")


def test_two_who_draft_at_once_leave_one_draft(work: Work) -> None:
    together, outcomes = threading.Barrier(2), []

    def create() -> None:
        together.wait()
        try:
            with unit_of_work() as ctx:
                outcomes.append(draft(ctx, terms=one_phase(FEE)).row.version)
        except Conflict:
            outcomes.append(0)

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [0, 1]


def test_a_phase_of_less_than_an_hour_is_named(work: Work) -> None:
    short = PhaseTerms("trial", "Trial", (FEE,), Duration(minutes=30))
    with work() as ctx:
        tokens_feature(ctx)
        made = draft(ctx, terms=replace(TERMS, phases=(short, *TERMS.phases)))
        assert codes(made) == ["plan_phase_duration_less_then_an_hour"]
