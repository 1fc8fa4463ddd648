"""The dedupe keys that came not long ago, on SQLite: written down once, together, and known by heart until they settle.

Keys are hashes, so each lands in another place of `usage_event_key`. SQLite writes whole pages, and would write one for
nearly every key once that table is large. So a unit of work writes its new keys as one row; when many are known, a
stretch of them moves, in order, into the table. In whatever was committed, each key is in exactly one of these places:

- it has been settled, and is in `usage_event_key`;
- it is in a row of `usage_event_key_recent`, and its stretch has not had a turn since that row was written.

Source: metering spec 2.1, ADR 0013.
"""

from collections.abc import Sequence

from sqlalchemy import Column
from sqlmodel import col, select

from backend.infra import bulk
from backend.infra.context import Context
from backend.infra.remembered import remembered
from backend.ingest.models import RecentKeys, SettledKey, each_key

STRETCHES = 256
"""A stretch has the keys with one first byte."""

MOST_UNSETTLED = 262_144
"""So many keys are known by heart, in about 35 MB. A stretch then has 2,048 of them when its turn comes: the more, the
fewer of the large table's pages are written for each."""

_SETTLED: Column[bytes] = SettledKey.metadata.tables["usage_event_key"].c.key
_ROW = [RecentKeys.metadata.tables["usage_event_key_recent"].c[name] for name in ("id", "turn", "keys")]
_SETTLED_AMONG = "SELECT key FROM asked JOIN usage_event_key USING (key)"
_ROWS = select(RecentKeys.id, RecentKeys.turn, RecentKeys.keys).order_by(col(RecentKeys.id))
_DROP_SETTLED = """
    DELETE FROM usage_event_key_recent
    WHERE id < (SELECT id FROM usage_event_key_recent WHERE turn > ? ORDER BY id LIMIT 1)
"""
"""Since a row of that turn was written, each stretch has had another. Turns grow with ids: none behind are read."""


class Unsettled:
    """The keys that have not been settled, by stretch, and where the rows that hold them end."""

    def __init__(self) -> None:
        self.stretches: list[set[bytes]] = [set() for _ in range(STRETCHES)]
        self.number = 0
        self.turn = 0  # how many times any stretch has been settled
        self.last_row: int | None = None  # None until the rows have been read

    def add(self, keys: Sequence[bytes]) -> None:
        for key in keys:
            self.stretches[key[0]].add(key)
        self.number += len(keys)

    def take_stretch(self) -> list[bytes]:
        """The keys of the stretch whose turn it is, in order; they are unsettled no more."""
        stretch = self.stretches[self.turn % STRETCHES]
        keys = sorted(stretch)
        stretch.clear()
        self.number -= len(keys)
        self.turn += 1
        return keys


def claim(ctx: Context, keys: Sequence[bytes]) -> Sequence[bytes]:
    """Take those of the sorted keys that nobody has yet, and return them."""
    unsettled, last_row = _unsettled(ctx)
    stretches = unsettled.stretches
    asked = [key for key in keys if key not in stretches[key[0]]]
    settled = {key for (key,) in bulk.find(ctx, [_SETTLED], [asked], _SETTLED_AMONG)}
    new = [key for key in asked if key not in settled] if settled else asked
    if new:
        _settle(ctx, unsettled, most=max(MOST_UNSETTLED - len(new), 0))
        bulk.insert(ctx, _ROW, [[last_row + 1], [unsettled.turn], [b"".join(new)]])
        unsettled.last_row = last_row + 1
        unsettled.add(new)
    return new


def _unsettled(ctx: Context) -> tuple[Unsettled, int]:
    """What this process knows, and the last row; both are read after its start, after a failure and when another
    program has written."""
    unsettled = remembered(ctx.session, Unsettled)
    if unsettled.last_row is None:
        rows = ctx.session.exec(_ROWS).all()
        unsettled.last_row, unsettled.turn, _ = rows[-1] if rows else (0, 0, b"")
        for _, turn, together in rows:
            unsettled.add([key for key in each_key(together) if (key[0] - turn) % STRETCHES >= unsettled.turn - turn])
    return unsettled, unsettled.last_row


def _settle(ctx: Context, unsettled: Unsettled, most: int) -> None:
    """Settle one stretch after another until no more than so many keys are left; then drop rows that hold none."""
    if unsettled.number <= most:
        return
    while unsettled.number > most:
        bulk.insert(ctx, [_SETTLED], [unsettled.take_stretch()])
    ctx.session.connection().exec_driver_sql(_DROP_SETTLED, (unsettled.turn - STRETCHES,))
