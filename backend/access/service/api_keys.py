"""The keys that programs come in with."""

from collections.abc import Sequence

from sqlmodel import Session

from backend.access import repository
from backend.access.last_seen import KEYS
from backend.access.models import ApiKey, Scope
from backend.access.secret import fingerprint, random_text
from backend.errors import Conflict, Forbidden, Invalid, Issue, NotFound, Unauthenticated
from backend.infra.actor import Actor, ActorKind, Identity
from backend.infra.clock import wall
from backend.infra.context import Context

ROOT_KEY_NAME = "METERLINE_API_KEY"
SHOWN = 4
MAY_NOT = {
    Scope.INGEST: "This API key may only read. Sending events needs one with the scope ingest or full.",
    Scope.READ: "This API key may only send events. Reading needs one with the scope read or full.",
    Scope.FULL: "This API key may not change anything. That needs one with the scope full.",
}


def authenticate(session: Session, token: str, need: Scope) -> Identity:
    """Who holds this key: one indexed query, at every request.

    Raises Unauthenticated for a key that is unknown or revoked, Forbidden for one whose scope is too narrow.
    """
    key = repository.known_key(session, fingerprint(token))
    if key is None or key.revoked_at is not None:
        raise Unauthenticated("This API key is unknown or has been revoked.")
    if not Scope(key.scope).allows(need):
        raise Forbidden(MAY_NOT[need])
    KEYS.note(key.id, wall())
    return Identity(key.namespace, Actor(ActorKind.API_KEY, key.id, key.name))


def create_api_key(ctx: Context, name: str, scope: Scope) -> tuple[ApiKey, str]:
    """Make a key for this namespace; the secret is returned here and never again."""
    return make_key(ctx, ctx.namespace, name, scope)


def make_key(ctx: Context, namespace: str, name: str, scope: Scope) -> tuple[ApiKey, str]:
    """Make a key for a namespace that the unit of work need not be in, such as one just made."""
    if not name.strip():
        raise Invalid("An API key needs a name.", issues=[Issue("name", "required", "An API key needs a name.")])
    secret = f"ml_{scope}_{random_text()}"
    key = ApiKey(
        namespace=namespace,
        name=name.strip(),
        scope=scope,
        prefix=secret[: len(f"ml_{scope}_") + SHOWN],
        secret_hash=fingerprint(secret),
    )
    ctx.session.add(key)
    ctx.session.flush()
    return key, secret


def list_api_keys(
    ctx: Context, offset: int = 0, limit: int = 100, *, search: str = "", scope: Scope | None = None
) -> tuple[Sequence[ApiKey], int]:
    """The keys that are not revoked, oldest first, and how many there are.

    `search` is a part of the name or of the secret's first characters.
    """
    return repository.living_keys(ctx, offset, limit, search=search, scope=scope)


def revoke_api_key(ctx: Context, key_id: str) -> ApiKey:
    """End a key at once; raises NotFound for an unknown or ended one, Conflict for the key of the setting."""
    key = repository.living_key(ctx, key_id)
    if key is None:
        raise NotFound(f"There is no API key {key_id}.")
    if key.root:
        raise Conflict(f"This key comes from the setting {ROOT_KEY_NAME}. Change the setting and start again.")
    key.revoked_at = ctx.now
    ctx.session.add(key)
    return key


def ensure_root_key(ctx: Context, secret: str | None) -> ApiKey | None:
    """Let the secret of the setting METERLINE_API_KEY be a key with full access, and no earlier one of it.

    Safe to repeat at every start. None, a setting that was removed, ends the earlier key. Raises Conflict
    if the secret already belongs to a key that did not come from the setting.
    """
    wanted = fingerprint(secret) if secret else None
    for earlier in repository.living_root_keys(ctx):
        if earlier.secret_hash != wanted:
            earlier.revoked_at = ctx.now
            ctx.session.add(earlier)
    if secret is None or wanted is None:
        return None
    key = repository.key_by_hash(ctx.session, wanted) or ApiKey(
        name=ROOT_KEY_NAME, scope=Scope.FULL, prefix=secret[:SHOWN], secret_hash=wanted, root=True
    )
    if not key.root or key.namespace not in ("", ctx.namespace):
        raise Conflict(f"{ROOT_KEY_NAME} is the secret of another API key. Choose a different one.")
    key.revoked_at = None
    ctx.session.add(key)
    return key
