"""Add-ons that plans offer, over HTTP and with the official SDK: which fit, how many, from which phase on."""

from typing import Any

import httpx
import pytest
from openmeter import Client
from openmeter.models import (
    PlanAddonCreate,
    PlanAddonReplaceUpdate,
)

from tests.api.test_addons import ADDONS, SUPPORT, addon, codes, made
from tests.api.test_plans import FEE, PLANS, plan


def test_the_sdk_offers_an_add_on_with_a_plan(sdk: Client, api: httpx.Client) -> None:
    pro = made(api, PLANS, plan(FEE))
    seats = made(api, ADDONS, addon(instanceType="multiple"), published=True)
    offered = sdk.plan_addons.create(pro["id"], PlanAddonCreate(addon_id=seats["id"], from_plan_phase="main"))
    assert (offered.addon.key, offered.max_quantity, offered.validation_errors) == ("seats", None, [])
    changed = sdk.plan_addons.update(
        pro["id"], seats["id"], PlanAddonReplaceUpdate(from_plan_phase="main", max_quantity=5)
    )
    assert changed.max_quantity == 5
    assert sdk.plan_addons.get(pro["id"], seats["id"]).max_quantity == 5
    assert sdk.plan_addons.list(pro["id"])["totalCount"] == 1
    sdk.plan_addons.delete(pro["id"], seats["id"])
    assert sdk.plan_addons.list(pro["id"])["totalCount"] == 0


def trial_and_main(**changes: Any) -> dict[str, Any]:
    """A plan with a trial of a week."""
    trial = {"key": "trial", "name": "Trial", "duration": "P1W", "rateCards": [{**FEE, "price": None}]}
    main = {"key": "main", "name": "Main", "duration": None, "rateCards": [FEE]}
    return plan() | {"phases": [trial, main]} | changes


@pytest.mark.parametrize(
    ("addon_changes", "offer_changes", "expected"),
    [
        ({}, {"fromPlanPhase": "later"}, {"plan_addon_unknown_plan_phase_key"}),
        ({}, {"maxQuantity": 2}, {"plan_addon_max_quantity_must_not_be_set"}),
        ({"instanceType": "multiple"}, {"maxQuantity": 0}, {"plan_addon_max_quantity_must_be_set"}),
        ({"currency": "EUR"}, {}, {"plan_addon_currency_mismatch"}),
        ({"rateCards": [{**SUPPORT, "billingCadence": "P1W"}]}, {}, {"rate_card_billing_cadence_unaligned"}),
        (
            {"rateCards": [{**FEE, "price": FEE["price"] | {"paymentTerm": "in_arrears"}}]},
            {"fromPlanPhase": "trial"},
            {"rate_card_price_payment_term_mismatch"},
        ),
        (
            {"rateCards": [{**FEE, "billingCadence": "P1Y"}]},
            {"fromPlanPhase": "nowhere", "maxQuantity": 1},
            {"plan_addon_unknown_plan_phase_key", "plan_addon_max_quantity_must_not_be_set"},
        ),
    ],
)
def test_an_offer_that_does_not_fit_is_refused_with_every_reason(
    api: httpx.Client, addon_changes: dict[str, Any], offer_changes: dict[str, Any], expected: set[str]
) -> None:
    pro = made(api, PLANS, trial_and_main())
    more = made(api, ADDONS, addon() | addon_changes, published=True)
    offers = f"{PLANS}/{pro['id']}/addons"
    body = {"addonId": more["id"], "fromPlanPhase": "main"} | offer_changes
    assert set(codes(api.post(offers, json=body))) == expected
    assert api.get(offers).json()["totalCount"] == 0


