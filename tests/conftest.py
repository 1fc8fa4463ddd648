"""What tests are given: a fresh database of each kind, units of work, the API, the official SDK."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import settings as hypothesis_settings
from openmeter import Client
from starlette.types import ASGIApp

from backend.access import service as access
from backend.api.app import create_observed_api
from backend.infra import db
from backend.infra.context import Context, unit_of_work
from backend.infra.db import Database
from tests.contract import Contract
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.postgres import postgres_server

ROOT_KEY = "ml_test_root_key_0123456789abcdef"
Work = Callable[..., AbstractContextManager[Context]]

# "quick" is what a person waits for; CI asks for --hypothesis-profile thorough
_always_the_same = hypothesis_settings(deadline=None, database=None, derandomize=True)
hypothesis_settings.register_profile("quick", _always_the_same, max_examples=20)
hypothesis_settings.register_profile("thorough", _always_the_same, max_examples=200)
hypothesis_settings.load_profile("quick")


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
    """The fresh database, in the place of the process's own."""
    opened = db.connect(database_url)
    db.use(opened)
    yield opened
    db.use(None)


@pytest.fixture
def work(database: Database) -> Work:
    """`with work(now=...) as ctx:` opens a unit of work of namespace default at a chosen instant."""

    def open_work(namespace: str = "default", *, now: datetime | None = None, **options: Any) -> Any:
        return unit_of_work(namespace, now=now, **options)

    return open_work


@pytest.fixture(scope="session")
def application() -> ASGIApp:
    """The REST API, built once: it finds the test's database where a server finds the process's own."""
    return create_observed_api()


@pytest.fixture
def server(database: Database, application: ASGIApp) -> Iterator[str]:
    """The address of the REST API, served for real, with ROOT_KEY as its full-access key."""
    with unit_of_work() as ctx:
        access.ensure_root_key(ctx, ROOT_KEY)
    with serving(application) as address:
        yield address


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """An HTTP client of the API with full access."""
    with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {ROOT_KEY}"}, timeout=30) as client:
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

    def __enter__(self) -> str:
        self.thread.start()
        while not self.server.started:
            if not self.thread.is_alive():
                raise RuntimeError("The server did not start.")
            time.sleep(0.002)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
