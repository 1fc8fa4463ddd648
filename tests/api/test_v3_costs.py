"""Unit costs, prices of language models and the cost of usage in version 3, held against the published document."""

from typing import Any

import httpx
import pytest

from tests.contract import Contract

ROOT = "/api/v3/openmeter"
FEATURES, OVERRIDES, PRICES = f"{ROOT}/features", f"{ROOT}/llm-cost/overrides", f"{ROOT}/llm-cost/prices"
ONE = f"{FEATURES}/{{featureId}}"
METER = {
    "key": "tokens",
    "name": "Tokens",
    "description": "What models read and write",
    "aggregation": "sum",
    "event_type": "prompt",
    "value_property": "$.n",
    "dimensions": {"vendor": "$.vendor", "model": "$.model", "kind": "$.kind"},
}
LOOKED_UP = {"type": "llm", "provider_property": "vendor", "model_property": "model", "token_type_property": "kind"}
PRICE = {
    "provider": "OpenAI",
    "model_id": "gpt-4o-2024-08-06",
    "model_name": "GPT-4o",
    "pricing": {"input_per_token": "0.0000025", "output_per_token": "0.00001", "cache_read_per_token": "0"},
    "currency": "USD",
    "effective_from": "2026-01-01T00:00:00Z",
}
USAGE = (("gpt-4o", "input", 1000), ("gpt-4o", "output", 100), ("gpt-4o", "reasoning", 5), ("llama", "input", 7))


@pytest.fixture
def meter(api: httpx.Client) -> str:
    made = api.post(f"{ROOT}/meters", json=METER).json()
    assert made["description"] == METER["description"]
    events = [
        {
            "specversion": "1.0",
            "id": str(number),
            "source": "app",
            "type": "prompt",
            "subject": "acme",
            "time": f"2026-03-0{number + 1}T12:00:00Z",
            "data": {"n": n, "vendor": "openai", "model": model, "kind": kind},
        }
        for number, (model, kind, n) in enumerate(USAGE)
    ]
    assert api.post(f"{ROOT}/events", json=events).status_code == 202
    return str(made["id"])


def feature(api: httpx.Client, meter_id: str, **more: Any) -> httpx.Response:
    return api.post(FEATURES, json={"key": "tokens", "name": "Tokens", "meter": {"id": meter_id}} | more)


def test_a_feature_is_told_in_all_its_words(api: httpx.Client, contract: Contract, meter: str) -> None:
    filters = {
        "model": {"or": [{"contains": "gpt"}, {"in": ["llama", "claude"]}]},
        "kind": {"neq": "reasoning"},
        "vendor": {"eq": "openai"},
    }
    wanted = {"meter": {"id": meter, "filters": filters}, "description": "All tokens", "labels": {"team": "ai"}}
    made = contract(feature(api, meter, **wanted, unit_cost={"type": "manual", "amount": "0.5"}), "POST", FEATURES)
    assert wanted.items() <= made.items()
    assert made["unit_cost"] == {"type": "manual", "amount": "0.5"}
    assert contract(api.get(f"{FEATURES}/{made['id']}"), "GET", ONE) == made
    older = contract(api.get("/api/v1/features/tokens"), "GET", "/api/v1/features/{featureId}")
    assert older["advancedMeterGroupByFilters"] == {
        "model": {"$or": [{"$contains": "gpt"}, {"$in": ["llama", "claude"]}]},
        "kind": {"$ne": "reasoning"},
        "vendor": {"$eq": "openai"},
    }
    assert older["meterGroupByFilters"] == {"vendor": "openai"}
    assert older["unitCost"] == {"type": "manual", "amount": "0.5"}
    cost = contract(api.post(f"{FEATURES}/tokens/cost/query"), "POST", f"{ONE}/cost/query")
    assert [(row["usage"], row["cost"]) for row in cost["data"]] == [("1107", "553.5")]


def test_only_the_unit_cost_changes(api: httpx.Client, contract: Contract, meter: str) -> None:
    made = feature(api, meter).json()
    path = f"{FEATURES}/{made['id']}"
    for body, wanted in (
        ({"unit_cost": LOOKED_UP}, LOOKED_UP),
        ({}, LOOKED_UP),
        ({"unit_cost": {"type": "manual", "amount": "0.10"}}, {"type": "manual", "amount": "0.1"}),
        ({"unit_cost": None}, None),
    ):
        changed = contract(api.patch(path, json=body), "PATCH", ONE)
        assert changed.get("unit_cost") == wanted
        assert changed | {"updated_at": "", "unit_cost": None} == made | {"updated_at": "", "unit_cost": None}
    assert contract(api.patch(path, json={"name": "Other"}), "PATCH", ONE)["status"] == 400
    assert api.delete(path).status_code == 204
    assert contract(api.patch(path, json={"unit_cost": None}), "PATCH", ONE)["status"] == 404


@pytest.mark.parametrize(
    ("cost", "field"),
    [
        ({"type": "manual", "amount": "-1"}, "unit_cost.amount"),
        ({"type": "manual", "amount": 1}, "unit_cost.amount"),
        ({"type": "guess"}, "unit_cost"),
        (LOOKED_UP | {"provider": "openai"}, "unit_cost.provider"),
        (LOOKED_UP | {"model_property": "nothing"}, "unit_cost.model_property"),
        ({"type": "llm", "provider": "a", "model": "b"}, "unit_cost.token_type"),
        (LOOKED_UP | {"token_type": "smell"}, "unit_cost.token_type"),
    ],
)
def test_a_cost_that_cannot_be_is_named(
    api: httpx.Client, contract: Contract, meter: str, cost: dict[str, Any], field: str
) -> None:
    problem = contract(feature(api, meter, unit_cost=cost), "POST", FEATURES)
    assert problem["status"] == 400
    assert field in [parameter["field"] for parameter in problem["invalid_parameters"]]


