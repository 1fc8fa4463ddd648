"""API keys: what each scope allows, when a key stops to work, and that a read stays a read."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from backend.access import service
from backend.access.models import ApiKey, Scope
from backend.errors import Conflict, Forbidden, NotFound, Unauthenticated
from backend.infra.actor import Actor, ActorKind
from backend.infra.audit import AuditEntry
from tests.conftest import Work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Actor(ActorKind.STAFF, "01ANNA", "Anna")
FIRST, SECOND = "first-secret-of-the-setting", "second-secret-of-the-setting"


def make(work: Work, scope: Scope, namespace: str = "default") -> tuple[ApiKey, str]:
    with work(namespace, now=NOON, actor=ANNA) as ctx:
        return service.create_api_key(ctx, f"key to {scope}", scope)


def holds(work: Work, secret: str, need: Scope = Scope.FULL) -> bool:
    with work(writing=False) as ctx:
        try:
            service.authenticate(ctx.session, secret, need)
        except Unauthenticated:
            return False
    return True


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [(Scope.INGEST, {Scope.INGEST}), (Scope.READ, {Scope.READ}), (Scope.FULL, set(Scope))],
)
def test_a_scope_allows_exactly_its_part(work: Work, scope: Scope, allowed: set[Scope]) -> None:
    _, secret = make(work, scope)
    with work(writing=False) as ctx:
        for need in Scope:
            if need in allowed:
                service.authenticate(ctx.session, secret, need)
            else:
                with pytest.raises(Forbidden):
                    service.authenticate(ctx.session, secret, need)


def test_a_key_says_who_comes_and_from_which_namespace(work: Work) -> None:
    key, secret = make(work, Scope.READ, "acme")
    with work(writing=False) as ctx:
        identity = service.authenticate(ctx.session, secret, Scope.READ)
    assert identity.namespace == "acme"
    assert identity.actor == Actor(ActorKind.API_KEY, key.id, "key to read")


def test_the_secret_is_not_kept(work: Work) -> None:
    key, secret = make(work, Scope.FULL)
    assert secret.startswith(key.prefix)
    assert key.prefix.startswith("ml_full_")
    assert len(secret) == len("ml_full_") + 43
    with work(writing=False) as ctx:
        kept = ctx.session.exec(select(ApiKey)).one().model_dump_json()
        audited = ctx.session.exec(select(AuditEntry)).one()
    assert secret not in kept
    assert audited.actor_name == "Anna"
    assert set(audited.changes) == {"id", "name", "scope", "prefix", "root"}


def test_authentication_takes_one_query_and_writes_nothing(work: Work, statements: list[str]) -> None:
    key, secret = make(work, Scope.FULL)
    statements.clear()
    with work(writing=False) as ctx:
        service.authenticate(ctx.session, secret, Scope.READ)
        seen = [text for text in statements if "api_key" in text]
        assert [text.split()[0] for text in seen] == ["SELECT"]
    with work() as ctx:
        service.save_last_seen(ctx)
    with work() as ctx:
        stored = ctx.session.get(ApiKey, key.id)
        assert stored is not None
        assert stored.last_used_at is not None
        assert stored.updated_at == NOON


def test_a_revoked_key_ends_at_once_and_leaves_the_list(work: Work) -> None:
    key, secret = make(work, Scope.FULL)
    other, _ = make(work, Scope.READ)
    with work() as ctx:
        service.revoke_api_key(ctx, key.id)
        with pytest.raises(NotFound):
            service.revoke_api_key(ctx, key.id)
        listed, total = service.list_api_keys(ctx)
    assert not holds(work, secret)
    assert ([found.id for found in listed], total) == ([other.id], 1)


def test_keys_are_found_by_name_and_scope(work: Work) -> None:
    for scope in Scope:
        make(work, scope)
    with work(writing=False) as ctx:
        assert [key.name for key in service.list_api_keys(ctx, search="TO READ")[0]] == ["key to read"]
        assert service.list_api_keys(ctx, search="key", scope=Scope.FULL)[1] == 1
        assert service.list_api_keys(ctx, search="%")[1] == 0


def test_a_key_of_another_namespace_is_out_of_reach(work: Work) -> None:
    key, secret = make(work, Scope.FULL, "acme")
    with work() as ctx, pytest.raises(NotFound):
        service.revoke_api_key(ctx, key.id)
    assert holds(work, secret)


def test_the_key_of_the_setting_changes_with_the_setting(work: Work) -> None:
    for secret in (FIRST, FIRST, SECOND):
        with work() as ctx:
            service.ensure_root_key(ctx, secret)
    assert (holds(work, FIRST), holds(work, SECOND)) == (False, True)
    with work() as ctx:
        service.ensure_root_key(ctx, FIRST)
    assert (holds(work, FIRST), holds(work, SECOND)) == (True, False)
    with work() as ctx:
        service.ensure_root_key(ctx, None)
    assert (holds(work, FIRST), holds(work, SECOND)) == (False, False)


def test_the_key_of_the_setting_is_revoked_only_by_the_setting(work: Work) -> None:
    with work() as ctx:
        key = service.ensure_root_key(ctx, FIRST)
        assert key is not None
        with pytest.raises(Conflict, match="METERLINE_API_KEY"):
            service.revoke_api_key(ctx, key.id)


def test_the_setting_cannot_take_over_another_key(work: Work) -> None:
    _, secret = make(work, Scope.READ)
    with work() as ctx, pytest.raises(Conflict):
        service.ensure_root_key(ctx, secret)
