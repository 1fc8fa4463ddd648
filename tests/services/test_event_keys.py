"""Dedupe keys: unambiguous, permanent, the same for events from before there were keys."""

import os
from datetime import UTC, datetime

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlmodel import func, select

import backend.metering.service  # noqa: F401 - counts what is stored
from backend.infra import migrations
from backend.infra.db import Database
from backend.ingest import keys, service
from backend.ingest.models import RecentKey, SettledKey
from backend.ingest.service import CloudEvent, Ingested
from tests.conftest import Work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE_KEYS = "0005"


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
    assert {len(keys.key_of(*names)) for names in named} == {keys.KEY_BYTES}


def test_keys_are_kept_whichever_table_they_are_in(work: Work, database: Database) -> None:
    """More than one round through the stretches, each key claimed again while some have moved and some have not."""
    batches = [[os.urandom(16) for _ in range(keys.NEW_KEYS_PER_STRETCH)] for _ in range(6)]
    batches += [[bytes([first, second]) + os.urandom(14) for first in range(256)] for second in range(4)]
    for batch in batches:
        with work() as ctx:
            assert keys.claim(ctx, batch) == set(batch)
    with work() as ctx:
        assert keys.claim(ctx, [key for batch in batches for key in batch]) == set()
        recent, settled = (
            ctx.session.exec(select(func.count()).select_from(kind)).one() for kind in (RecentKey, SettledKey)
        )
        assert recent + settled == sum(map(len, batches))
        assert settled > 0


def test_one_stretch_is_due_after_so_many_new_keys() -> None:
    turns = keys.Turns()
    assert turns.after(keys.NEW_KEYS_PER_STRETCH - 1) == []
    first = turns.after(1)
    assert len(first) == 1
    several = turns.after(3 * keys.NEW_KEYS_PER_STRETCH)
    assert several == [(first[0] + step) % keys.STRETCHES for step in (1, 2, 3)]
    assert len(turns.after(1_000_000)) == keys.STRETCHES, "never one twice"


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
