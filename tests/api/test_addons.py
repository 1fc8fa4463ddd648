"""Add-ons over HTTP, with the official SDK and against the published contract."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from openmeter import Client
from openmeter.models import (
    AddonCreate,
    AddonReplaceUpdate,
    FlatPriceWithPaymentTerm,
    RateCardFlatFee,
    RateCardUsageBased,
    UnitPriceWithCommitments,
)

from backend.catalog.models import InstanceType, RateCardKind
from backend.catalog.service import addons, offers
from backend.catalog.terms import AddonInput, AddonTerms, OfferTerms, RateCardTerms
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.rate.prices import Unit
from backend.engine.recurrence import MONTH
from backend.infra.context import unit_of_work
from tests.api.test_plans import FEE, PLAN, PLANS, TOKENS, feature, plan
from tests.contract import Contract

__all__ = ["feature"]

ADDONS = "/api/v1/addons"
ADDON = f"{ADDONS}/{{addonId}}"
OFFERS = f"{PLAN}/addons"
OFFER = f"{OFFERS}/{{planAddonId}}"
SUPPORT = {**FEE, "key": "support", "name": "Support"}


def addon(*cards: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An add-on that can be had once."""
    body = {"key": "seats", "name": "Seats", "currency": "USD", "instanceType": "single"}
    return body | {"rateCards": list(cards or (SUPPORT,))} | changes


def made(api: httpx.Client, path: str, body: dict[str, Any], *, published: bool = False) -> dict[str, Any]:
    """A plan or an add-on that was created, and perhaps published."""
    answer = api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    if published:
        answer = api.post(f"{path}/{answer.json()['id']}/publish")
        assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(answer: httpx.Response) -> list[str]:
    """The codes of a refusal."""
    assert answer.status_code == 400, answer.text
    return [issue["code"] for issue in answer.json()["extensions"]["validationErrors"]]


def test_the_sdk_drafts_changes_publishes_archives_and_deletes(sdk: Client, feature: str) -> None:
    fee = RateCardFlatFee(
        type="flat_fee",
        key="fee",
        name="Fee",
        billing_cadence="P1M",
        price=FlatPriceWithPaymentTerm(type="flat", amount="20.00"),
    )
    usage = RateCardUsageBased(
        type="usage_based",
        key=feature,
        name="Tokens",
        feature_key=feature,
        billing_cadence="P1M",
        price=UnitPriceWithCommitments(type="unit", amount="0.0010", minimum_amount="5"),
    )
    body = AddonCreate(key="more", name="More", currency="USD", instance_type="single", rate_cards=[fee, usage])
    drafted = sdk.addons.create(body)
    assert (drafted.status, drafted.version, drafted.validation_errors) == ("draft", 1, [])
    assert drafted.rate_cards[1]["price"] == {"type": "unit", "amount": "0.001", "minimumAmount": "5"}

    changed = sdk.addons.update(
        drafted.id, AddonReplaceUpdate(name="Much more", instance_type="multiple", rate_cards=[fee])
    )
    assert (changed.name, changed.instance_type, len(changed.rate_cards)) == ("Much more", "multiple", 1)
    assert sdk.addons.publish(drafted.id).status == "active"
    assert sdk.addons.get("more").id == drafted.id
    assert [found.key for found in sdk.addons.list(status=["active"])] == ["more"]
    assert sdk.addons.archive(drafted.id).status == "archived"
    sdk.addons.delete(drafted.id)
    assert list(sdk.addons.list()) == []


