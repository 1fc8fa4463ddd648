"""Ids of stored events: ULIDs that grow in the order of storing, also within a millisecond."""

import threading
from datetime import datetime

from ulid import ULID

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_COUNTED = 1 << 20
"""The last four letters count the events of one id's front."""


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
            front, start = divmod(first + len(ids), _COUNTED)
            end = min(start + number - len(ids), _COUNTED)
            shown = str(ULID.from_int(front * _COUNTED))[:-4]
            ids += [f"{shown}{_PAIRS[place >> 10]}{_PAIRS[place & 1023]}" for place in range(start, end)]
        return ids


def first_row_id(at: datetime) -> str:
    """An id before all that are given out from an instant of the wall clock on, and behind those given out before."""
    return str(ULID.from_int(int(at.timestamp() * 1000) << 80))


_IDS = RowIds()


def new_row_ids(number: int) -> list[str]:
    """So many new ids, in order, after all that this process gave out before."""
    return _IDS.take(number)
