"""When a key or a session was last used: noted in memory, written now and then, so that no read becomes a write."""

import threading
from datetime import datetime


class LastSeen:
    """Uses since they were last written, by row id. A crash loses at most what waits here, which nobody bills."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, datetime] = {}

    def note(self, row_id: str, at: datetime) -> None:
        """Remember a use."""
        with self._lock:
            self._seen[row_id] = at

    def take(self) -> dict[str, datetime]:
        """What waits to be written, in the order of ids; it waits no longer."""
        with self._lock:
            taken, self._seen = self._seen, {}
        return dict(sorted(taken.items()))


KEYS = LastSeen()
SESSIONS = LastSeen()
