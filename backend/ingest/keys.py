"""Which events are here already: one key of 16 bytes for each (namespace, source, id), for ever.

The database decides inside the write; SQLite in its own way (recent_keys.py). Source: metering spec 2.1, ADR 0013.
"""

from collections.abc import Collection
from functools import lru_cache
from hashlib import blake2b

from backend.infra.context import Context
from backend.ingest import recent_keys
from backend.ingest.models import KEY_BYTES, each_key

_CLAIM_ON_POSTGRES = f"""
    WITH taken AS (
        INSERT INTO usage_event_key (key)
        SELECT substring(%(keys)b FROM place FOR {KEY_BYTES})
        FROM generate_series(1, length(%(keys)b), {KEY_BYTES}) AS place
        ON CONFLICT DO NOTHING RETURNING key
    )
    SELECT coalesce(string_agg(key, ''), '') FROM taken
"""  # noqa: S608 - a number of ours
"""All keys travel as one value, there and back: the driver takes long to write or read a list of them."""


def key_of(namespace: str, source: str, event_id: str) -> bytes:
    """The key of an event. The lengths in front keep `a` + `bc` and `ab` + `c` apart."""
    key = _of_source(namespace, source).copy()
    key.update(event_id.encode())
    return key.digest()


@lru_cache(maxsize=1024)
def _of_source(namespace: str, source: str) -> blake2b:
    """What the keys of one source begin with; to begin anew for each event takes as long as all the rest."""
    return blake2b(f"{len(namespace)} {len(source)} {namespace}{source}".encode(), digest_size=KEY_BYTES)


def claim(ctx: Context, keys: Collection[bytes]) -> frozenset[bytes]:
    """Take the keys that nobody has yet and return them; they are taken once the unit of work commits.

    Whoever claims one of them at the same moment waits for that.
    """
    in_order = sorted(keys)  # two claims of the same keys never wait for each other
    if ctx.session.get_bind().dialect.name == "sqlite":
        return frozenset(recent_keys.claim(ctx, in_order))
    taken = ctx.session.connection().exec_driver_sql(_CLAIM_ON_POSTGRES, {"keys": b"".join(in_order)}).scalar_one()
    return frozenset(each_key(taken))
