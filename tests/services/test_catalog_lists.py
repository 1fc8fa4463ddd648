"""What the pages of the catalog ask: which plans stand for sale, who uses a feature, what usage would cost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from backend.catalog.filters import FeatureFilter, PlanFilter
from backend.catalog.models import RateCardKind
from backend.catalog.service import features, plans
from backend.catalog.service.preview import preview_period, preview_price
from backend.catalog.terms import FeatureInput, PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.customers import service as customers
from backend.engine.meter.definition import Aggregation
from backend.engine.rate.prices import Commitment, Discounts, Flat, Unit, UsageDiscount
from backend.engine.recurrence import MONTH, YEAR
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.service import MeterInput
from backend.subscriptions import service as subscriptions
from tests.conftest import Work

JAN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FEE = RateCardTerms("fee", "Platform fee", RateCardKind.FLAT_FEE, Flat(Decimal(99)), MONTH)
TOKENS = RateCardTerms(
    "tokens",
    "Tokens",
    RateCardKind.USAGE_BASED,
    Unit(Decimal("0.000002")),
    MONTH,
    discounts=Discounts(usage=UsageDiscount(Decimal(1_000_000))),
    feature_key="tokens",
)


def sell(ctx: Context, key: str, *cards: RateCardTerms, publish: bool = True) -> str:
    terms = PlanTerms(key.title(), MONTH, (PhaseTerms("default", "Default", cards),))
    plan_id = plans.create(ctx, PlanInput(key, "USD", terms)).row.id
    return plans.publish(ctx, plan_id).row.id if publish else plan_id


def sell_tokens(ctx: Context) -> None:
    metering.create_meter(ctx, MeterInput("tokens", Aggregation.SUM, "prompt", "$.tokens"))
    features.create(ctx, FeatureInput("tokens", "Tokens", meter="tokens"))


def listed(ctx: Context, **wanted: object) -> list[tuple[str, int]]:
    found, total = plans.list_plans(ctx, PlanFilter(leading=True, order_by="key", **wanted))
    assert total == len(found)
    return [(version.row.key, version.row.version) for version in found]


def test_the_version_on_sale_stands_for_its_plan(work: Work) -> None:
    with work(now=JAN) as ctx:
        sell(ctx, "growth", FEE)
        sell(ctx, "starter", FEE)
        plans.next_version(ctx, "growth")
    with work(now=JAN + DAY) as ctx:
        plans.archive(ctx, plans.get(ctx, "starter").row.id)
        plans.next_version(ctx, "starter")
    with work(now=JAN + 2 * DAY, writing=False) as ctx:
        assert listed(ctx) == [("growth", 1), ("starter", 2)]
        assert listed(ctx, statuses=("draft",)) == [("growth", 2), ("starter", 2)]
        assert listed(ctx, statuses=("archived",)) == [("starter", 1)]
        assert listed(ctx, search="GROW") == [("growth", 1)]
        assert listed(ctx, search="%") == []
        every = plans.versions(ctx, ["growth"])["growth"]
        assert [(row.version, str(status)) for row, status in every] == [(1, "active"), (2, "draft")]


def test_archiving_a_feature_says_what_it_touches(work: Work) -> None:
    with work(now=JAN) as ctx:
        sell_tokens(ctx)
        sell(ctx, "growth", FEE, TOKENS)
        sell(ctx, "draft", TOKENS, publish=False)
        customers.create(ctx, customers.CustomerInput("Acme", key="acme"))
        subscription = subscriptions.create(ctx, subscriptions.SubscriptionInput("acme", "growth"))
        feature, plan_id = features.get(ctx, "tokens"), plans.get(ctx, "growth").row.id
        assert features.plans_using(ctx, [feature.id]) == {feature.id: 2}
        assert subscriptions.count_by_feature(ctx, [feature.id]) == {feature.id: 1}
        assert subscriptions.count_by_plan(ctx, [plan_id]) == {plan_id: 1}
        subscriptions.cancel(ctx, subscription.id, subscriptions.Moment.IMMEDIATE)
    with work(now=JAN + DAY, writing=False) as ctx:
        assert subscriptions.count_by_feature(ctx, [feature.id]) == {}
        assert subscriptions.count_by_plan(ctx, [plan_id]) == {}


def test_features_are_searched_by_key_and_name_and_split_by_use(work: Work) -> None:
    with work(now=JAN) as ctx:
        features.create(ctx, FeatureInput("sso", "Single sign-on"))
        features.create(ctx, FeatureInput("support", "Support"))
        features.archive(ctx, "support")
        found, total = features.list_features(ctx, FeatureFilter(search="SIGN-ON"))
        assert ([feature.key for feature in found], total) == (["sso"], 1)
        found, total = features.list_features(ctx, FeatureFilter(only_archived=True))
        assert ([feature.key for feature in found], total) == (["support"], 1)


def test_a_plan_is_checked_without_being_saved(work: Work) -> None:
    with work(now=JAN) as ctx:
        terms = PlanTerms("Growth", MONTH, (PhaseTerms("default", "Default", (FEE, TOKENS)),))
        found = plans.check(ctx, PlanInput("growth", "USD", terms))
        assert [(issue.field, issue.code) for issue in found] == [
            ("phases[0].rateCards[1].featureKey", "rate_card_feature_not_found")
        ]
        assert plans.list_plans(ctx)[1] == 0


@pytest.mark.parametrize(
    ("quantity", "amount"), [(0, "0"), (1_000_000, "0"), (1_000_001, "0"), (1_500_000, "1"), (12_345_678, "22.69")]
)
def test_a_price_is_previewed_as_the_invoice_would_rate_it(quantity: int, amount: str) -> None:
    assert preview_price("USD", TOKENS, Decimal(quantity)).totals.total == Decimal(amount)


def test_a_period_is_previewed_with_its_recurring_rate_cards_only() -> None:
    once = replace(FEE, key="setup", billing_cadence=None)
    yearly = replace(FEE, key="support", billing_cadence=YEAR)
    committed = replace(TOKENS, commitment=Commitment(minimum=Decimal(20)))
    preview = preview_period("USD", [FEE, once, yearly, committed], MONTH, {"tokens": Decimal(3_000_000)})
    assert [card.key for card, _ in preview.lines] == ["fee", "tokens"]
    assert preview.total == Decimal(119)
