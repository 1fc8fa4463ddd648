"""Namespaces are worlds of their own; only a sandbox's clock can be moved, and only forward."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlmodel import select

from backend.access import service
from backend.access.models import Scope
from backend.access.roles import Role
from backend.access.service import NamespaceInput
from backend.errors import Conflict, Forbidden, Invalid
from backend.infra.actor import Actor, ActorKind
from backend.infra.audit import AuditEntry
from tests.conftest import Work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONTH, MINUTE = timedelta(days=31), timedelta(minutes=1)
ANNA = Actor(ActorKind.STAFF, "01ANNA", "Anna")


@pytest.fixture
def sandbox(work: Work) -> str:
    with work(now=NOON) as ctx:
        return service.create_namespace(ctx, NamespaceInput("sand", "Sand", sandbox=True)).namespace.key


def test_a_new_namespace_comes_with_its_first_key(work: Work) -> None:
    with work() as ctx:
        made = service.create_namespace(ctx, NamespaceInput("acme-test", "Acme"))
    with work(writing=False) as ctx:
        identity = service.authenticate(ctx.session, made.secret, Scope.FULL)
    assert identity.namespace == "acme-test"


def test_only_default_makes_namespaces_and_sees_them_all(work: Work, sandbox: str) -> None:
    with work() as ctx:
        service.create_namespace(ctx, NamespaceInput("acme", "Acme"))
        assert [found.key for found in service.list_namespaces(ctx)[0]] == ["acme", "sand"]
        assert service.namespace_keys(ctx) == ("acme", "default", "sand")
    with work(sandbox) as ctx:
        assert [found.key for found in service.list_namespaces(ctx)[0]] == ["sand"]
        with pytest.raises(Forbidden, match="belongs to one namespace"):
            service.create_namespace(ctx, NamespaceInput("more", "More"))


@pytest.mark.parametrize("key", ["sand", "default"])
def test_a_taken_key_is_a_conflict(work: Work, sandbox: str, key: str) -> None:
    with work() as ctx, pytest.raises(Conflict):
        service.create_namespace(ctx, NamespaceInput(key, "Again"))


@pytest.mark.parametrize("key", ["", "Upper", "a b", "-a", "a" * 65])
def test_a_key_is_short_and_plain(work: Work, key: str) -> None:
    with work() as ctx, pytest.raises(Invalid) as refused:
        service.create_namespace(ctx, NamespaceInput(key, " "))
    assert [issue.field for issue in refused.value.issues] == ["key", "name"]


def test_the_clock_jumps_forward_and_runs_on(work: Work, sandbox: str) -> None:
    with work(sandbox) as ctx:
        first = ctx.now + MONTH
        service.move_clock(ctx, first)
    with work(sandbox) as ctx:
        clock = service.sandbox_clock(ctx)
        second = ctx.now + MONTH
        service.move_clock(ctx, second)
    with work(sandbox, writing=False) as ctx:
        assert second <= ctx.now < second + MINUTE
    with work(writing=False) as ctx:
        assert ctx.now < first
    assert first <= clock.now < first + MINUTE
    assert clock.sandbox
    assert MONTH - MINUTE < clock.ahead <= MONTH


def test_two_moves_at_once_do_not_add_up(work: Work, sandbox: str) -> None:
    with work(sandbox, writing=False) as ctx:
        target = ctx.now + MONTH
    start = Barrier(2)

    def move() -> None:
        start.wait()
        with work(sandbox) as ctx:
            service.move_clock(ctx, target)

    threads = [Thread(target=move) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with work(sandbox, writing=False) as ctx:
        assert target <= ctx.now < target + MINUTE


def test_the_clock_never_goes_back(work: Work, sandbox: str) -> None:
    with work(sandbox) as ctx:
        target = ctx.now + MONTH
        service.move_clock(ctx, target)
        service.move_clock(ctx, target - MINUTE)
    with work(sandbox, writing=False) as ctx:
        assert ctx.now >= target


@pytest.mark.parametrize("by", [timedelta(0), -MONTH, timedelta(days=2000)])
def test_nobody_can_ask_to_go_back_or_too_far(work: Work, sandbox: str, by: timedelta) -> None:
    with work(sandbox) as ctx, pytest.raises(Invalid):
        service.request_travel(ctx, ctx.now + by)


def test_the_wall_clock_cannot_be_moved(work: Work) -> None:
    with work() as ctx:
        for move in (service.move_clock, service.request_travel):
            with pytest.raises(Conflict, match="not a sandbox"):
                move(ctx, ctx.now + MONTH)
        assert not service.sandbox_clock(ctx).sandbox


def test_the_namespace_of_the_start_can_be_a_sandbox(work: Work) -> None:
    for _ in range(2):
        with work() as ctx:
            service.ensure_namespace(ctx, "Demo", sandbox=True)
            assert service.sandbox_clock(ctx).sandbox


def test_who_moves_the_clock_is_on_record(work: Work, sandbox: str) -> None:
    with work(sandbox, actor=ANNA) as ctx:
        target = service.request_travel(ctx, ctx.now + MONTH)
    with work(sandbox, writing=False) as ctx:
        (entry,), total = service.list_audit(ctx, entity="namespace_clock")
    assert total == 1
    assert (entry.actor_name, entry.action) == ("Anna", "advance")
    assert entry.changes["now"][1] == target.isoformat()


def test_the_audit_log_is_newest_first_and_paged(work: Work) -> None:
    with work(actor=ANNA) as ctx:
        keys = [service.create_api_key(ctx, f"key {number}", Scope.READ)[0] for number in range(3)]
    with work(writing=False) as ctx:
        page, total = service.list_audit(ctx, entity="api_key", offset=1, limit=1)
        mine, _ = service.list_audit(ctx, entity_id=keys[0].id)
        assert service.list_audit(ctx, search="ann", actor_kind=ActorKind.STAFF)[1] == 3
        assert service.list_audit(ctx, search="ann", actor_kind=ActorKind.API_KEY)[1] == 0
        assert service.list_audit(ctx, search=keys[2].id[-8:].lower())[1] == 1
        everything = ctx.session.exec(select(AuditEntry)).all()
    assert (total, [entry.entity_id for entry in page]) == (3, [keys[1].id])
    assert [entry.entity_id for entry in mine] == [keys[0].id]
    assert len(everything) == 3
    with work("elsewhere", writing=False) as ctx:
        assert service.list_audit(ctx)[1] == 0


def test_a_sandbox_comes_with_somebody_who_can_sign_in(work: Work) -> None:
    owner = service.StaffInput("ann@example.com", "Ann", "correct horse", Role.OWNER)
    with work(actor=ANNA) as ctx:
        service.create_staff(ctx, owner)
        made = service.create_sandbox(ctx, "lab", "Lab", owner)
    assert made.namespace.sandbox
    assert service.sign_in("ann@example.com", "correct horse", namespace="lab").principal.identity.namespace == "lab"
    with pytest.raises(Invalid), work() as ctx:
        service.create_sandbox(ctx, "half", "Half", replace(owner, password="short"))
    with work(writing=False) as ctx:
        assert [found.key for found in service.list_namespaces(ctx)[0]] == ["lab"]