def test_every_answer_keeps_the_contract(api: httpx.Client, contract: Contract) -> None:
    drafted = contract(api.post(ADDONS, json=addon(metadata={"team": "a"}, description="More")), "POST", ADDONS)
    address = f"{ADDONS}/{drafted['id']}"
    contract(api.get(address), "GET", ADDON)
    contract(api.get(ADDONS), "GET", ADDONS)
    contract(api.put(address, json=_update()), "PUT", ADDON)
    contract(api.post(f"{address}/publish"), "POST", f"{ADDON}/publish")
    pro = made(api, PLANS, plan(FEE))
    offers = f"{PLANS}/{pro['id']}/addons"
    body = {"addonId": drafted["id"], "fromPlanPhase": "main", "metadata": {"a": "b"}}
    contract(api.post(offers, json=body), "POST", OFFERS)
    contract(api.post(offers, json=body), "POST", OFFERS)
    contract(api.get(offers), "GET", OFFERS)
    contract(api.get(f"{offers}/{drafted['id']}"), "GET", OFFER)
    contract(api.put(f"{offers}/{drafted['id']}", json={"fromPlanPhase": "main"}), "PUT", OFFER)
    contract(api.delete(f"{offers}/{drafted['id']}"), "DELETE", OFFER)
    contract(api.get(f"{offers}/{drafted['id']}"), "GET", OFFER)
    contract(api.post(f"{address}/archive"), "POST", f"{ADDON}/archive")
    contract(api.delete(address), "DELETE", ADDON)
    contract(api.get(f"{ADDONS}/nothing"), "GET", ADDON)


def _update() -> dict[str, Any]:
    return {key: value for key, value in addon().items() if key not in ("key", "currency")}


def test_a_refusal_names_every_issue_at_once(api: httpx.Client) -> None:
    odd = {**SUPPORT, "price": {"type": "flat", "amount": "-1"}}
    unknown = {**TOKENS, "key": "words", "featureKey": "words", "discounts": {"percentage": {"percentage": 101}}}
    answer = api.post(ADDONS, json=addon(odd, odd, unknown, currency="XXQ"))
    assert codes(answer) == [
        "currency_invalid",
        "price_amount_negative",
        "rate_card_duplicated_key",
        "price_amount_negative",
        "rate_card_feature_not_found",
        "percentage_discount_invalid_value",
    ]
    fields = [issue["field"] for issue in answer.json()["extensions"]["validationErrors"]]
    assert fields[1] == "rateCards[0].price.amount"
    assert api.get(ADDONS).json()["totalCount"] == 0


def test_a_draft_keeps_what_blocks_its_publication(api: httpx.Client, feature: str) -> None:
    drafted = made(api, ADDONS, addon(TOKENS, {**SUPPORT, "billingCadence": "P1Y"}, instanceType="multiple"))
    expected = ["addon_invalid_ratecard_price_for_multi_instance", "rate_card_multiple_billing_cadence"]
    assert [issue["code"] for issue in drafted["validationErrors"]] == expected
    assert codes(api.post(f"{ADDONS}/{drafted['id']}/publish")) == expected
    empty = made(api, ADDONS, addon(key="empty") | {"rateCards": []})
    assert codes(api.post(f"{ADDONS}/{empty['id']}/publish")) == ["addon_has_no_rate_cards"]


def test_the_life_of_versions(api: httpx.Client) -> None:
    first = made(api, ADDONS, addon())
    assert api.post(ADDONS, json=addon()).status_code == 409
    address = f"{ADDONS}/{first['id']}"
    assert api.post(f"{address}/archive").status_code == 403
    assert api.post(f"{address}/publish").status_code == 200
    assert api.post(f"{address}/publish").status_code == 403
    assert api.put(address, json=_update()).status_code == 403
    assert api.delete(address).status_code == 403
    second = made(api, ADDONS, addon(name="Better"), published=True)
    assert (second["version"], second["status"]) == (2, "active")
    before = api.get(address).json()
    assert (before["status"], before["effectiveTo"]) == ("archived", second["effectiveFrom"])
    assert api.get(f"{ADDONS}/seats").json()["version"] == 2
    third = made(api, ADDONS, addon())
    assert api.get(f"{ADDONS}/seats", params={"includeLatest": True}).json()["id"] == third["id"]


