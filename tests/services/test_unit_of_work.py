"""A unit of work is whole or nothing, has one instant, and keeps numbers and times exactly."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError
from sqlmodel import Field, col, select

from backend.errors import Conflict
from backend.infra import outbox
from backend.infra.actor import Actor, ActorKind
from backend.infra.audit import AuditEntry, record
from backend.infra.clock import set_ahead
from backend.infra.columns import Exact, Instant
from backend.infra.context import Context
from backend.infra.db import Database
from backend.infra.outbox import OutboxMessage, announce, deliver
from backend.infra.rows import Row
from tests.conftest import Work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Actor(ActorKind.STAFF, "01ANNA", "anna@example.com")


class Parcel(Row, table=True):
    """A table only of these tests."""

    __tablename__ = "test_parcel"
    metadata = MetaData()

    label: str = Field(unique=True)
    weight: Decimal = Field(default=Decimal(0), sa_type=Exact)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)


@pytest.fixture(autouse=True)
def parcels(database: Database) -> None:
    Parcel.__table__.create(database.writer)


@pytest.mark.parametrize("weight", ["0.1", "-12345678901234567890.123456789012345678", "1E+30", "0.000000000000000001"])
def test_decimals_come_back_digit_for_digit(work: Work, weight: str) -> None:
    with work() as ctx:
        ctx.session.add(Parcel(label="a", weight=Decimal(weight)))
    with work(writing=False) as ctx:
        assert ctx.session.exec(select(Parcel)).one().weight == Decimal(weight)


def test_instants_come_back_in_utc(work: Work) -> None:
    tokyo = timezone(timedelta(hours=9))
    with work() as ctx:
        ctx.session.add(Parcel(label="a", sent_at=datetime(2026, 3, 1, 21, 0, 0, 123456, tzinfo=tokyo)))
    with work(writing=False) as ctx:
        sent_at = ctx.session.exec(select(Parcel)).one().sent_at
        assert sent_at == NOON.replace(microsecond=123456)
        assert sent_at.tzinfo is UTC


@pytest.mark.parametrize("wrong", [{"weight": 0.5}, {"weight": Decimal("NaN")}, {"sent_at": datetime(2026, 1, 1)}])  # noqa: DTZ001
def test_floats_and_times_without_a_zone_are_refused(work: Work, wrong: dict[str, object]) -> None:
    with pytest.raises(Exception, match=r"exact column|needs a zone"), work() as ctx:
        ctx.session.add(Parcel(label="a", **wrong))


def test_rows_are_stamped_with_the_one_instant_and_namespace(work: Work) -> None:
    with work("acme", now=NOON) as ctx:
        ctx.session.add(Parcel(label="a"))
    with work("acme", now=NOON + timedelta(hours=1)) as ctx:
        ctx.session.exec(select(Parcel)).one().weight = Decimal(2)
    with work("acme") as ctx:
        parcel = ctx.session.exec(select(Parcel)).one()
        assert (parcel.namespace, parcel.created_at, parcel.updated_at) == ("acme", NOON, NOON + timedelta(hours=1))


def test_a_failure_leaves_no_trace(work: Work) -> None:
    def fail(ctx: Context) -> None:
        ctx.session.add(Parcel(label="a"))
        ctx.session.flush()
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"), work() as ctx:
        fail(ctx)
    with work() as ctx:
        assert ctx.session.exec(select(Parcel)).all() == []


def test_a_reading_unit_of_work_cannot_write(work: Work) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), work(writing=False) as ctx:
        ctx.session.add(Parcel(label="a"))


def test_a_unique_key_decides_a_race(work: Work) -> None:
    start, outcomes = Barrier(8), []

    def add() -> None:
        start.wait()
        try:
            with work() as ctx:
                ctx.session.add(Parcel(label="the only one"))
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    threads = [Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost"] * 7 + ["won"]


def test_a_sandbox_clock_runs_ahead_of_the_wall(work: Work) -> None:
    with work("sandbox") as ctx:
        before = ctx.now
        set_ahead(ctx.session, "sandbox", timedelta(days=31))
    with work("sandbox", writing=False) as ctx, work("default", writing=False) as other:
        assert timedelta(days=31) <= ctx.now - before < timedelta(days=31, minutes=5)
        assert other.now - before < timedelta(minutes=5)


def test_what_a_person_changes_is_audited(work: Work) -> None:
    with work(now=NOON, actor=ANNA) as ctx:
        ctx.session.add(Parcel(label="a", weight=Decimal("1.50")))
    with work(now=NOON, actor=ANNA) as ctx:
        parcel = ctx.session.exec(select(Parcel)).one()
        parcel.weight = Decimal("2.50")
        record(ctx, "weigh", "test_parcel", parcel.id, scale="B")
    with work() as ctx:
        entries = ctx.session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
        assert {(entry.action, entry.actor_name) for entry in entries} == {
            ("create", ANNA.name),
            ("update", ANNA.name),
            ("weigh", ANNA.name),
        }
        update = next(entry for entry in entries if entry.action == "update")
        assert update.changes == {"weight": ["1.50", "2.50"]}


def test_of_two_that_wait_for_each_other_one_is_told_to_try_again(work: Work, database: Database) -> None:
    if database.is_sqlite:
        return  # it has one writer: nobody holds what another needs
    with work() as ctx:
        ctx.session.add_all([Parcel(label="a"), Parcel(label="b")])
    both, refused = Barrier(2), []

    def take(*labels: str) -> None:
        try:
            with work() as ctx:
                for label in labels:
                    ctx.session.exec(select(Parcel).where(Parcel.label == label).with_for_update()).one()
                    both.wait() if label == labels[0] else None
        except Conflict as conflict:
            refused.append(str(conflict))

    threads = [Thread(target=take, args=order) for order in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1


def test_what_meterline_does_by_itself_is_not_audited(work: Work) -> None:
    with work() as ctx:
        ctx.session.add(Parcel(label="a"))
    with work() as ctx:
        assert ctx.session.exec(select(AuditEntry)).all() == []


def test_an_announcement_is_handled_once_and_only_if_its_change_was_committed(work: Work) -> None:
    with work() as ctx:
        announce(ctx, "parcel.sent", label="a")
    with pytest.raises(ZeroDivisionError), work() as ctx:
        announce(ctx, "parcel.sent", label=str(1 // 0))
    heard: list[str] = []
    handlers: dict[str, outbox.Handler] = {"parcel.sent": lambda _, payload: heard.append(payload["label"])}
    assert deliver("default", handlers) == 1
    assert deliver("default", handlers) == 0
    assert heard == ["a"]


def test_a_failing_handler_keeps_its_announcement_and_holds_up_no_other(work: Work) -> None:
    with work() as ctx:
        announce(ctx, "bad")
        announce(ctx, "good")
    heard: list[str] = []

    def fail(ctx: Context, _: object) -> None:
        ctx.session.add(Parcel(label="half done"))
        raise RuntimeError("the handler is broken")

    assert deliver("default", {"bad": fail, "good": lambda *_: heard.append("good")}) == 1
    with work() as ctx:
        assert heard == ["good"]
        assert [message.kind for message in ctx.session.exec(select(OutboxMessage))] == ["bad"]
        assert ctx.session.exec(select(Parcel)).all() == []