def test_tokens_cost_what_the_namespace_says(api: httpx.Client, contract: Contract, meter: str) -> None:
    made = feature(api, meter, unit_cost=LOOKED_UP).json()
    price = contract(api.post(OVERRIDES, json=PRICE), "POST", OVERRIDES)
    assert (price["provider"]["id"], price["model"], price["source"]) == (
        "openai",
        {"id": "gpt-4o", "name": "GPT-4o"},
        "manual",
    )
    assert price["pricing"] == PRICE["pricing"]

    def ask(**body: Any) -> list[dict[str, Any]]:
        answer = api.post(f"{FEATURES}/{made['id']}/cost/query", json=body)
        rows: list[dict[str, Any]] = contract(answer, "POST", f"{ONE}/cost/query")["data"]
        return rows

    assert [(row["usage"], row["cost"], row["currency"]) for row in ask(group_by_dimensions=["model", "kind"])] == [
        ("1000", "0.0025", "USD"),
        ("100", "0.001", "USD"),
        ("5", None, "USD"),
        ("7", None, "USD"),
    ]
    [whole] = ask(**{"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"})
    assert (whole["usage"], whole["cost"], whole["dimensions"]) == ("1112", None, {})
    assert "llama" in whole["detail"]
    assert [row["cost"] for row in ask(filters={"dimensions": {"kind": {"in": ["input", "output"]}}})] == [None]
    [priced] = ask(filters={"dimensions": {"kind": {"neq": "reasoning"}, "model": {"eq": "gpt-4o"}}})
    assert (priced["cost"], "detail" in priced) == ("0.0035", False)
    assert [row["from"] for row in ask(granularity="P1D")][:2] == ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]
    assert api.delete(f"{OVERRIDES}/{price['id']}").status_code == 204
    assert [row["cost"] for row in ask(group_by_dimensions=["model"])] == [None, None]


def test_the_prices_of_a_feature_are_shown_when_it_uses_one_model(
    api: httpx.Client, contract: Contract, meter: str
) -> None:
    contract(api.post(OVERRIDES, json=PRICE), "POST", OVERRIDES)
    one_model = {"meter": {"id": meter, "filters": {"model": {"in": ["gpt-4o"]}}}}
    cost = LOOKED_UP | {"provider_property": None, "provider": "openai"}
    made = contract(feature(api, meter, **one_model, unit_cost=cost), "POST", FEATURES)
    assert made["unit_cost"]["pricing"] == PRICE["pricing"]
    shown = contract(api.get("/api/v1/features/tokens"), "GET", "/api/v1/features/{featureId}")
    assert shown["unitCost"]["pricing"]["inputPerToken"] == "0.0000025"


def test_prices_are_listed_found_and_taken_back(api: httpx.Client, contract: Contract) -> None:
    made = [
        contract(api.post(OVERRIDES, json=PRICE | {"provider": provider, "model_id": model}), "POST", OVERRIDES)["id"]
        for provider, model in (("openai", "gpt-4o"), ("anthropic", "claude-4"), ("openai", "gpt-5"))
    ]
    for query, found in (
        ("", [made[1], made[0], made[2]]),
        ("?sort=model.id desc", [made[2], made[0], made[1]]),
        ("?sort=provider.id&page[size]=1", [made[1]]),
        ("?filter[provider]=openai&filter[model_id][contains]=5", [made[2]]),
        ("?filter[source][neq]=manual", []),
    ):
        page = contract(api.get(PRICES + query), "GET", PRICES)
        assert [price["id"] for price in page["data"]] == found
    overrides = contract(api.get(f"{OVERRIDES}?filter[provider][oeq]=anthropic,x"), "GET", OVERRIDES)
    assert [price["id"] for price in overrides["data"]] == [made[1]]
    assert contract(api.get(f"{PRICES}/{made[0]}"), "GET", f"{PRICES}/{{priceId}}")["id"] == made[0]
    assert api.delete(f"{OVERRIDES}/{made[0]}").status_code == 204
    for answer in (api.get(f"{PRICES}/{made[0]}"), api.delete(f"{OVERRIDES}/{made[0]}")):
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"provider": ""}, "provider"),
        ({"model_id": " "}, "model_id"),
        ({"pricing": {"input_per_token": "-1", "output_per_token": "0"}}, "pricing.input_per_token"),
        ({"pricing": {"input_per_token": "1"}}, "pricing.output_per_token"),
        ({"effective_to": "2025-01-01T00:00:00Z"}, "effective_to"),
        ({"currency": "usd"}, "currency"),
    ],
)
def test_a_price_that_cannot_be_is_named(
    api: httpx.Client, contract: Contract, change: dict[str, Any], field: str
) -> None:
    problem = contract(api.post(OVERRIDES, json=PRICE | change), "POST", OVERRIDES)
    assert problem["status"] == 400
    assert field in [parameter["field"] for parameter in problem["invalid_parameters"]]
