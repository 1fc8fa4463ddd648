"""Which events are here already: one key of 16 bytes for each (namespace, source, id), for ever.

Keys are hashes, so each lands in another place of the index. SQLite writes whole pages, and would write one for nearly
every event once the index is large: there, new keys go into a small table, and every now and then a stretch of it
moves, in order, into the large one. The database decides inside the write. Source: metering spec 2.1, ADR 0013.
"""

import os
import threading
from collections.abc import Collection
from hashlib import blake2b

from sqlalchemy import Column, insert
from sqlmodel import col, delete, select

from backend.infra import bulk
from backend.infra.context import Context
from backend.ingest.models import RecentKey, SettledKey

KEY_BYTES = 16
STRETCHES = 256
"""A stretch has the keys with one first byte."""

NEW_KEYS_PER_STRETCH = 1_024
"""The small table has 256 times 1,024 keys at the most, half of that in the middle."""

_CLAIM_ON_POSTGRES = f"""
    INSERT INTO usage_event_key (key)
    SELECT substring(%(keys)b FROM place FOR {KEY_BYTES})
    FROM generate_series(1, length(%(keys)b), {KEY_BYTES}) AS place
    ON CONFLICT DO NOTHING RETURNING key
"""  # noqa: S608 - a number of ours
"""All keys travel as one value: to write a list of them takes the driver longer than to store them."""

_OLD_ON_SQLITE = """
    SELECT key FROM asked JOIN usage_event_key_recent USING (key)
    UNION ALL SELECT key FROM asked JOIN usage_event_key USING (key)
"""

_RECENT: Column[bytes] = RecentKey.metadata.tables["usage_event_key_recent"].c.key


def key_of(namespace: str, source: str, event_id: str) -> bytes:
    """The key of an event. The lengths in front keep `a` + `bc` and `ab` + `c` apart."""
    named = f"{len(namespace)} {len(source)} {namespace}{source}{event_id}"
    return blake2b(named.encode(), digest_size=KEY_BYTES).digest()


def claim(ctx: Context, keys: Collection[bytes]) -> frozenset[bytes]:
    """Take the keys that nobody has yet and return them; they are taken once the unit of work commits.

    Whoever claims one of them at the same moment waits for that.
    """
    in_order = sorted(keys)  # two claims of the same keys never wait for each other
    if ctx.session.get_bind().dialect.name != "sqlite":
        inserted = ctx.session.connection().exec_driver_sql(_CLAIM_ON_POSTGRES, {"keys": b"".join(in_order)})
        return frozenset(inserted.scalars())
    old = {key for (key,) in bulk.find(ctx, [_RECENT], [in_order], _OLD_ON_SQLITE)}
    new = [key for key in in_order if key not in old] if old else in_order
    bulk.insert(ctx, [_RECENT], [new])
    for stretch in TURNS.after(len(new)):
        _settle(ctx, stretch)
    return frozenset(new)


def _settle(ctx: Context, first_byte: int) -> None:
    """Move one stretch of keys from the small table to the large one."""
    stretch = [col(RecentKey.key) >= bytes([first_byte])]
    if first_byte + 1 < STRETCHES:
        stretch.append(col(RecentKey.key) < bytes([first_byte + 1]))
    moved = select(RecentKey.key).where(*stretch).order_by(col(RecentKey.key))
    connection = ctx.session.connection()
    connection.execute(insert(SettledKey).prefix_with("OR FAIL", dialect="sqlite").from_select(["key"], moved))
    connection.execute(delete(RecentKey).where(*stretch))


class Turns:
    """Whose turn it is to settle: one stretch after another, each time that many new keys have come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stretch = os.urandom(1)[0]
        self._new = 0

    def after(self, new: int) -> list[int]:
        """The stretches to settle now that so many more keys are new."""
        with self._lock:
            turns, self._new = divmod(self._new + new, NEW_KEYS_PER_STRETCH)
            first, self._stretch = self._stretch, (self._stretch + turns) % STRETCHES
        return [(first + turn) % STRETCHES for turn in range(min(turns, STRETCHES))]


TURNS = Turns()
"""The one of this process."""
