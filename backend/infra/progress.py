"""How far a question is that somebody waits for, under the name they gave it."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from backend.errors import NotFound
from backend.infra.context import Context

MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How many items there are, how many of them succeeded or failed, and when that was last known to change."""

    success: int
    failed: int
    total: int
    updated_at: datetime


_known: OrderedDict[tuple[str, str], Progress] = OrderedDict()
_lock = threading.Lock()


@contextmanager
def followed(ctx: Context, name: str | None) -> Iterator[None]:
    """Let one question be followed by its name; without one nobody follows it.

    The process that answers keeps the newest MOST_KEPT names of all namespaces; another process does not know them.
    """
    if name is None:
        yield
        return
    started = Progress(0, 0, 1, ctx.now)
    _keep(ctx, name, started)
    try:
        yield
    except Exception:
        _keep(ctx, name, replace(started, failed=1))
        raise
    _keep(ctx, name, replace(started, success=1))


def get(ctx: Context, name: str) -> Progress:
    """How far the question of this name is. NotFound when nobody asked it, or long ago."""
    found = _known.get((ctx.namespace, name))
    if found is None:
        raise NotFound(f"Nothing is known of a question with the client id {name}.")
    return found


def _keep(ctx: Context, name: str, progress: Progress) -> None:
    with _lock:
        _known[ctx.namespace, name] = progress
        _known.move_to_end((ctx.namespace, name))
        if len(_known) > MOST_KEPT:
            _known.popitem(last=False)
