"""Add-ons of version 3 and the plans that offer them, held against the published document."""

from typing import Any

import httpx
import pytest

from tests.api.test_v3_plans import FEE, PLANS, ROOT, Card, codes, faults, feature, phase, plan, usage
from tests.contract import Contract

ADDONS = f"{ROOT}/addons"
ADDON = f"{ADDONS}/{{addonId}}"
OFFERS = f"{PLANS}/{{planId}}/addons"
OFFER = f"{OFFERS}/{{planAddonId}}"
SEAT = FEE | {"key": "seat", "name": "Seat", "price": {"type": "flat", "amount": "8"}}
NOBODY = "01J0000000000000000000000Z"
__all__ = ["feature", "usage"]


def addon(*cards: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = {"key": "seats", "name": "Seats", "currency": "USD", "instance_type": "multiple", "rate_cards": list(cards)}
    return made | changes


def create(api: httpx.Client, contract: Contract, body: dict[str, Any], *, on_sale: bool = False) -> Any:
    answer = api.post(ADDONS, json=body)
    assert answer.status_code == 201, answer.text
    made = contract(answer, "POST", ADDONS)
    if on_sale:
        made = contract(api.post(f"{ADDONS}/{made['id']}/publish"), "POST", f"{ADDON}/publish")
        assert made["status"] == "active"
    return made


@pytest.fixture
def offering(api: httpx.Client) -> str:
    """The address of what a drafted plan with a trial and a paid phase offers."""
    trial = phase(FEE | {"price": {"type": "free"}, "payment_term": None}, key="trial", duration="P1M")
    made = api.post(PLANS, json=plan(phases=[trial, phase(FEE)]))
    assert made.status_code == 201, made.text
    return f"{PLANS}/{made.json()['id']}/addons"


def test_an_addon_is_drafted_changed_published_archived_and_deleted(api: httpx.Client, contract: Contract) -> None:
    made = create(api, contract, addon(SEAT, description="One more", labels={"team": "sales"}))
    assert (made["status"], made["version"], made["instance_type"]) == ("draft", 1, "multiple")
    assert made["rate_cards"] == [SEAT]
    one = f"{ADDONS}/{made['id']}"
    assert contract(api.get(one), "GET", ADDON) == made
    change = {"name": "A seat", "instance_type": "single", "rate_cards": [SEAT]}
    changed = contract(api.put(one, json=change), "PUT", ADDON)
    assert (changed["name"], changed["instance_type"], "labels" in changed) == ("A seat", "single", False)

    published = contract(api.post(f"{one}/publish"), "POST", f"{ADDON}/publish")
    assert (published["status"], "effective_to" in published) == ("active", False)
    for refusal in (api.put(one, json=change), api.delete(one), api.post(f"{one}/publish")):
        assert refusal.status_code == 403
    second = create(api, contract, addon(SEAT), on_sale=True)
    before = contract(api.get(one), "GET", ADDON)
    assert (before["status"], before["effective_to"], second["version"]) == ("archived", second["effective_from"], 2)

    archived = contract(api.post(f"{ADDONS}/{second['id']}/archive"), "POST", f"{ADDON}/archive")
    assert archived["status"] == "archived"
    assert contract(api.delete(one), "DELETE", ADDON) is None
    assert contract(api.get(one), "GET", ADDON)["deleted_at"]
    assert [found["version"] for found in api.get(ADDONS).json()["data"]] == [2]


def test_a_draft_shows_what_keeps_it_from_sale(api: httpx.Client, contract: Contract, usage: Card) -> None:
    draft = create(api, contract, addon(usage()))
    blocking = {"rate_cards[0].price": "addon_invalid_ratecard_price_for_multi_instance"}
    assert {error["field"]: error["code"] for error in draft["validation_errors"]} == blocking
    refusal = api.post(f"{ADDONS}/{draft['id']}/publish")
    assert refusal.status_code == 400
    assert codes(contract(refusal, "POST", f"{ADDON}/publish")) == blocking


def test_an_addon_with_all_kinds_of_prices_is_read_as_written(
    api: httpx.Client, contract: Contract, usage: Card
) -> None:
    tiers = [{"up_to_amount": "10", "unit_price": {"type": "unit", "amount": "1"}}, {"flat_price": FEE["price"]}]
    conversion = {"operation": "multiply", "conversion_factor": "1000000", "rounding": "half_up", "precision": 2}
    graduated = usage(price={"type": "graduated", "tiers": tiers}, unit_config=conversion | {"display_unit": "M"})
    made = create(api, contract, addon(FEE, graduated, instance_type="single"), on_sale=True)
    assert made["rate_cards"] == [FEE, graduated]


def test_addons_are_filtered_and_sorted(api: httpx.Client, contract: Contract) -> None:
    ids = {}
    for key, currency in (("alpha", "USD"), ("beta", "EUR")):
        body = addon(SEAT, key=key, name=f"The {key}", currency=currency)
        ids[key] = create(api, contract, body, on_sale=key == "beta")["id"]
    for query, found in (
        (f"filter[id]={ids['alpha']}", ["alpha"]),
        (f"filter[id][oeq]={ids['alpha']},{ids['beta']}&sort=name desc", ["beta", "alpha"]),
        ("filter[status]=active", ["beta"]),
        ("filter[status][neq]=active", ["alpha"]),
        ("filter[currency]=EUR", ["beta"]),
        ("filter[key][neq]=alpha", ["beta"]),
        ("filter[name][contains]=the", ["alpha", "beta"]),
    ):
        page = contract(api.get(f"{ADDONS}?{query}"), "GET", ADDONS)
        assert [one["key"] for one in page["data"]] == found, query
    for query in ("filter[status]=scheduled", "filter[id][contains]=0", "sort=currency"):
        assert contract(api.get(f"{ADDONS}?{query}"), "GET", ADDONS)["status"] == 400


def test_what_an_addon_cannot_be_is_told_at_once(api: httpx.Client, contract: Contract) -> None:
    body = addon({"key": "seat"}, instance_type="many", currency=7, phases=[])
    problem = contract(api.post(ADDONS, json=body), "POST", ADDONS)
    assert faults(problem) == {
        "instance_type": "enum",
        "currency": "is_string",
        "phases": "unknown_property",
        "rate_cards[0].name": "required",
        "rate_cards[0].price": "required",
    }
    wrong = [SEAT | {"feature": {"id": NOBODY}}, SEAT | {"price": {"type": "flat", "amount": "-1"}}]
    assert codes(contract(api.post(ADDONS, json=addon(*wrong)), "POST", ADDONS)) == {
        "rate_cards[0].feature.id": "rate_card_feature_not_found",
        "rate_cards[1].key": "rate_card_duplicated_key",
        "rate_cards[1].price.amount": "price_amount_negative",
    }
    assert api.get(ADDONS).json()["data"] == []


def test_a_plan_offers_an_addon_from_a_phase_on(api: httpx.Client, contract: Contract, offering: str) -> None:
    seats = create(api, contract, addon(SEAT), on_sale=True)
    wanted = {"name": "Seats", "addon": {"id": seats["id"]}, "from_plan_phase": "main", "max_quantity": 5}
    answer = api.post(offering, json=wanted | {"labels": {"team": "sales"}, "description": "Five"})
    assert answer.status_code == 201, answer.text
    made = contract(answer, "POST", OFFERS)
    assert {name: made[name] for name in wanted} == wanted
    one = f"{offering}/{made['id']}"
    assert contract(api.get(one), "GET", OFFER) == made
    assert contract(api.get(offering), "GET", OFFERS) == {
        "data": [made],
        "meta": {"page": {"number": 1, "size": 100, "total": 1}},
    }
    changed = contract(api.put(one, json={"name": "Any", "from_plan_phase": "trial"}), "PUT", OFFER)
    assert (changed["name"], changed["from_plan_phase"], "max_quantity" in changed) == ("Any", "trial", False)
    again = api.post(offering, json=wanted)
    assert (again.status_code, again.json()["extensions"]["conflictingEntityId"]) == (409, made["id"])
    assert contract(api.delete(one), "DELETE", OFFER) is None
    assert contract(api.get(offering), "GET", OFFERS)["data"] == []
    assert contract(api.get(one), "GET", OFFER)["status"] == 404


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"from_plan_phase": "later"}, {"from_plan_phase": "plan_addon_unknown_plan_phase_key"}),
        ({"max_quantity": 2}, {"max_quantity": "plan_addon_max_quantity_must_not_be_set"}),
    ],
)
def test_an_offer_must_fit_the_addon_and_the_plan(
    api: httpx.Client, contract: Contract, offering: str, changes: dict[str, Any], wrong: dict[str, str]
) -> None:
    once = create(api, contract, addon(SEAT, instance_type="single"), on_sale=True)
    wanted = {"name": "Seat", "addon": {"id": once["id"]}, "from_plan_phase": "main"}
    assert codes(contract(api.post(offering, json=wanted | changes), "POST", OFFERS)) == wrong
    assert api.get(offering).json()["data"] == []


