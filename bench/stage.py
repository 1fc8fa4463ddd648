"""Where a row group measures: a fresh, migrated database on disk and the real server in front of it."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from backend.access import service as access
from backend.infra import db, migrations
from backend.infra.columns import new_id
from backend.infra.context import unit_of_work
from bench.load import Load, Report
from bench.server import ROOT, serving
from tests.postgres import postgres_server

KEY = "ml_bench_root_key_0123456789abcdef"
KINDS = ("SQLite", "PostgreSQL")
DURABLE = ("max_wal_size=4GB", "listen_addresses=127.0.0.1")
"""PostgreSQL as it comes, each commit on disk; only checkpoints are as rare as on any server that takes writes."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of database, and how to get an empty one of it."""

    name: str
    folder: Path
    empty: Callable[[], AbstractContextManager[str]]


@dataclass(frozen=True, slots=True)
class Stage:
    """A server on the database that is also the one of this process."""

    address: str

    def api(self) -> httpx.Client:
        """A client with full access."""
        headers = {"Authorization": f"Bearer {KEY}"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=600)

    def sending(self, load: Load) -> "subprocess.Popen[bytes]":
        """Another process that sends a load to the server, and prints its reports."""
        return subprocess.Popen(
            [sys.executable, "-m", "bench.load", self.address, KEY, json.dumps(asdict(load))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )

    def send(self, load: Load, advanced: Callable[[int], None] = lambda _: None) -> Report:
        """Let another process send a load to the server; `advanced` is told how many more requests were answered."""
        sender = self.sending(load)
        assert sender.stdout is not None
        report = Report(0, 0, 0, 0)
        for line in sender.stdout:
            before, report = report, Report(**json.loads(line))
            advanced(report.requests - before.requests)
        if sender.wait() != 0:
            raise RuntimeError("The load could not be sent; see above.")
        return report


@contextmanager
def kinds(names: list[str]) -> Iterator[list[Kind]]:
    """The kinds of database that are named; a PostgreSQL server runs while the block does."""
    with tempfile.TemporaryDirectory(prefix="meterline-bench-") as folder:
        known = [Kind("SQLite", Path(folder), lambda: _sqlite(Path(folder)))]
        if "PostgreSQL" not in names:
            yield known
            return
        with postgres_server(DURABLE) as server:
            known.append(Kind("PostgreSQL", Path(folder), lambda: _postgres(server)))
            yield [kind for kind in known if kind.name in names]


@contextmanager
def stage(kind: Kind) -> Iterator[Stage]:
    """A fresh database with a server, gone when the block ends."""
    with migrated(kind) as url:
        with unit_of_work() as ctx:
            access.ensure_root_key(ctx, KEY)
        with serving(url, kind.folder / "server.log") as address:
            yield Stage(address)


@contextmanager
def migrated(kind: Kind) -> Iterator[str]:
    """The address of a fresh database, which is the one of this process while the block runs."""
    with kind.empty() as url:
        opened = db.connect(url)
        migrations.upgrade(opened)
        db.use(opened)
        try:
            yield url
        finally:
            db.use(None)


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    path = folder / f"{new_id()}.db"
    yield f"sqlite:///{path}"
    for left in folder.glob(f"{path.name}*"):
        left.unlink()


@contextmanager
def _postgres(server: str) -> Iterator[str]:
    name = f"bench_{new_id().lower()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield make_url(server).set(drivername="postgresql+psycopg", database=name).render_as_string(False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
