"""People sign in with a password, stay signed in by a token, and are braked when they guess."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type

from backend.access import password, service
from backend.access.models import User
from backend.access.roles import Principal, Role
from backend.access.service import CustomerUserInput, NamespaceInput, StaffInput
from backend.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from backend.infra.actor import ActorKind
from tests.conftest import Work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=31)
ANNA, SECRET, OTHER = "anna@example.com", "correct horse", "battery staple"


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same Argon2id at its least cost: what these tests ask does not depend on it."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID)
    monkeypatch.setattr(password, "_hasher", quick)
    monkeypatch.setattr(password, "NOBODY", quick.hash("nobody knows"))


@pytest.fixture
def anna(work: Work) -> User:
    with work(now=NOON) as ctx:
        return service.create_staff(ctx, StaffInput(ANNA, "Anna", SECRET, Role.OWNER))


def enter(email: str = ANNA, secret: str = SECRET, at: datetime = NOON) -> str:
    return service.sign_in(email, secret, now=at).token


def principal(work: Work, token: str | None, at: datetime = NOON) -> Principal:
    with work(writing=False) as ctx:
        return service.session_principal(ctx.session, token, at)


def signed_in(work: Work, token: str, at: datetime = NOON) -> bool:
    try:
        principal(work, token, at)
    except Unauthenticated:
        return False
    return True


def test_staff_sign_in_whatever_the_case_of_their_address(work: Work, anna: User) -> None:
    person = principal(work, enter(" Anna@Example.COM "))
    assert (person.role, person.customer_id, person.name, person.email) == (Role.OWNER, None, "Anna", ANNA)
    assert (person.identity.namespace, person.identity.actor.kind) == ("default", ActorKind.STAFF)
    assert person.identity.actor.id == anna.id


def test_a_customer_user_acts_for_one_customer(work: Work) -> None:
    with work(now=NOON) as ctx:
        service.create_customer_user(ctx, CustomerUserInput("carl@example.com", "Carl", SECRET, "01CUSTOMER"))
        assert [found.name for found in service.list_customer_users(ctx, "01CUSTOMER")] == ["Carl"]
        assert list(service.list_staff(ctx)) == []
    person = principal(work, enter("carl@example.com"))
    assert (person.role, person.customer_id, person.identity.actor.kind) == (
        Role.CUSTOMER,
        "01CUSTOMER",
        ActorKind.CUSTOMER,
    )


@pytest.mark.parametrize(("email", "secret"), [(ANNA, "wrong horse"), ("nobody@example.com", SECRET), (ANNA, "")])
def test_a_wrong_address_and_a_wrong_password_read_the_same(anna: User, email: str, secret: str) -> None:
    with pytest.raises(Unauthenticated, match="The e-mail address or the password is wrong"):
        enter(email, secret)


def test_somebody_unknown_costs_the_same_check(monkeypatch: pytest.MonkeyPatch, anna: User) -> None:
    checked: list[str] = []
    honest = password._hasher.verify

    class Watched:
        def verify(self, kept: str, given: str) -> bool:
            checked.append(kept.split("$")[3])
            return honest(kept, given)

    monkeypatch.setattr(password, "_hasher", Watched())
    for email in (ANNA, "nobody@example.com"):
        with pytest.raises(Unauthenticated):
            enter(email, "wrong horse")
    assert checked == [checked[0]] * 2


@pytest.mark.parametrize("email", [ANNA, "nobody@example.com"])
def test_guessing_is_braked_for_a_quarter_of_an_hour(anna: User, email: str) -> None:
    for minute in range(10):
        with pytest.raises(Unauthenticated):
            enter(email, "guess", NOON + minute * timedelta(minutes=1))
    for secret in ("guess", SECRET):
        with pytest.raises(Forbidden, match="Wait 15 minutes"):
            enter(email, secret, NOON + timedelta(minutes=14))
    with pytest.raises(Unauthenticated):
        enter(email, "guess", NOON + timedelta(minutes=15))


def test_a_success_releases_the_brake(anna: User) -> None:
    for _ in range(3):
        for _ in range(9):
            with pytest.raises(Unauthenticated):
                enter(secret="guess")
        enter()


def test_a_session_ends_twelve_hours_after_the_last_use(work: Work, anna: User) -> None:
    token = enter()
    assert signed_in(work, token, NOON + 11 * HOUR)
    with work() as ctx:
        service.save_last_seen(ctx)
    assert signed_in(work, token, NOON + 22 * HOUR)
    assert not signed_in(work, token, NOON + 23 * HOUR)


def test_a_session_ends_after_fourteen_days_of_use(work: Work, anna: User) -> None:
    token = enter()
    for half_day in range(1, 31):
        assert signed_in(work, token, NOON + half_day * 11 * HOUR)
        with work() as ctx:
            service.save_last_seen(ctx)
    assert not signed_in(work, token, NOON + 14 * DAY)


def test_signing_out_ends_this_session_only(work: Work, anna: User) -> None:
    here, there = enter(), enter()
    for _ in range(2):
        with work(now=NOON) as ctx:
            service.sign_out(ctx, here)
            service.sign_out(ctx, "never given out")
    assert (signed_in(work, here), signed_in(work, there)) == (False, True)


@pytest.mark.parametrize("token", [None, "", "never given out"])
def test_without_a_token_nobody_is_there(work: Work, token: str | None) -> None:
    with pytest.raises(Unauthenticated):
        principal(work, token)


def test_a_new_password_ends_the_other_sessions(work: Work, anna: User) -> None:
    here, there = enter(), enter()
    with work(now=NOON) as ctx:
        with pytest.raises(Invalid, match="not right"):
            service.change_password(ctx, anna.id, OTHER, OTHER, token=here)
        service.change_password(ctx, anna.id, SECRET, OTHER, token=here)
    assert (signed_in(work, here), signed_in(work, there)) == (True, False)
    with pytest.raises(Unauthenticated):
        enter()
    assert enter(secret=OTHER)


def test_moving_a_sandbox_clock_signs_nobody_out(work: Work) -> None:
    with work() as ctx:
        service.create_namespace(ctx, NamespaceInput("sand", "Sand", sandbox=True))
    with work("sand") as ctx:
        service.create_staff(ctx, StaffInput(ANNA, "Anna", SECRET, Role.VIEWER))
        service.move_clock(ctx, ctx.now + MONTH)
    for _ in range(2):
        entered = service.sign_in(ANNA, SECRET, "sand")
        with work("sand") as ctx:
            assert entered.expires_at < ctx.now
            assert service.session_principal(ctx.session, entered.token).identity.namespace == "sand"
            service.move_clock(ctx, ctx.now + MONTH)


def test_people_of_two_namespaces_do_not_meet(work: Work, anna: User) -> None:
    with work("acme") as ctx:
        service.create_staff(ctx, StaffInput(ANNA, "Another Anna", OTHER, Role.VIEWER))
    with pytest.raises(Unauthenticated):
        service.sign_in(ANNA, OTHER)
    assert service.sign_in(ANNA, OTHER, "acme").principal.name == "Another Anna"


def test_an_address_signs_in_one_person(work: Work, anna: User) -> None:
    with work() as ctx, pytest.raises(Conflict):
        service.create_customer_user(ctx, CustomerUserInput("ANNA@example.com", "Anna", SECRET, "01CUSTOMER"))


@pytest.mark.parametrize(
    ("email", "secret"), [("anna", SECRET), ("a b@example.com", SECRET), ("b@example.com", "short")]
)
def test_a_person_needs_an_address_and_a_long_enough_password(work: Work, email: str, secret: str) -> None:
    with work() as ctx, pytest.raises(Invalid) as refused:
        service.create_staff(ctx, StaffInput(email, "B", secret, Role.VIEWER))
    assert len(refused.value.issues) == 1


def test_staff_cannot_have_the_role_of_a_customer(work: Work) -> None:
    with work() as ctx, pytest.raises(Invalid):
        service.create_staff(ctx, StaffInput(ANNA, "Anna", SECRET, Role.CUSTOMER))


def test_a_removed_person_is_out_at_once_and_the_address_is_free(work: Work, anna: User) -> None:
    with work(now=NOON) as ctx:
        with pytest.raises(Conflict, match="last owner"):
            service.remove_user(ctx, anna.id)
        service.create_staff(ctx, StaffInput("olga@example.com", "Olga", SECRET, Role.OWNER))
    token = enter()
    with work(now=NOON) as ctx:
        service.remove_user(ctx, anna.id)
        with pytest.raises(NotFound):
            service.remove_user(ctx, anna.id)
        service.create_staff(ctx, StaffInput(ANNA, "Anna again", OTHER, Role.VIEWER))
    assert not signed_in(work, token)
    assert principal(work, enter(secret=OTHER)).name == "Anna again"


def test_the_administrator_of_the_settings_follows_them(work: Work) -> None:
    for _ in range(2):
        with work(now=NOON) as ctx:
            service.ensure_admin(ctx, ANNA, SECRET)
    token = enter()
    with work(now=NOON) as ctx:
        assert service.ensure_admin(ctx, "Anna@example.com", OTHER).role == Role.OWNER
        assert len(service.list_staff(ctx)) == 1
    assert not signed_in(work, token)
    assert principal(work, enter(secret=OTHER)).role is Role.OWNER


def test_a_customer_is_not_made_the_administrator(work: Work) -> None:
    with work() as ctx:
        service.create_customer_user(ctx, CustomerUserInput(ANNA, "Anna", SECRET, "01CUSTOMER"))
        with pytest.raises(Conflict):
            service.ensure_admin(ctx, ANNA, OTHER)


def test_signing_in_is_on_record_without_secrets(work: Work, anna: User) -> None:
    token = enter()
    with work(writing=False) as ctx:
        entries, _ = service.list_audit(ctx, entity_id=anna.id)
    assert [(entry.action, entry.actor_name) for entry in entries] == [("sign_in", "Anna")]
    assert token not in entries[0].model_dump_json()
