"""Many who do the same to a plan or an add-on at the same moment: one of them does it, the others are told why not."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.api.test_v3_addons import ADDONS, SEAT, addon, offering
from tests.api.test_v3_plans import FEE, PLANS, phase, plan

__all__ = ["offering"]

MANY = 6


def at_once(act: Callable[[int], httpx.Response]) -> Counter[int]:
    """How many got which status."""
    barrier = Barrier(MANY)

    def one(number: int) -> int:
        barrier.wait()
        answer = act(number)
        assert answer.status_code < 500, answer.text
        return answer.status_code

    with ThreadPoolExecutor(MANY) as crowd:
        return Counter(crowd.map(one, range(MANY)))


@pytest.mark.parametrize(("path", "body"), [(PLANS, plan(FEE)), (ADDONS, addon(SEAT))])
def test_one_draft_is_made_and_published_once(api: httpx.Client, path: str, body: dict[str, object]) -> None:
    assert at_once(lambda _: api.post(path, json=body)) == {201: 1, 409: MANY - 1}
    [draft] = api.get(path).json()["data"]
    assert at_once(lambda _: api.post(f"{path}/{draft['id']}/publish"))[200] == 1
    second = api.post(path, json=body).json()
    outcomes = at_once(
        lambda number: api.post(
            f"{path}/{(second if number % 2 else draft)['id']}/{'publish' if number % 2 else 'archive'}"
        )
    )
    assert outcomes[200] in (1, 2)
    on_sale = api.get(path, params={"filter[status]": "active"}).json()["data"]
    assert [found["id"] for found in on_sale] == [second["id"]]


def test_a_draft_is_changed_before_it_is_published_or_not_at_all(api: httpx.Client) -> None:
    one = f"{PLANS}/{api.post(PLANS, json=plan(FEE)).json()['id']}"
    change = {"name": "Changed", "phases": [phase(FEE, FEE | {"key": "more"})]}

    def act(number: int) -> httpx.Response:
        return api.post(f"{one}/publish") if number == 0 else api.put(one, json=change)

    at_once(act)
    shown = api.get(one).json()
    keys = [card["key"] for card in shown["phases"][0]["rate_cards"]]
    assert (shown["name"], keys) in (("Changed", ["fee", "more"]), ("Pro", ["fee"]))


def test_an_addon_is_offered_once(api: httpx.Client, offering: str) -> None:
    seats = api.post(ADDONS, json=addon(SEAT)).json()["id"]
    api.post(f"{ADDONS}/{seats}/publish")
    wanted = {"name": "Seats", "addon": {"id": seats}, "from_plan_phase": "main"}
    assert at_once(lambda _: api.post(offering, json=wanted)) == {201: 1, 409: MANY - 1}
    assert api.get(offering).json()["meta"]["page"]["total"] == 1