def test_only_an_addon_on_sale_is_offered(api: httpx.Client, contract: Contract, offering: str) -> None:
    draft = create(api, contract, addon(SEAT))
    wanted = {"name": "Seats", "addon": {"id": draft["id"]}, "from_plan_phase": "main"}
    assert set(codes(contract(api.post(offering, json=wanted), "POST", OFFERS)).values()) == {
        "plan_addon_incompatible_status"
    }
    missing = api.post(offering, json=wanted | {"addon": {"id": NOBODY}})
    assert contract(missing, "POST", OFFERS)["status"] == 404


def test_a_plan_whose_addon_is_gone_is_not_published(api: httpx.Client, contract: Contract, offering: str) -> None:
    seats = create(api, contract, addon(SEAT), on_sale=True)
    api.post(offering, json={"name": "Seats", "addon": {"id": seats["id"]}, "from_plan_phase": "main"})
    api.post(f"{ADDONS}/{seats['id']}/archive")
    [shown] = contract(api.get(offering), "GET", OFFERS)["data"]
    assert [error["code"] for error in shown["validation_errors"]] == ["plan_addon_incompatible_status"]
    refusal = api.post(offering.removesuffix("addons") + "publish")
    assert refusal.status_code == 400
    assert set(codes(refusal.json()).values()) == {"plan_has_incompatible_addon"}


def test_an_offer_of_the_wrong_shape_is_told_at_once(api: httpx.Client, contract: Contract, offering: str) -> None:
    body = {"name": "", "addon": {"id": "seats"}, "from_plan_phase": None, "max_quantity": 0, "quantity": 1}
    assert faults(contract(api.post(offering, json=body), "POST", OFFERS)) == {
        "name": "min_length",
        "addon.id": "matches_regex",
        "from_plan_phase": "is_string",
        "max_quantity": "min",
        "quantity": "unknown_property",
    }
    for many in (2**31, True, "1", 1.5):
        answer = api.post(
            offering, json={"name": "x", "addon": {"id": NOBODY}, "from_plan_phase": "main"} | {"max_quantity": many}
        )
        assert list(faults(contract(answer, "POST", OFFERS))) == ["max_quantity"]