def test_only_add_ons_on_sale_are_offered_and_only_by_plans_that_are_not_archived(api: httpx.Client) -> None:
    pro = made(api, PLANS, plan(FEE), published=True)
    offers = f"{PLANS}/{pro['id']}/addons"
    draft = made(api, ADDONS, addon())
    body = {"addonId": draft["id"], "fromPlanPhase": "main"}
    assert codes(api.post(offers, json=body)) == ["plan_addon_incompatible_status"]
    assert api.post(f"{ADDONS}/{draft['id']}/publish").status_code == 200
    assert api.post(offers, json=body).status_code == 201
    assert api.post(offers, json=body).status_code == 409
    assert api.post(f"{PLANS}/{pro['id']}/archive").status_code == 200
    assert api.delete(f"{offers}/seats").status_code == 204
    assert codes(api.post(offers, json=body)) == ["plan_addon_incompatible_status"]


def test_a_plan_is_not_published_with_an_add_on_that_no_longer_fits(api: httpx.Client) -> None:
    pro = made(api, PLANS, plan(FEE))
    seats = made(api, ADDONS, addon(), published=True)
    offers = f"{PLANS}/{pro['id']}/addons"
    assert api.post(offers, json={"addonId": seats["id"], "fromPlanPhase": "main"}).status_code == 201
    assert api.delete(f"{ADDONS}/{seats['id']}").status_code == 403
    api.post(f"{ADDONS}/{seats['id']}/archive")
    assert api.delete(f"{ADDONS}/{seats['id']}").status_code == 409
    [offer] = api.get(offers).json()["items"]
    assert [issue["code"] for issue in offer["validationErrors"]] == ["plan_addon_incompatible_status"]
    [issue] = api.get(f"{PLANS}/{pro['id']}").json()["validationErrors"]
    assert (issue["code"], issue["field"]) == ("plan_has_incompatible_addon", "addons[0].addon.status")
    assert codes(api.post(f"{PLANS}/{pro['id']}/publish")) == ["plan_has_incompatible_addon"]
    assert api.delete(f"{offers}/{seats['id']}").status_code == 204
    assert api.post(f"{PLANS}/{pro['id']}/publish").status_code == 200


def test_the_next_version_of_a_plan_offers_what_the_one_before_offers(api: httpx.Client) -> None:
    pro = made(api, PLANS, plan(FEE), published=True)
    for key in ("kept", "ended"):
        more = made(api, ADDONS, addon(key=key, instanceType="multiple"), published=True)
        body = {"addonId": more["id"], "fromPlanPhase": "main", "maxQuantity": 3}
        assert api.post(f"{PLANS}/{pro['id']}/addons", json=body).status_code == 201
    api.post(f"{ADDONS}/{more['id']}/archive")
    following = api.post(f"{PLANS}/pro/next").json()
    offered = api.get(f"{PLANS}/{following['id']}/addons").json()["items"]
    assert [(offer["addon"]["key"], offer["maxQuantity"]) for offer in offered] == [("kept", 3)]


def test_offers_are_filtered_and_sorted_by_the_add_on(api: httpx.Client) -> None:
    pro = made(api, PLANS, plan(FEE))
    offers = f"{PLANS}/{pro['id']}/addons"
    for key in ("b", "a", "c"):
        more = made(api, ADDONS, addon(key=key), published=True)
        api.post(offers, json={"addonId": more["id"], "fromPlanPhase": "main"})
    api.delete(f"{offers}/c")

    def listed(**params: Any) -> list[str]:
        return [found["addon"]["key"] for found in api.get(offers, params=params).json()["items"]]

    assert listed(orderBy="key") == ["a", "b"]
    assert listed(key="b") == ["b"]
    assert listed(**{"keyVersion[a]": "2"}) == []
    assert sorted(listed(includeDeleted=True)) == ["a", "b", "c"]
    assert listed(pageSize=1, page=2, orderBy="key") == ["b"]
    assert api.get(f"{PLANS}/nothing/addons").status_code == 404


@pytest.mark.parametrize("quantity", [True, 1.5, "3", 2**31, -(2**40)])
def test_a_largest_quantity_is_a_whole_number(api: httpx.Client, quantity: Any) -> None:
    pro = made(api, PLANS, plan(FEE))
    more = made(api, ADDONS, addon(instanceType="multiple"), published=True)
    body = {"addonId": more["id"], "fromPlanPhase": "main", "maxQuantity": quantity}
    assert api.post(f"{PLANS}/{pro['id']}/addons", json=body).status_code == 400
