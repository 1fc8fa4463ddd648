"""What tests are given: a fresh database of each kind, units of work, the API, the official SDK."""

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings
from openmeter import Client
from sqlalchemy import event

from backend.access import service as access
from backend.api.app import create_api
from backend.api.observe import Observed
from backend.infra import db
from backend.infra.context import Context, unit_of_work
from backend.infra.db import Database
from tests.contract import Contract
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.postgres import postgres_server

ROOT_KEY = "ml_test_root_key_0123456789abcdef"
FINISH_SECONDS = 60
NOBODY_TRUSTED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of addresses without TLS: to load the world's certificates for each would take most of a test's time."""
LONG = ("e2e", "scenarios", "services/test_seed.py", "portal")
Work = Callable[..., AbstractContextManager[Context]]

# "quick" is what a person waits for; CI asks for --hypothesis-profile thorough
_always_the_same = hypothesis_settings(deadline=None, database=None, derandomize=True)
hypothesis_settings.register_profile("quick", _always_the_same, max_examples=20)
hypothesis_settings.register_profile("thorough", _always_the_same, max_examples=200)
hypothesis_settings.load_profile("quick")


# a line for each request would land between the dots: the server finishes after its client has the answer
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process waits for another one's at the end."""
    tests = Path(__file__).parent
    items.sort(key=lambda item: not any(item.path.is_relative_to(tests / place) for place in LONG))


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    with postgres_server() as server:
        databases = PostgresDatabases(server)
        yield databases
        databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres_databases"
    with request.getfixturevalue(name).fresh() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The fresh database, in the place of the process's own; like our PostgreSQL it does not wait for the disk."""
    opened = _open(database_url)
    db.use(opened)
    yield opened
    db.use(None)


@cache
def _open(url: str) -> Database:
    """One for each address: what its engine has compiled for one test serves the next at this address."""
    opened = db.connect(url)
    if opened.is_sqlite:
        event.listen(opened.writer, "connect", _write_without_waiting)
    return opened


def _write_without_waiting(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """What the database is asked while the test runs, in SQL; without SQLite's writer."""
    asked: list[str] = []

    def note(*call: Any) -> None:
        asked.append(call[2])

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.fixture
def work(database: Database) -> Work:
    """`with work(now=...) as ctx:` opens a unit of work of namespace default at a chosen instant."""

    def open_work(namespace: str = "default", *, now: datetime | None = None, **options: Any) -> Any:
        return unit_of_work(namespace, now=now, **options)

    return open_work


@pytest.fixture(scope="session")
def application() -> FastAPI:
    """The REST API, built once: it finds the test's database where a server finds the process's own."""
    return create_api()


@pytest.fixture(scope="session")
def served_api(application: FastAPI) -> Iterator["serving"]:
    """The REST API on a port of its own, until the last test of this process."""
    with (served := serving(Observed(application))):
        yield served


@pytest.fixture
def server(database: Database, served_api: "serving") -> Iterator[str]:
    """The address of the REST API, served for real, with ROOT_KEY as its full-access key."""
    with unit_of_work() as ctx:
        access.ensure_root_key(ctx, ROOT_KEY)
    yield served_api.address
    served_api.finish_requests()


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """An HTTP client of the API with full access."""
    headers = {"Authorization": f"Bearer {ROOT_KEY}"}
    with httpx.Client(base_url=server, headers=headers, timeout=30, verify=NOBODY_TRUSTED) as client:
        yield client


@pytest.fixture
def sdk(server: str) -> Iterator[Client]:
    """The official OpenMeter SDK, pointed at the API; it does not retry, so that errors show at once."""
    with Client(endpoint=server, token=ROOT_KEY, retry_total=0) as client:
        yield client


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Checks answers against OpenMeter's published documents; passes everything where they are absent."""
    return Contract(Path(__file__).parents[2] / "shared" / "contract")


class serving:  # noqa: N801 - reads as a verb: with serving(app) as address
    """Serve an ASGI app on a free loopback port while the block runs."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    @property
    def address(self) -> str:
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def finish_requests(self) -> None:
        """Wait until no request is under way, so that none reaches the database of the next test."""
        until = time.monotonic() + FINISH_SECONDS
        while self.server.server_state.tasks:
            assert time.monotonic() < until, "a request of this test does not end"
            time.sleep(0.002)

    def __enter__(self) -> str:
        self.thread.start()
        while not self.server.started:
            if not self.thread.is_alive():
                raise RuntimeError("The server did not start.")
            time.sleep(0.002)
        return self.address

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
