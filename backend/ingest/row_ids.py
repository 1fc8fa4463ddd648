"""Ids of stored events: ULIDs that grow in the order of storing, also within a millisecond."""

import threading
from datetime import datetime

from ulid import ULID

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
"""The last two letters of an id, in order: they count the events that have the letters before in common."""


class RowIds:
    """Gives out ids; those of one process never repeat or turn back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def take(self, number: int) -> list[str]:
        """So many new ids, in order."""
        with self._lock:
            first = max(int(ULID()), self._last + 1)
            self._last = first + number
        ids: list[str] = []
        while len(ids) < number:
            front, start = divmod(first + len(ids), len(_PAIRS))
            shown = str(ULID.from_int(front * len(_PAIRS)))[:-2]
            ids += [shown + pair for pair in _PAIRS[start : start + number - len(ids)]]
        return ids


def first_row_id(at: datetime) -> str:
    """An id before all that are given out from an instant of the wall clock on, and behind those given out before."""
    return str(ULID.from_int(int(at.timestamp() * 1000) << 80))


_IDS = RowIds()


def new_row_ids(number: int) -> list[str]:
    """So many new ids, in order, after all that this process gave out before."""
    return _IDS.take(number)
