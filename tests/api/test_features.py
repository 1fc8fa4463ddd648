"""Features over HTTP, with the official SDK and against the published contract."""

from typing import Any

import httpx
import pytest
from corehttp.exceptions import ResourceExistsError, ResourceNotFoundError
from openmeter import Client
from openmeter.models import FeatureCreateInputs

from tests.contract import Contract

METER = {
    "slug": "tokens",
    "eventType": "prompt",
    "aggregation": "SUM",
    "valueProperty": "$.tokens",
    "groupBy": {"model": "$.model"},
}
FEATURES = "/api/v1/features"


@pytest.fixture
def meter(api: httpx.Client) -> None:
    assert api.post("/api/v1/meters", json=METER).status_code == 201


@pytest.mark.usefixtures("meter")
def test_the_sdk_creates_finds_lists_and_archives(sdk: Client) -> None:
    wanted = FeatureCreateInputs(
        key="tokens", name="Tokens", meter_slug="tokens", meter_group_by_filters={"model": "large"}
    )
    made = sdk.features.create(wanted)
    assert (made.key, made.meter_slug, made.meter_group_by_filters) == ("tokens", "tokens", {"model": "large"})
    assert sdk.features.get(made.id) == sdk.features.get("tokens")
    assert [feature["id"] for feature in sdk.features.list()] == [made.id]
    with pytest.raises(ResourceExistsError):
        sdk.features.create(wanted)
    sdk.features.delete(made.id)
    assert list(sdk.features.list()) == []
    assert sdk.features.get(made.id).archived_at is not None
    with pytest.raises(ResourceNotFoundError):
        sdk.features.get("nothing")


@pytest.mark.usefixtures("meter")
def test_answers_follow_the_contract(api: httpx.Client, contract: Contract) -> None:
    body = {
        "key": "tokens",
        "name": "Tokens",
        "meterSlug": "tokens",
        "advancedMeterGroupByFilters": {"model": {"$eq": "large"}},
        "metadata": {"team": "platform"},
    }
    made = contract(api.post(FEATURES, json=body), "POST", FEATURES)
    assert {key: made[key] for key in body} == body
    assert made["meterGroupByFilters"] == {"model": "large"}
    plain = contract(api.post(FEATURES, json={"key": "sso", "name": "SSO"}), "POST", FEATURES)
    assert plain.keys() == {"id", "key", "name", "createdAt", "updatedAt"}
    assert contract(api.get(f"{FEATURES}/sso"), "GET", f"{FEATURES}/{{featureId}}") == plain
    assert contract(api.get(FEATURES, params={"orderBy": "key"}), "GET", FEATURES) == [plain, made]
    page = contract(
        api.get(FEATURES, params={"page": 2, "pageSize": 1, "orderBy": "key", "order": "ASC"}), "GET", FEATURES
    )
    assert page == {"totalCount": 2, "page": 2, "pageSize": 1, "items": [made]}
    assert contract(api.get(FEATURES, params={"meterSlug": ["tokens", "x"]}), "GET", FEATURES) == [made]
    contract(api.delete(f"{FEATURES}/{made['id']}"), "DELETE", f"{FEATURES}/{{featureId}}")
    archived = contract(api.get(FEATURES, params={"includeArchived": "true"}), "GET", FEATURES)
    assert [feature["key"] for feature in archived if "archivedAt" in feature] == ["tokens"]


@pytest.mark.usefixtures("meter")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "Not A Key"}, "key"),
        ({"name": None}, "name"),
        ({"unitCost": {"type": "manual", "amount": "-1"}}, "unitCost.amount"),
        ({"unitCost": {"type": "llm", "provider": "openai", "modelProperty": "nothing"}}, "unitCost.modelProperty"),
        ({"unitCost": {"type": "guess"}}, "unitCost"),
        ({"advancedMeterGroupByFilters": {"model": {"$wibble": "l%"}}}, "advancedMeterGroupByFilters.model"),
        ({"advancedMeterGroupByFilters": {"nothing": {"$like": "l%"}}}, "advancedMeterGroupByFilters.nothing"),
        (
            {
                "meterGroupByFilters": {"model": "small"},
                "advancedMeterGroupByFilters": {"model": {"$eq": "large"}},
            },
            "advancedMeterGroupByFilters.model",
        ),
    ],
)
def test_bad_input_is_named(api: httpx.Client, contract: Contract, change: dict[str, Any], field: str) -> None:
    answer = api.post(FEATURES, json={"key": "tokens", "name": "Tokens", "meterSlug": "tokens"} | change)
    assert answer.status_code == 400
    problem = contract(answer, "POST", FEATURES)
    assert field in [issue["field"] for issue in problem["extensions"]["validationErrors"]]


@pytest.mark.usefixtures("meter")
def test_every_issue_of_a_feature_is_told_at_once(api: httpx.Client) -> None:
    body = {
        "key": "tokens",
        "name": "Tokens",
        "meterSlug": "tokens",
        "meterGroupByFilters": {"nothing": "x", "nowhere": "y"},
        "unitCost": {"type": "manual", "amount": "-1"},
    }
    answer = api.post(FEATURES, json=body)
    assert answer.status_code == 400
    fields = [issue["field"] for issue in answer.json()["extensions"]["validationErrors"]]
    assert fields == [
        "advancedMeterGroupByFilters.nothing",
        "advancedMeterGroupByFilters.nowhere",
        "unitCost.amount",
    ]
    assert api.get(FEATURES).json() == []


@pytest.mark.usefixtures("meter")
def test_a_meter_in_use_cannot_be_deleted(api: httpx.Client) -> None:
    api.post(FEATURES, json={"key": "tokens", "name": "Tokens", "meterSlug": "tokens"})
    assert api.delete("/api/v1/meters/tokens").status_code == 409
    api.delete(f"{FEATURES}/tokens")
    assert api.delete("/api/v1/meters/tokens").status_code == 204