def test_lists_are_filtered_sorted_and_cut_into_pages(api: httpx.Client) -> None:
    made(api, ADDONS, addon(key="a"), published=True)
    made(api, ADDONS, addon(key="a", name="Second"))
    made(api, ADDONS, addon(key="b", currency="EUR"))

    def listed(**params: Any) -> list[tuple[str, int]]:
        return [(found["key"], found["version"]) for found in api.get(ADDONS, params=params).json()["items"]]

    assert listed(status="draft") == [("a", 2), ("b", 1)]
    assert listed(status="active") == [("a", 1)]
    assert listed(key="a", orderBy="version", order="DESC") == [("a", 2), ("a", 1)]
    assert listed(**{"keyVersion[a]": "1"}) == [("a", 1)]
    assert listed(currency="EUR") == [("b", 1)]
    assert listed(page=2, pageSize=2) == [("b", 1)]
    assert api.get(ADDONS, params={"status": "scheduled"}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        addon(instanceType="many"),
        addon(key="Not A Key"),
        addon(name=""),
        addon(surprise=1),
        addon({**SUPPORT, "price": {"type": "flat", "amount": "NaN"}}),
        addon({**SUPPORT, "unitConfig": {"operation": "divide", "conversionFactor": "1000"}}),
        addon({**TOKENS, "price": {"type": "tiered", "mode": "volume", "tiers": []}}),
    ],
)
def test_what_cannot_be_read_is_refused(api: httpx.Client, body: Any) -> None:
    answer = api.post(ADDONS, json=body)
    assert answer.status_code == 400
    assert answer.json()["extensions"]["validationErrors"]
    assert api.get(ADDONS).json()["totalCount"] == 0


def test_what_does_not_exist_is_not_found(api: httpx.Client) -> None:
    pro = made(api, PLANS, plan(FEE))
    body = {"addonId": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "fromPlanPhase": "main"}
    assert api.post(f"{PLANS}/{pro['id']}/addons", json=body).status_code == 404
    assert api.post(f"{PLANS}/{body['addonId']}/addons", json=body).status_code == 404
    for action in ("publish", "archive"):
        assert api.post(f"{ADDONS}/{body['addonId']}/{action}").status_code == 404


def test_what_only_version_3_can_say_is_refused_and_never_left_out(api: httpx.Client, feature: str) -> None:
    thousands = UnitConfig(Operation.DIVIDE, Decimal(1000), Rounding.CEILING)
    card = RateCardTerms(
        "tokens", "Tokens", RateCardKind.USAGE_BASED, Unit(Decimal(10)), MONTH, thousands, feature_key="tokens"
    )
    pro = made(api, PLANS, plan(FEE))
    plain = made(api, ADDONS, addon(key="plain"), published=True)
    with unit_of_work() as ctx:
        wanted = AddonInput("converting", "USD", AddonTerms("Tokens", InstanceType.SINGLE, (card,)))
        converting = addons.publish(ctx, addons.create(ctx, wanted).row.id).row.id
        draft = addons.next_version(ctx, converting).row.id
        for addon_id in (plain["id"], converting):
            offers.create(ctx, pro["id"], addon_id, OfferTerms("main"))
    listed = api.get(ADDONS).json()
    assert ([found["key"] for found in listed["items"]], listed["totalCount"]) == (["plain"], 1)
    offered = api.get(f"{PLANS}/{pro['id']}/addons").json()
    assert ([found["addon"]["key"] for found in offered["items"]], offered["totalCount"]) == (["plain"], 1)
    for answer in (
        api.get(f"{ADDONS}/converting"),
        api.put(f"{ADDONS}/{draft}", json=_update()),
        api.post(f"{ADDONS}/{draft}/publish"),
        api.post(f"{ADDONS}/{converting}/archive"),
        api.get(f"{PLANS}/{pro['id']}/addons/converting"),
        api.put(f"{PLANS}/{pro['id']}/addons/converting", json={"fromPlanPhase": "main"}),
    ):
        assert codes(answer) == ["unit_config_not_representable"]
    with unit_of_work() as ctx:
        assert [status for _, status in addons.versions(ctx, ["converting"])["converting"]] == ["active", "draft"]
