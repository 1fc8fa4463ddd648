"""A server that is asked to stop stores what it has taken in, and then ends; nothing acknowledged is lost."""

import subprocess
import sys
import threading
from collections.abc import Iterator

import httpx
import pytest
from sqlmodel import select

from backend.access import service as access
from backend.infra.context import unit_of_work
from backend.infra.db import Database
from backend.ingest.models import UsageEvent
from tests.conftest import ROOT_KEY
from tests.e2e.process import ROOT, ApiProcess

SENDERS, BEFORE_STOP = 8, 40
TAKEN_IN = """
import backend.metering.service  # counts what is stored
from backend.infra.actor import SYSTEM, Identity
from backend.ingest.cloudevents import Shape
from backend.ingest.receive import receive

event = '{"specversion":"1.0","id":"%d","source":"app","type":"prompt","subject":"acme"}'
for number in range(300):
    receive(Identity("default", SYSTEM), (event % number).encode(), Shape.ONE)
"""
"""A program that takes events in and ends without waiting for any of them."""


@pytest.fixture
def process(database: Database, database_url: str) -> Iterator[ApiProcess]:
    """A server that can be stopped, with ROOT_KEY as its full-access key."""
    with unit_of_work() as ctx:
        access.ensure_root_key(ctx, ROOT_KEY)
    process = ApiProcess(database_url)
    process.start()
    yield process
    process.kill()


def stored() -> set[str]:
    with unit_of_work(writing=False) as ctx:
        return set(ctx.session.exec(select(UsageEvent.event_id)).all())


def test_requests_under_way_are_answered_before_the_server_ends(process: ApiProcess) -> None:
    acknowledged: list[str] = []
    refused: list[str] = []
    enough = threading.Event()

    def send(sender: int) -> None:
        headers = {"Authorization": f"Bearer {ROOT_KEY}"}
        with httpx.Client(base_url=process.address, headers=headers, timeout=30) as api:
            for number in range(100_000):
                named = {"id": f"{sender}/{number}", "source": "app", "type": "prompt", "subject": "acme"}
                try:
                    answer = api.post("/api/v1/events", json={"specversion": "1.0"} | named)
                except httpx.TransportError:
                    return
                (acknowledged if answer.is_success else refused).append(named["id"])
                if len(acknowledged) >= BEFORE_STOP:
                    enough.set()

    senders = [threading.Thread(target=send, args=(number,)) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    assert enough.wait(60)
    process.stop()
    for sender in senders:
        sender.join()
    assert refused == []
    assert set(acknowledged) <= stored()


def test_a_process_that_ends_stores_what_waits(database: Database, database_url: str) -> None:
    environment = {"METERLINE_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", TAKEN_IN], cwd=ROOT, env=environment, check=True, timeout=60)
    assert stored() == {str(number) for number in range(300)}
