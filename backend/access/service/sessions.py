"""Signing in with a password, staying signed in by a token, signing out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from backend.access import repository
from backend.access.last_seen import KEYS, SESSIONS
from backend.access.models import ApiKey, SignInAttempt, User, UserSession
from backend.access.password import is_password
from backend.access.roles import Principal, Role
from backend.access.secret import fingerprint, random_text
from backend.access.service.namespaces import wall_instant
from backend.access.service.people import LONGEST_EMAIL, normal_email
from backend.errors import Forbidden, Unauthenticated
from backend.infra import audit
from backend.infra.actor import Actor, ActorKind, Identity
from backend.infra.clock import wall
from backend.infra.context import DEFAULT_NAMESPACE, Context, unit_of_work

SESSION_COOKIE = "meterline_session"
IDLE = timedelta(hours=12)
LIFETIME = timedelta(days=14)
ATTEMPTS, ATTEMPT_WINDOW = 10, timedelta(minutes=15)
WRONG = "The e-mail address or the password is wrong."
ENDED = "Your session has ended. Sign in again."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: its token goes to the browser and is kept nowhere else."""

    token: str
    expires_at: datetime
    principal: Principal


def sign_in(email: str, password: str, namespace: str = DEFAULT_NAMESPACE, now: datetime | None = None) -> SignedIn:
    """Start a session for the person with this address and password.

    Takes its own units of work: the attempt counts before the password is tried, whatever comes after,
    and no transaction is open during the tenth of a second that the check takes. Raises Unauthenticated
    for a wrong address or password, and after equal time; Forbidden after ten failures in 15 minutes.
    """
    address = normal_email(email)[:LONGEST_EMAIL]
    with unit_of_work(namespace, now=now) as ctx:
        _count_attempt(ctx, address)
        found = repository.user_by_email(ctx, address)
    if not is_password(password, found.password_hash if found else None) or found is None:
        raise Unauthenticated(WRONG)
    principal = _principal(found)
    with unit_of_work(namespace, now=now, actor=principal.identity.actor) as ctx:
        still = repository.user(ctx, found.id)
        if still is None or still.password_hash != found.password_hash:
            raise Unauthenticated(WRONG)
        repository.forget_attempts(ctx, email=address)
        audit.record(ctx, "sign_in", "user_account", found.id)
        return _start_session(ctx, found, principal)


def session_principal(session: Session, token: str | None, at: datetime | None = None) -> Principal:
    """The person behind a session token, at an instant of the wall clock (default: this one); one query.

    Raises Unauthenticated if the token is unknown, signed out, unused for 12 hours or older than 14 days.
    """
    found = repository.session_and_user(session, fingerprint(token)) if token else None
    if found is None:
        raise Unauthenticated(ENDED)
    row, user = found
    instant = at or wall()
    if row.revoked_at or user.deleted_at or instant >= min(row.expires_at, row.last_seen_at + IDLE):
        raise Unauthenticated(ENDED)
    SESSIONS.note(row.id, instant)
    return _principal(user)


def sign_out(ctx: Context, token: str) -> None:
    """End a session; one that is unknown or has ended already stays so."""
    found = repository.session_and_user(ctx.session, fingerprint(token))
    if found is not None and found[0].revoked_at is None:
        found[0].revoked_at = wall_instant(ctx)
        ctx.session.add(found[0])


def save_last_seen(ctx: Context) -> None:
    """Write when keys and sessions were last used; a job calls this every few minutes, for all namespaces at once."""
    repository.write_last_seen(ctx, ApiKey, "last_used_at", KEYS.take())
    repository.write_last_seen(ctx, UserSession, "last_seen_at", SESSIONS.take())


def _count_attempt(ctx: Context, email: str) -> None:
    """Let an attempt through and count it, or raise Forbidden when there were too many."""
    since = ctx.now - ATTEMPT_WINDOW
    if repository.attempts_since(ctx, email, since) >= ATTEMPTS:
        raise Forbidden("Too many attempts to sign in with this e-mail address. Wait 15 minutes, then try again.")
    repository.forget_attempts(ctx, until=since)
    ctx.session.add(SignInAttempt(email=email))


def _start_session(ctx: Context, user: User, principal: Principal) -> SignedIn:
    token = random_text()
    started = wall_instant(ctx)
    row = UserSession(
        user_id=user.id, token_hash=fingerprint(token), last_seen_at=started, expires_at=started + LIFETIME
    )
    ctx.session.add(row)
    return SignedIn(token, row.expires_at, principal)


def _principal(user: User) -> Principal:
    role = Role(user.role)
    kind = ActorKind.CUSTOMER if role is Role.CUSTOMER else ActorKind.STAFF
    identity = Identity(user.namespace, Actor(kind, user.id, user.name))
    return Principal(identity, role, user.customer_id, user.name, user.email)
