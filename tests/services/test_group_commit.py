"""Requests that arrive together share a commit; each is answered after it, and none suffers for another."""

from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from backend.errors import TooManyRequests
from backend.infra.actor import SYSTEM, Identity
from backend.infra.db import Database
from backend.ingest import cloudevents, service
from backend.ingest.group_commit import GroupCommit
from backend.ingest.prepare import prepare
from backend.ingest.service import CloudEvent, EventFilter, Ingested
from tests.conftest import Work

DEFAULT = Identity("default", SYSTEM)


@contextmanager
def nobody_else_writes(work: Work, database: Database) -> Iterator[None]:
    """Hold up every commit of events, as a slow disk would."""
    with work() as ctx:
        if not database.is_sqlite:
            ctx.session.execute(text("LOCK TABLE usage_event IN EXCLUSIVE MODE"))
        yield


def event(id: str, **more: Any) -> CloudEvent:  # noqa: A002 - the field's name
    return CloudEvent(**({"id": id, "source": "app", "type": "api.request", "subject": "acme"} | more))


def submit(groups: GroupCommit, *events: CloudEvent, size: int = 270, by: Identity = DEFAULT) -> "Future[Ingested]":
    return groups.submit(by, prepare(by.namespace, events), size)


def submitted(groups: GroupCommit, *ids: str) -> "list[Future[Ingested]]":
    return [submit(groups, event(id_)) for id_ in ids]


def stored(work: Work, namespace: str = "default") -> list[Any]:
    with work(namespace, writing=False) as ctx:
        return list(service.list_events(ctx, EventFilter(since=cloudevents.EARLIEST)))


def test_what_waits_is_committed_together_and_answered_after_it(work: Work, database: Database) -> None:
    groups = GroupCommit()
    with nobody_else_writes(work, database):
        first = submitted(groups, "first")
        wait(first, timeout=0.05)
        others = submitted(groups, *map(str, range(40)), "7", "first")
        assert not any(answer.done() for answer in first + others)
    assert [answer.result() for answer in first + others[:40]] == [Ingested(1, 0)] * 41
    assert [answer.result() for answer in others[40:]] == [Ingested(0, 1)] * 2
    rows = stored(work)
    assert len(rows) == 41
    assert len({row.stored_at for row in rows}) <= 3, "the first, what a second writer took, and all others"


def test_a_second_writer_begins_when_as_much_waits_as_the_first_is_storing(work: Work, database: Database) -> None:
    groups = GroupCommit()
    with nobody_else_writes(work, database):
        answers = [submit(groups, event("1"), event("2"), event("3"))]
        for few in ("4", "5"):
            wait(answers, timeout=0.05)
            answers += submitted(groups, few)
    wait(answers)
    times = {row.event_id: row.stored_at for row in stored(work)}
    assert times["1"] < times["4"] == times["5"]


def test_too_much_waiting_is_refused_and_what_was_taken_is_kept(work: Work, database: Database) -> None:
    groups = GroupCommit(most_waiting=3)
    with nobody_else_writes(work, database):
        taken = submitted(groups, "1", "2", "3")
        with pytest.raises(TooManyRequests):
            submitted(groups, "4")
        with pytest.raises(TooManyRequests):
            submit(groups, event("5"), size=1_000_000)
    wait(taken)
    assert submitted(groups, "4")[0].result() == Ingested(1, 0)
    assert submit(groups, *(event(str(n)) for n in range(10, 20)), size=1_000_000).result().stored == 10
    assert {row.event_id for row in stored(work)} >= {"1", "2", "3", "4"}


def test_a_request_that_the_database_refuses_fails_alone(work: Work, database: Database) -> None:
    groups = GroupCommit()
    broken: Any = object()
    with nobody_else_writes(work, database):
        before = submitted(groups, "1", "2")
        whole = prepare("default", [event("3")])
        refused = groups.submit(DEFAULT, whole._replace(data=[broken]), 270)
        after = submitted(groups, "4")
    assert refused.exception() is not None
    assert [answer.result() for answer in before + after] == [Ingested(1, 0)] * 3
    assert {row.event_id for row in stored(work)} == {"1", "2", "4"}


def test_a_request_whose_sender_has_left_is_not_stored(work: Work, database: Database) -> None:
    groups = GroupCommit()
    with nobody_else_writes(work, database):
        before = submitted(groups, "0")
        wait(before, timeout=0.05)
        before += submitted(groups, "00")  # for the second writer
        wait(before, timeout=0.05)
        gone, staying = submitted(groups, "1", "2")
        assert gone.cancel()
    assert [answer.result().stored for answer in (*before, staying)] == [1, 1, 1]
    assert {row.event_id for row in stored(work)} == {"0", "00", "2"}


def test_namespaces_do_not_mix(work: Work, database: Database) -> None:
    groups = GroupCommit()
    with nobody_else_writes(work, database):
        answers = [submit(groups, event("1"), by=Identity(name, SYSTEM)) for name in ("default", "other") * 3]
    counts = [answer.result().stored for answer in answers]
    assert (sum(counts[::2]), sum(counts[1::2])) == (1, 1)  # of two writers on PostgreSQL, either may be the first
    assert (len(stored(work)), len(stored(work, "other"))) == (1, 1)


def test_the_longest_names_are_told_apart(work: Work) -> None:
    """The unique key holds whole names, also where an index entry may not be larger than a third of a page."""
    long = "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(cloudevents.LONGEST_TEXT // 3))
    events = [event(f"{long}{n}", source=f"{n}{long}", type=long, subject=long) for n in (1, 2, 1)]
    with work() as ctx:
        assert service.ingest(ctx, events) == Ingested(2, 1)
