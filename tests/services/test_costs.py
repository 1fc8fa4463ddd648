"""What usage costs the seller: prices by model and moment, and never a sum that leaves something out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.catalog.terms import FeatureInput
from backend.costs import service as costs
from backend.costs.service import PriceInput
from backend.engine.cost.price import ListPrice, PriceSource, TokenPricing, in_force
from backend.engine.cost.unit_cost import ManualCost, TokenCost, TokenType, mistakes
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.errors import Invalid, NotFound
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.metering import service as metering
from backend.metering.service import MeterInput, UsageQuery
from tests.conftest import Work

D = Decimal
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
EVERYTHING = TokenCost(provider_property="vendor", model_property="model", token_type_property="kind")
CHEAP = TokenPricing(D("0.1"), D("0.3"))


def company(ctx: Context, cost: ManualCost | TokenCost | None = EVERYTHING, **more: Any) -> Feature:
    group_by = {"vendor": "$.vendor", "model": "$.model", "kind": "$.kind"}
    metering.create_meter(ctx, MeterInput("tokens", Aggregation.SUM, "prompt", "$.n", group_by))
    return features.create(ctx, FeatureInput("tokens", "Tokens", meter="tokens", unit_cost=cost, **more))


def use(ctx: Context, *used: tuple[datetime, str, str, int], vendor: str = "OpenAI") -> None:
    ingest.ingest(
        ctx,
        [
            CloudEvent(
                f"{at}{model}{kind}",
                "app",
                "prompt",
                "acme",
                at,
                f'{{"n": {n}, "vendor": "{vendor}", "model": "{model}", "kind": "{kind}"}}',
            )
            for at, model, kind, n in used
        ],
    )


def test_every_unit_costs_the_same(work: Work) -> None:
    with work(now=MARCH) as ctx:
        company(ctx, ManualCost(D("0.25")))
        use(ctx, (MARCH, "gpt", "input", 3), (MARCH + DAY, "claude", "input", 8))
        rows = costs.query(ctx, "tokens", UsageQuery(window=WindowSize.DAY))
        assert [(row.cost, row.usage.value) for row in rows] == [(D(2), 8), (D("0.75"), 3)]
        [one] = costs.query(ctx, "tokens", UsageQuery())
        assert (one.cost, one.usage.groups) == (D("2.75"), {})


def test_tokens_cost_what_their_model_did_when_they_were_used(work: Work) -> None:
    with work(now=MARCH) as ctx:
        company(ctx)
        costs.set_override(ctx, PriceInput("openai", "gpt-4.1", CHEAP, MARCH))
        costs.set_override(ctx, PriceInput("openai", "gpt-4.1", TokenPricing(D(1), D(1)), MARCH + 2 * DAY))
        use(
            ctx,
            (MARCH, "gpt-4-1", "input", 10),
            (MARCH + DAY, "GPT-4.1-2026-01-01", "response", 10),
            (MARCH + 2 * DAY, "gpt-4.1", "request", 10),
        )
        [row] = costs.query(ctx, "tokens", UsageQuery())
        assert (row.usage.value, row.cost, row.detail) == (30, D(14), None)
        assert (row.usage.window.start, row.usage.window.end) == (MARCH, MARCH + 2 * DAY + timedelta(minutes=1))
        [half] = costs.query(ctx, "tokens", UsageQuery(end=MARCH + DAY))
        assert half.cost == D(1)
        by_model = costs.query(ctx, "tokens", UsageQuery(group_by=("model",)))
        assert [(row.cost, row.usage.groups["model"]) for row in by_model] == [
            (D(10), "gpt-4.1"),
            (D(3), "GPT-4.1-2026-01-01"),
            (D(1), "gpt-4-1"),
        ]


def test_a_missing_price_is_told_and_never_left_out_of_a_sum(work: Work) -> None:
    with work(now=MARCH) as ctx:
        company(ctx)
        costs.set_override(ctx, PriceInput("openai", "gpt-4o", CHEAP, MARCH, MARCH + DAY))
        use(
            ctx,
            (MARCH, "gpt-4o", "input", 1),
            (MARCH, "gpt-4o", "reasoning", 1),
            (MARCH, "gpt-4o", "smell", 1),
            (MARCH + DAY, "gpt-4o", "output", 1),
            (MARCH, "unknown", "input", 1),
            (MARCH, "free", "input", 0),
        )
        [whole] = costs.query(ctx, "tokens", UsageQuery())
        assert (whole.usage.value, whole.cost) == (5, None)
        assert whole.detail == (
            "no price for input tokens of the model unknown of openai; "
            "no price for output tokens of the model gpt-4o of openai; "
            "no price for reasoning tokens of the model gpt-4o of openai; smell is not a type of token"
        )
        rows = costs.query(ctx, "tokens", UsageQuery(group_by=("model", "kind")))
        assert [row.cost for row in rows] == [D("0.1"), D(0), None, None, None, None]


def test_what_a_feature_filters_is_all_that_costs(work: Work) -> None:
    with work(now=MARCH) as ctx:
        wanted = TokenCost(provider="openai", model_property="model", token_type="input")
        feature = company(ctx, wanted, meter_filters={"model": {"$in": ["gpt-4o"]}, "kind": {"$ne": "output"}})
        override = costs.set_override(ctx, PriceInput("openai", "gpt-4o", CHEAP, MARCH))
        use(ctx, (MARCH, "gpt-4o", "input", 1), (MARCH, "gpt-4o", "output", 1), (MARCH, "claude", "input", 1))
        [row] = costs.query(ctx, "tokens", UsageQuery())
        assert (row.cost, row.usage.value) == (D("0.1"), 1)
        assert costs.pricings(ctx, [feature]) == {feature.id: CHEAP}
        costs.delete_override(ctx, override.id)
        assert costs.pricings(ctx, [feature]) == {}
        with pytest.raises(NotFound):
            costs.get_price(ctx, override.id)


def test_what_has_no_cost_cannot_be_asked_for_one(work: Work) -> None:
    with work(now=MARCH) as ctx:
        company(ctx, None)
        with pytest.raises(Invalid, match="no unit cost"):
            costs.query(ctx, "tokens", UsageQuery())
        features.create(ctx, FeatureInput("sso", "SSO", unit_cost=ManualCost(D(1))))
        with pytest.raises(Invalid, match="no meter"):
            costs.query(ctx, "sso", UsageQuery())


def test_a_unit_cost_changes_and_an_archived_feature_does_not(work: Work) -> None:
    with work(now=MARCH) as ctx:
        company(ctx)
        changed = features.update_unit_cost(ctx, "tokens", ManualCost(D("0.10")))
        assert changed.unit_cost == {"type": "manual", "amount": "0.1"}
        assert features.update_unit_cost(ctx, "tokens", None).unit_cost is None
        with pytest.raises(Invalid, match="no dimension nothing"):
            features.update_unit_cost(
                ctx, "tokens", TokenCost(provider="a", model_property="nothing", token_type="input")
            )
        features.archive(ctx, "tokens")
        with pytest.raises(NotFound):
            features.update_unit_cost(ctx, "tokens", None)


@pytest.mark.parametrize(
    ("cost", "fields"),
    [
        (ManualCost(D(0)), []),
        (ManualCost(D(-1)), ["amount"]),
        (EVERYTHING, []),
        (TokenCost(), ["provider", "model", "tokenType"]),
        (TokenCost("a", "vendor", "b", None, "input"), ["provider"]),
        (TokenCost(" ", None, "b", None, "smell"), ["provider", "tokenType"]),
    ],
)
def test_a_unit_cost_says_each_thing_once(cost: ManualCost | TokenCost, fields: list[str]) -> None:
    found = mistakes(cost, ["vendor", "model", "kind"])
    assert [issue.field for issue in found] == [f"unitCost.{field}" for field in fields]


def test_a_manual_price_comes_before_a_list_and_the_latest_before_an_earlier() -> None:
    def price(source: PriceSource, start: datetime, amount: int, end: datetime | None = None) -> ListPrice:
        return ListPrice("openai", "gpt", TokenPricing(D(amount), D(amount)), source, start, end)

    prices = [
        price(PriceSource.SYSTEM, MARCH + 3 * DAY, 1),
        price(PriceSource.SYSTEM, MARCH, 2),
        price(PriceSource.MANUAL, MARCH + DAY, 3, MARCH + 2 * DAY),
        price(PriceSource.MANUAL, MARCH + 4 * DAY, 4),
        price(PriceSource.MANUAL, MARCH + 5 * DAY, 5),
    ]
    found = [in_force(prices, MARCH + day * DAY) for day in range(-1, 6)]
    assert [price and price.pricing.of(TokenType.INPUT) for price in found] == [None, 2, 3, 2, 1, 4, 5]
    assert prices[0].pricing.of(TokenType.CACHE_READ) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"provider": " "}, "provider"),
        ({"model": ""}, "model_id"),
        ({"pricing": TokenPricing(D(-1), D(0))}, "pricing.input_per_token"),
        ({"end": MARCH - DAY}, "effective_to"),
        ({"currency": "EUR"}, "currency"),
    ],
)
def test_a_price_that_cannot_be_is_refused(work: Work, change: dict[str, Any], field: str) -> None:
    given: dict[str, Any] = {"provider": "openai", "model": "gpt", "pricing": CHEAP, "start": MARCH}
    with work(now=MARCH) as ctx, pytest.raises(Invalid) as refused:
        costs.set_override(ctx, PriceInput(**(given | change)))
    assert [issue.field for issue in refused.value.issues] == [field]
