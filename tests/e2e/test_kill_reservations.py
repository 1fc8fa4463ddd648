"""Whatever kills the server while a quota is reserved and used: no unit is granted twice, and each use counts once."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlmodel import select

from backend.access import service as access
from backend.catalog.templates import MeteredTemplate
from backend.engine.recurrence import MONTH
from backend.entitlements import service
from backend.entitlements.service import EntitlementInput
from backend.infra.context import unit_of_work
from backend.infra.db import Database
from backend.ingest.models import UsageEvent
from tests.conftest import ROOT_KEY
from tests.e2e.process import ApiProcess
from tests.shop import customer, tokens_feature

QUOTA, RESERVERS, DEATHS = 60, 6, 2
ANSWERED_BEFORE_DEATH = 10
ENTITLEMENT = "/api/v1/customers/acme/entitlements/tokens"
RESERVATIONS = f"{ENTITLEMENT}/reservations"


@pytest.fixture
def process(database: Database, database_url: str) -> Iterator[ApiProcess]:
    """A server that can be killed; its customer `acme` may use 60 tokens a month."""
    with unit_of_work() as ctx:
        access.ensure_root_key(ctx, ROOT_KEY)
        tokens, acme = tokens_feature(ctx), customer(ctx)
        since = ctx.now - timedelta(hours=1)
        wanted = EntitlementInput(acme.id, tokens, MeteredTemplate(Decimal(QUOTA)), since, usage_period=MONTH)
        service.create(ctx, wanted)
    process = ApiProcess(database_url)
    process.start()
    yield process
    process.kill()


def client(process: ApiProcess) -> httpx.Client:
    return httpx.Client(base_url=process.address, headers={"Authorization": f"Bearer {ROOT_KEY}"}, timeout=30)


def reserve(api: httpx.Client, key: str) -> dict[str, Any]:
    answer = api.post(RESERVATIONS, json={"amount": 1, "ttl": "PT1H", "idempotencyKey": key})
    assert answer.status_code in (200, 201), answer.text
    made: dict[str, Any] = answer.json()
    return made


def commit(api: httpx.Client, reservation_id: str) -> None:
    answer = api.post(f"{RESERVATIONS}/{reservation_id}/commit")
    assert answer.status_code == 200, answer.text


class Reservers:
    """Programs that reserve, and commit every other reservation, until the server is gone; they note what it said."""

    def __init__(self, process: ApiProcess) -> None:
        self.process = process
        self.asked: list[str] = []
        self.granted: dict[str, str] = {}
        self.refused = 0
        self.committed: list[str] = []
        self.enough = threading.Event()

    def reserve_until_the_server_dies(self, life: int) -> None:
        self.enough.clear()
        goal = len(self.granted) + ANSWERED_BEFORE_DEATH
        threads = [threading.Thread(target=self._reserve, args=(place, life, goal)) for place in range(RESERVERS)]
        for thread in threads:
            thread.start()
        assert self.enough.wait(60)
        self.process.kill()
        for thread in threads:
            thread.join()

    def _reserve(self, place: int, life: int, goal: int) -> None:
        with client(self.process) as api:
            for number in range(QUOTA):
                key = f"{place}/{life}/{number}"
                self.asked.append(key)
                try:
                    made = reserve(api, key)
                    if made["outcome"] == "refused":
                        self.refused += 1
                        self.enough.set()
                        continue
                    self.granted[key] = made["id"]
                    if number % 2:
                        commit(api, made["id"])
                        self.committed.append(made["id"])
                except httpx.TransportError:
                    return
                if len(self.granted) >= goal:
                    self.enough.set()


def used(api: httpx.Client) -> tuple[Decimal, Decimal, Decimal]:
    """What is used, reserved and left."""
    value = api.get(f"{ENTITLEMENT}/value").json(parse_float=Decimal)
    assert value["overage"] == 0
    return value["usage"], value.get("reserved", Decimal(0)), value["balance"]


def stored() -> Counter[str]:
    """How many events there are of each id."""
    with unit_of_work(writing=False) as ctx:
        return Counter(ctx.session.exec(select(UsageEvent.event_id)).all())


def test_kill_9_among_reservers_grants_no_unit_twice_and_counts_each_use_once(process: ApiProcess) -> None:
    reservers = Reservers(process)
    for life in range(DEATHS):
        reservers.reserve_until_the_server_dies(life)
        process.start()
        with client(process) as api:
            usage, reserved, left = used(api)
        assert usage + reserved + left == QUOTA
        assert len(reservers.granted) <= usage + reserved <= len(reservers.asked)
        assert set(reservers.committed) <= stored().keys()
        assert usage == len(stored())
    assert process.deaths == DEATHS
    with client(process) as api:
        again = {key: reserve(api, key) for key in reservers.asked}
        assert {key: again[key]["id"] for key in reservers.granted} == reservers.granted
        more = [reserve(api, f"more/{number}") for number in range(QUOTA)]
        granted = {made["id"] for made in (*again.values(), *more) if made["outcome"] == "granted"}
        assert len(granted) == QUOTA
        for reservation_id in granted:
            commit(api, reservation_id)
        assert used(api) == (QUOTA, 0, 0)
    assert stored() == dict.fromkeys(granted, 1)
