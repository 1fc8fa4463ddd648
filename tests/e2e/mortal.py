"""A run of what is due in a process of its own, which dies at a chosen commit as if the power had failed."""

import multiprocessing
import os
import signal
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from backend import clockwork
from backend.infra import db
from backend.invoicing.models import Invoice

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Death:
    """When the process dies: before a commit of rows, counted from 1, or right after the first that writes these."""

    before: int = 0
    after: frozenset[str] = frozenset()


def run_until(death: Death, url: str, namespace: str, now: datetime) -> frozenset[str] | None:
    """Do what is due, and die; returns what the last commit wrote, None when it outlived."""
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_live, args=(death, url, namespace, now, theirs))
    process.start()
    theirs.close()
    process.join(SECONDS)
    assert process.exitcode in {0, -signal.SIGKILL}
    return None if process.exitcode == 0 else ours.recv()


def _live(death: Death, url: str, namespace: str, now: datetime, told: Connection) -> None:
    opened = db.connect(url)
    db.use(opened)
    mortality = Mortality(death, told)
    event.listen(opened.writer, "commit", mortality.on_commit)
    event.listen(Session, "after_flush", mortality.on_flush)
    event.listen(Session, "after_commit", mortality.on_committed)
    clockwork.run_due(namespace, now=now)


class Mortality:
    """Counts commits of rows, and kills this process at one of them."""

    def __init__(self, death: Death, told: Connection) -> None:
        self.death = death
        self.told = told
        self.commits = 0
        self.written: set[str] = set()

    def on_flush(self, session: Session, _flush: Any) -> None:
        """Remember what is being written: kinds of rows, and the states that invoices come into."""
        rows = [*session.new, *session.dirty, *session.deleted]
        self.written |= {row.status if isinstance(row, Invoice) else type(row).__name__ for row in rows}

    def on_commit(self, _connection: Any) -> None:
        """The database is about to keep a transaction."""
        self.commits += bool(self.written)
        if self.written and self.commits == self.death.before:
            self._die()

    def on_committed(self, _session: Session) -> None:
        """The database has kept a transaction."""
        if self.written and self.written == self.death.after:
            self._die()
        self.written.clear()

    def _die(self) -> None:
        self.told.send(frozenset(self.written))
        os.kill(os.getpid(), signal.SIGKILL)
