"""Two processes with a scheduler each: while one keeps billing going in a namespace, the other leaves it alone."""

from datetime import UTC, datetime
from multiprocessing.connection import Connection

from backend import clockwork
from backend.infra import db
from backend.infra.db import Database
from backend.infra.turns import turn
from tests.conftest import Work
from tests.e2e.mortal import PROCESSES, SECONDS
from tests.services.company import sell, standard_invoices


def test_what_another_process_is_at_is_left_to_it(work: Work, database: Database, database_url: str) -> None:
    sell(work, at=datetime.now(UTC))
    ours, theirs = PROCESSES.Pipe()
    other = PROCESSES.Process(target=hold_the_turn, args=(database_url, theirs))
    other.start()
    assert ours.poll(SECONDS)
    ours.recv()
    clockwork.run_in_turn("default")
    assert len(standard_invoices(work)) == int(database.is_sqlite), "a SQLite file has one process"
    ours.send("go on")
    other.join(SECONDS)
    clockwork.run_in_turn("default")
    assert len(standard_invoices(work)) == 1


def hold_the_turn(url: str, told: Connection) -> None:
    """Be at it until the test says so."""
    db.use(db.connect(url))
    with turn(clockwork.turn_of("default")):
        told.send("at it")
        told.recv()
