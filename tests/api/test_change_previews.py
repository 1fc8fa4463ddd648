"""Money previews over HTTP: told before they are confirmed, for keys that could confirm them."""

from typing import Any

import httpx
import pytest

from tests.api.test_plans import FEE, PLANS, TOKENS, feature, plan
from tests.api.test_subscriptions import SUBSCRIPTIONS, acme, subscribe, use

__all__ = ["acme", "feature"]


def preview(api: httpx.Client, path: str, **body: object) -> dict[str, Any]:
    answer = api.post(f"{SUBSCRIPTIONS}{path}/preview", json=body)
    assert answer.status_code == 200, answer.text
    [found] = answer.json()
    return dict(found)


def test_a_purchase_a_change_and_a_cancelation_are_told_in_money(api: httpx.Client, acme: str) -> None:
    bought = preview(api, "", plan={"key": "pro"}, customerKey=acme)
    assert (bought["currency"], bought["dueNow"], bought["nextInvoiceBefore"]) == ("USD", "20", None)
    assert api.get(f"/api/v1/customers/{acme}/subscriptions").json()["totalCount"] == 0

    subscription = subscribe(api).json()["id"]
    use(api, 1, 500)
    canceled = preview(api, f"/{subscription}/cancel", timing="immediate")
    assert canceled["nextInvoiceAfter"] is None
    edit = [{"op": "remove", "path": "/phases/main/items/fee"}]
    kept = api.post(f"{SUBSCRIPTIONS}/{subscription}/edit/preview", json={"customizations": edit})
    assert kept.status_code == 400
    assert api.get(f"{SUBSCRIPTIONS}/{subscription}").json()["status"] == "active"

    gold = api.post(PLANS, json=plan(FEE | {"name": "Gold"}, TOKENS) | {"key": "gold"}).json()
    assert api.post(f"{PLANS}/{gold['id']}/publish").status_code == 200
    changed = preview(api, f"/{subscription}/change", plan={"key": "gold"}, timing="next_billing_cycle")
    assert {line["name"] for line in changed["lines"]} >= {"Gold"}


def test_second_thoughts_are_told_in_money_too(api: httpx.Client, acme: str) -> None:
    subscription = subscribe(api).json()["id"]
    change = {"plan": {"key": "pro"}, "timing": "next_billing_cycle"}
    following = api.post(f"{SUBSCRIPTIONS}/{subscription}/change", json=change).json()["next"]["id"]
    removed = preview(api, f"/{following}/delete")
    assert removed["nextInvoiceBefore"] != removed["nextInvoiceAfter"]
    restored = preview(api, f"/{subscription}/restore")
    assert restored["nextInvoiceAfter"] == restored["nextInvoiceBefore"]
    assert api.get(f"/api/v1/customers/{acme}/subscriptions").json()["totalCount"] == 2
    assert api.delete(f"{SUBSCRIPTIONS}/{following}").status_code == 204
    assert preview(api, f"/{subscription}/unschedule-cancelation")["nextInvoiceAfter"] is not None
    assert api.get(f"{SUBSCRIPTIONS}/{subscription}").json()["status"] == "canceled"


@pytest.mark.parametrize("path", ["/01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel", "/01ARZ3NDEKTSV4RRFFQ69G5FAV/migrate"])
def test_what_does_not_exist_has_no_preview(api: httpx.Client, path: str) -> None:
    assert api.post(f"{SUBSCRIPTIONS}{path}/preview", json={}).status_code == 404


def test_a_key_that_may_only_read_previews_nothing(api: httpx.Client, acme: str) -> None:
    made = api.post("/api/v1/api-keys", json={"name": "reader", "scope": "read"}).json()
    reader = {"Authorization": f"Bearer {made['secret']}"}
    answer = api.post(f"{SUBSCRIPTIONS}/preview", json={"plan": {"key": "pro"}, "customerKey": acme}, headers=reader)
    assert answer.status_code == 403
