"""Requests that arrive together are stored together: one commit for all of them, and none is answered before it."""

import gc
import sys
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from backend.errors import TooManyRequests
from backend.infra.actor import Identity
from backend.infra.context import unit_of_work
from backend.infra.db import database
from backend.infra.log import logger
from backend.infra.metrics import EVENTS
from backend.ingest import service
from backend.ingest.cloudevents import MOST_EVENTS
from backend.ingest.prepare import PreparedEvents
from backend.ingest.service import Ingested

MOST_WAITING = 3 * MOST_EVENTS
BYTES_PER_UNIT = 4096
MOST_WRITERS = 2

log = logger(__name__)


def _make_room_for_writing() -> None:
    """Let this process spend its time on events.

    The garbage collector passes over what the process consists of and looks less often: events make no cycles. Threads
    hand over Python's lock sooner, since a writer gives it away and needs it back with each statement.
    """
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)
    sys.setswitchinterval(0.0005)


@dataclass(frozen=True, slots=True)
class _Request:
    identity: Identity
    events: PreparedEvents
    weight: int
    answer: "Future[Ingested]"


class GroupCommit:
    """A queue of requests; a writer takes everything that waits for a namespace into one transaction.

    SQLite has one writer. On PostgreSQL a second one begins as soon as there waits as much as the first is storing: so
    both have large groups, of which each event costs less. The queue is bounded by weight: one for each event and one
    for each 4 KiB. An idle process has no thread of it, and a process that ends stores what still waits.
    """

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._waiting: deque[_Request] = deque()
        self._weight = 0  # of all that was not answered yet
        self._storing = 0  # the weight of what is in a group
        self._writing = 0
        self._writers = ThreadPoolExecutor(MOST_WRITERS, "ingest", initializer=_make_room_for_writing)

    def submit(self, identity: Identity, events: PreparedEvents, size: int) -> "Future[Ingested]":
        """Queue prepared events that came in `size` bytes; the future is done once they are committed.

        Raises TooManyRequests, with nothing queued, while too much waits already.
        """
        answer: Future[Ingested] = Future()
        if not events.number:
            answer.set_result(Ingested(0, 0))
            return answer
        weight = events.number + size // BYTES_PER_UNIT
        with self._lock:
            if self._weight and self._weight + weight > self._most_waiting:
                raise TooManyRequests("More events arrive than can be stored at the moment. Send them again shortly.")
            self._weight += weight
            self._waiting.append(_Request(identity, events, weight, answer))
            if self._writing < (1 if database().is_sqlite else MOST_WRITERS) and self._is_worth_a_group():
                self._writing += 1
                self._writers.submit(self._drain)
        return answer

    def _drain(self) -> None:
        while group := self._take():
            asked = [request for request in group if request.answer.set_running_or_notify_cancel()]
            self._store(asked)
            weight = sum(request.weight for request in group)
            with self._lock:
                self._weight -= weight
                self._storing -= weight

    def _take(self) -> list[_Request]:
        """The requests at the head of the queue that share a namespace, as many as one transaction may carry."""
        group: list[_Request] = []
        events = 0
        with self._lock:
            while self._waiting and (group or self._is_worth_a_group()):
                following = self._waiting[0]
                events += following.events.number
                if group and (events > MOST_EVENTS or following.identity.namespace != group[0].identity.namespace):
                    break
                group.append(self._waiting.popleft())
            self._storing += sum(request.weight for request in group)
            if not group:
                self._writing -= 1
        return group

    def _is_worth_a_group(self) -> bool:
        return self._weight - self._storing >= self._storing

    def _store(self, group: list[_Request]) -> None:
        """Commit a group and answer it; what the database refuses is tried alone, so that no neighbour suffers."""
        if not group:
            return
        try:
            with unit_of_work(group[0].identity.namespace, actor=group[0].identity.actor) as ctx:
                results = service.ingest_together(ctx, [request.events for request in group])
        except Exception as error:
            log.warning("ingest.group_failed", requests=len(group), error=str(error))
            if len(group) > 1 and not isinstance(error, OperationalError | NoConnection):
                for request in group:
                    self._store([request])
                return
            for request in group:
                request.answer.set_exception(error)
            return
        for request, result in zip(group, results, strict=True):
            EVENTS.labels("stored").inc(result.stored)
            EVENTS.labels("duplicate").inc(result.duplicates)
            request.answer.set_result(result)


GROUPS = GroupCommit()
"""The one of this process."""
