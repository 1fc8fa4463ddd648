"""Dedupe keys: unambiguous, permanent, the same for events from before there were keys."""

import hashlib
import os
from datetime import UTC, datetime

from alembic import command
from alembic.config import Config
from sqlalchemy import text

import backend.metering.service  # noqa: F401 - counts what is stored
from backend.infra import migrations
from backend.infra.db import Database
from backend.ingest import keys, service
from backend.ingest.models import KEY_BYTES
from backend.ingest.service import CloudEvent, Ingested
from tests.conftest import Work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE_KEYS = "0005"
BEFORE_ROWS_OF_KEYS = "0020"


def event(id: str, source: str = "app") -> CloudEvent:  # noqa: A002 - the field's name
    return CloudEvent(id, source, "prompt", "acme", NOON, '{"user": "ann"}')


def test_no_two_events_share_a_key() -> None:
    named = [
        ("n", "a-b", "c"),
        ("n", "a", "b-c"),
        ("n", "a", "bc"),
        ("n", "ab", "c"),
        ("na", "b", "c"),
        ("n", "é", "c"),
    ]
    assert len({keys.key_of(*names) for names in named}) == len(named)
    assert {len(keys.key_of(*names)) for names in named} == {KEY_BYTES}


def test_the_key_of_an_event_never_changes() -> None:
    """Keys are permanent: another text or hash would let every stored event in once more."""
    text = "7 3 defaultappé-1"
    assert keys.key_of("default", "app", "é-1") == hashlib.blake2b(text.encode(), digest_size=KEY_BYTES).digest()


def test_recent_keys_from_before_they_were_written_together_stay_taken(work: Work, database: Database) -> None:
    recent, permanent, together = ([os.urandom(16) for _ in range(100)] for _ in range(3))
    with work() as ctx:
        keys.claim(ctx, together)
    with database.writer.begin() as connection:
        config = Config(str(migrations.ROOT / "alembic.ini"))
        config.attributes["connection"] = connection
        command.downgrade(config, BEFORE_ROWS_OF_KEYS)
        for table, held in (("usage_event_key_recent", recent), ("usage_event_key", permanent)):
            connection.execute(text(f"INSERT INTO {table} (key) VALUES (:key)"), [{"key": key} for key in held])
    database.close()
    migrations.upgrade(database)
    with work() as ctx:
        new = os.urandom(16)
        assert keys.claim(ctx, [*recent, *permanent, *together, new]) == {new}


def test_events_from_before_there_were_keys_are_not_stored_again(work: Work, database: Database) -> None:
    with database.writer.begin() as connection:
        config = Config(str(migrations.ROOT / "alembic.ini"))
        config.attributes["connection"] = connection
        command.downgrade(config, BEFORE_KEYS)
        store = text(
            "INSERT INTO usage_event (id, namespace, source, event_id, type, subject, time, ingested_at, stored_at)"
            " VALUES (:id, 'default', :source, :event_id, 'prompt', 'acme', :at, :at, :at)"
        )
        at = "2026-03-01 12:00:00.000000" if database.is_sqlite else NOON
        for number, (source, event_id) in enumerate([("app", "1"), ("ap", "p2")]):
            connection.execute(store, {"id": f"{number:026}", "source": source, "event_id": event_id, "at": at})
    migrations.upgrade(database)
    with work(now=NOON) as ctx:
        sent = [event("1"), event("p2", source="ap"), event("2"), event("2", source="app2")]
        assert service.ingest(ctx, sent) == Ingested(stored=2, duplicates=2)
