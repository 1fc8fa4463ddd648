"""Every query of access; unless it says otherwise, a query sees only the namespace of its unit of work."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, update
from sqlmodel import Session, col, select

from backend.access.models import ApiKey, Namespace, SignInAttempt, User, UserSession
from backend.infra.audit import AuditEntry
from backend.infra.context import Context


class KnownKey(NamedTuple):
    """What every request asks of its API key."""

    id: str
    namespace: str
    name: str
    scope: str
    revoked_at: datetime | None


_API_KEY = ApiKey.metadata.tables["api_key"].c
_KNOWN_KEY = select(*(_API_KEY[name] for name in KnownKey._fields)).where(_API_KEY.secret_hash == bindparam("hash"))
"""Made once, and answered without a row of the session: that takes a third of the time."""


def namespace(ctx: Context, key: str, *, lock: bool = False) -> Namespace | None:
    """A namespace by its key, whichever the unit of work is in; `lock` lets one transaction at a time have it."""
    found = select(Namespace).where(Namespace.namespace == key)
    return ctx.session.exec(found.with_for_update() if lock else found).first()


def namespace_keys(ctx: Context) -> Sequence[str]:
    """The key of every namespace there is."""
    return ctx.session.exec(select(Namespace.namespace)).all()


def namespaces_seen(ctx: Context, only: str | None, offset: int, limit: int) -> tuple[Sequence[Namespace], int]:
    """Every namespace, or only the one with this key, by key; and how many there are."""
    wanted = [Namespace.namespace == only] if only is not None else []
    total = ctx.session.exec(select(func.count()).select_from(Namespace).where(*wanted)).one()
    page = select(Namespace).where(*wanted).order_by(Namespace.namespace).offset(offset).limit(limit)
    return ctx.session.exec(page).all(), total


def known_key(session: Session, secret_hash: str) -> KnownKey | None:
    """The API key with this secret, whatever its namespace and also when revoked: one look into a unique index."""
    found = session.connection().execute(_KNOWN_KEY, {"hash": secret_hash}).first()
    return KnownKey._make(found) if found else None


def key_by_hash(session: Session, secret_hash: str) -> ApiKey | None:
    """The same as a row that can be changed."""
    return session.exec(select(ApiKey).where(ApiKey.secret_hash == secret_hash)).first()


def living_key(ctx: Context, key_id: str) -> ApiKey | None:
    """An API key that is not revoked."""
    found = select(ApiKey).where(
        ApiKey.namespace == ctx.namespace, ApiKey.id == key_id, col(ApiKey.revoked_at).is_(None)
    )
    return ctx.session.exec(found).first()


def living_keys(
    ctx: Context, offset: int, limit: int, *, search: str = "", scope: str | None = None
) -> tuple[Sequence[ApiKey], int]:
    """The API keys that are not revoked, oldest first, and how many there are; `search` is a part of the name."""
    living: list[Any] = [ApiKey.namespace == ctx.namespace, col(ApiKey.revoked_at).is_(None)]
    living += [or_(*_has_part(search, ApiKey.name, ApiKey.prefix))] if search else []
    living += [ApiKey.scope == scope] if scope is not None else []
    total = ctx.session.exec(select(func.count()).select_from(ApiKey).where(*living)).one()
    page = select(ApiKey).where(*living).order_by(col(ApiKey.created_at), ApiKey.id).offset(offset).limit(limit)
    return ctx.session.exec(page).all(), total


def living_root_keys(ctx: Context) -> Sequence[ApiKey]:
    """The keys that came from the setting and are not revoked."""
    root = (ApiKey.namespace == ctx.namespace, col(ApiKey.root).is_(True), col(ApiKey.revoked_at).is_(None))
    return ctx.session.exec(select(ApiKey).where(*root)).all()


def user(ctx: Context, user_id: str) -> User | None:
    """A person who has not been removed."""
    living = (User.namespace == ctx.namespace, User.id == user_id, col(User.deleted_at).is_(None))
    return ctx.session.exec(select(User).where(*living)).first()


def user_by_email(ctx: Context, email: str) -> User | None:
    """A person who has not been removed, by e-mail address in lower case."""
    living = (User.namespace == ctx.namespace, User.email == email, col(User.deleted_at).is_(None))
    return ctx.session.exec(select(User).where(*living)).first()


def users(ctx: Context, customer_id: str | None) -> Sequence[User]:
    """The staff, or those who act for one customer, by e-mail address."""
    living = (User.namespace == ctx.namespace, User.customer_id == customer_id, col(User.deleted_at).is_(None))
    return ctx.session.exec(select(User).where(*living).order_by(User.email)).all()


def session_and_user(session: Session, token_hash: str) -> tuple[UserSession, User] | None:
    """The session with this token and its person, whatever the namespace; both may have ended."""
    found = select(UserSession, User).join(User, col(User.id) == UserSession.user_id)
    return session.exec(found.where(UserSession.token_hash == token_hash)).first()


def revoke_sessions(ctx: Context, user_id: str, at: datetime, keep: str | None) -> None:
    """End every session of a person but the one whose token has the hash `keep`."""
    change = update(UserSession).where(
        col(UserSession.namespace) == ctx.namespace,
        col(UserSession.user_id) == user_id,
        col(UserSession.revoked_at).is_(None),
    )
    if keep is not None:
        change = change.where(col(UserSession.token_hash) != keep)
    ctx.session.exec(change.values(revoked_at=at))


def attempts_since(ctx: Context, email: str, since: datetime) -> int:
    """How many sign-ins for this address failed after an instant."""
    counted = (SignInAttempt.namespace == ctx.namespace, SignInAttempt.email == email)
    late = col(SignInAttempt.created_at) > since
    return ctx.session.exec(select(func.count()).select_from(SignInAttempt).where(*counted, late)).one()


def forget_attempts(ctx: Context, *, email: str | None = None, until: datetime | None = None) -> None:
    """Remove failed sign-ins: those for an address, or those up to an instant."""
    gone = delete(SignInAttempt).where(col(SignInAttempt.namespace) == ctx.namespace)
    if email is not None:
        gone = gone.where(col(SignInAttempt.email) == email)
    if until is not None:
        gone = gone.where(col(SignInAttempt.created_at) <= until)
    ctx.session.exec(gone)


def write_last_seen(ctx: Context, table: type[ApiKey | UserSession], column: str, seen: Mapping[str, datetime]) -> None:
    """Write when rows were last used, of any namespace; rows that are gone are passed over."""
    if not seen:
        return
    change = update(table).where(col(table.id) == bindparam("row_id")).values({column: bindparam("seen_at")})
    rows: list[dict[str, Any]] = [{"row_id": row_id, "seen_at": at} for row_id, at in seen.items()]
    ctx.session.connection().execute(change, rows)


def audit_entries(
    ctx: Context,
    *,
    entity: str | None,
    entity_id: str | None,
    actor_kind: str | None,
    search: str,
    offset: int,
    limit: int,
) -> tuple[Sequence[AuditEntry], int]:
    """The audit log, newest first, of everything or of what is asked for; and how many there are."""
    wanted: list[Any] = [AuditEntry.namespace == ctx.namespace]
    wanted += [AuditEntry.entity == entity] if entity else []
    wanted += [AuditEntry.entity_id == entity_id] if entity_id else []
    wanted += [AuditEntry.actor_kind == actor_kind] if actor_kind else []
    wanted += [or_(*_has_part(search, AuditEntry.actor_name, AuditEntry.entity_id))] if search else []
    total = ctx.session.exec(select(func.count()).select_from(AuditEntry).where(*wanted)).one()
    page = select(AuditEntry).where(*wanted).order_by(col(AuditEntry.id).desc()).offset(offset).limit(limit)
    return ctx.session.exec(page).all(), total


def _has_part(text: str, *columns: Any) -> list[Any]:
    """Which of these columns contains a text, in upper or lower case."""
    return [col(column).icontains(text, autoescape=True) for column in columns]
