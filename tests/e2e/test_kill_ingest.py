"""Whatever kills the server while events come in: what was acknowledged is kept, and what is sent again counts once."""

import threading
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlmodel import select

from backend.access import service as access
from backend.infra.context import unit_of_work
from backend.infra.db import Database
from backend.ingest.models import UsageEvent
from backend.metering.models import UsageDay
from tests.conftest import ROOT_KEY
from tests.e2e.process import ApiProcess

BATCH_SENDERS, SINGLE_SENDERS, BATCH, DEATHS = 4, 8, 20, 3
ACKNOWLEDGED_BEFORE_DEATH = 150
METER = {"slug": "tokens", "eventType": "prompt", "aggregation": "SUM", "valueProperty": "$.tokens"}


@pytest.fixture
def process(database: Database, database_url: str) -> Iterator[ApiProcess]:
    """A server that can be killed, with ROOT_KEY as its full-access key."""
    with unit_of_work() as ctx:
        access.ensure_root_key(ctx, ROOT_KEY)
    process = ApiProcess(database_url)
    process.start()
    yield process
    process.kill()


def client(process: ApiProcess) -> httpx.Client:
    headers = {"Authorization": f"Bearer {ROOT_KEY}"}
    return httpx.Client(base_url=process.address, headers=headers, timeout=30)


def size(sender: int) -> int:
    """How many events a sender puts into one request."""
    return BATCH if sender < BATCH_SENDERS else 1


def batch(sender: int, number: int) -> list[dict[str, Any]]:
    return [
        {
            "specversion": "1.0",
            "id": f"{sender}/{number}/{place}",
            "source": "app",
            "type": "prompt",
            "subject": f"subject-{sender}",
            "data": {"tokens": "0.1"},
        }
        for place in range(size(sender))
    ]


class Senders:
    """Programs that send one batch after another until the server is gone, and note what was acknowledged."""

    def __init__(self, process: ApiProcess) -> None:
        self.process = process
        self.sent: list[tuple[int, int]] = []
        self.acknowledged: list[tuple[int, int]] = []
        self.enough = threading.Event()

    def send_until_the_server_dies(self, life: int) -> None:
        self.enough.clear()
        goal = len(self.acknowledged) + ACKNOWLEDGED_BEFORE_DEATH
        threads = [
            threading.Thread(target=self._send, args=(sender, life, goal))
            for sender in range(BATCH_SENDERS + SINGLE_SENDERS)
        ]
        for thread in threads:
            thread.start()
        assert self.enough.wait(60)
        self.process.kill()
        for thread in threads:
            thread.join()

    def _send(self, sender: int, life: int, goal: int) -> None:
        with client(self.process) as api:
            for number in range(life * 100_000, (life + 1) * 100_000):
                self.sent.append((sender, number))
                try:
                    api.post("/api/v1/events", json=batch(sender, number)).raise_for_status()
                except httpx.TransportError:
                    return
                self.acknowledged.append((sender, number))
                if len(self.acknowledged) >= goal:
                    self.enough.set()


def stored() -> Counter[tuple[int, int]]:
    """How many events of each request are there."""
    with unit_of_work(writing=False) as ctx:
        ids = ctx.session.exec(select(UsageEvent.event_id)).all()
    parts = (event_id.split("/") for event_id in ids)
    return Counter((int(sender), int(number)) for sender, number, _ in parts)


def rolled_up() -> tuple[int, Decimal]:
    """The events and their sum, as the rollup has them."""
    with unit_of_work(writing=False) as ctx:
        days = ctx.session.exec(select(UsageDay.events, UsageDay.value)).all()
    return sum(day.events for day in days), sum((day.value for day in days), Decimal(0))


def test_kill_9_during_ingest_loses_nothing_acknowledged_and_a_resend_doubles_nothing(process: ApiProcess) -> None:
    with client(process) as api:
        api.post("/api/v1/meters", json=METER).raise_for_status()
    senders = Senders(process)
    for life in range(DEATHS):
        senders.send_until_the_server_dies(life)
        found = stored()
        assert found == {request: size(request[0]) for request in found}, "a request is stored whole or not at all"
        assert set(senders.acknowledged) <= found.keys() <= set(senders.sent)
        assert rolled_up() == (found.total(), found.total() * Decimal("0.1"))
        process.start()
    assert process.deaths == DEATHS
    with client(process) as api:
        for sender, number in senders.sent:
            api.post("/api/v1/events", json=batch(sender, number)).raise_for_status()
        [row] = api.get("/api/v1/meters/tokens/query").json(parse_float=Decimal)["data"]
    sent = sum(size(sender) for sender, _ in senders.sent)
    assert row["value"] == sent * Decimal("0.1")
    assert stored() == {(sender, number): size(sender) for sender, number in senders.sent}
    assert rolled_up() == (sent, row["value"])
