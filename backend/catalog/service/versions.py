"""What plans and add-ons have in common: numbered versions of a key, of which one is a draft and one is on sale."""

from collections.abc import Sequence

from backend.catalog import repository
from backend.catalog.models import Addon, Plan
from backend.catalog.repository import V
from backend.catalog.validation import is_critical
from backend.engine.subscribe.status import PlanStatus, plan_status
from backend.errors import Conflict, Invalid, Issue, NotFound
from backend.infra.context import Context

WORDS: dict[type[Plan] | type[Addon], str] = {Plan: "plan", Addon: "add-on"}


def living(ctx: Context, kind: type[V], version_id: str) -> V:
    """A version that is not deleted, with a lock on all versions of its key. Raises NotFound.

    Who waited for the lock comes with an instant from before the other's change, at which a version just published
    still looks unpublished: Conflict.
    """
    row = repository.version(ctx, kind, version_id)
    if row is not None:
        repository.versions(ctx, kind, row.key, lock=True)
    if row is None or row.deleted_at is not None:
        raise NotFound(f"There is no {WORDS[kind]} {version_id}.")
    if row.updated_at is not None and row.updated_at > ctx.now:
        raise Conflict(f"{title(row)} was changed by another request at the same moment. Read it again, then retry.")
    return row


def find(ctx: Context, kind: type[V], id_or_key: str, version: int | None = None, *, latest: bool = False) -> V:
    """A version by id (also a deleted one), or of a key: the numbered one, the one on sale now, or the latest.

    Raises NotFound.
    """
    row = repository.version(ctx, kind, id_or_key) or _of_key(ctx, kind, id_or_key, version, latest=latest)
    if row is None:
        which = f"version {version}" if version else "version on sale"
        raise NotFound(f"There is no {WORDS[kind]} {id_or_key}, or it has no {which}.")
    return row


def next_number(ctx: Context, kind: type[V], key: str) -> int:
    """The number of the next version of a key. Numbers are never used again. Raises Conflict when it has a draft."""
    known = repository.versions(ctx, kind, key, lock=True)
    for row in known:
        if row.effective_from is None and row.deleted_at is None:
            message = f"{title(row)} is a draft; there is one draft at a time."
            raise Conflict(message, conflictingEntityId=row.id)
    return max((row.version for row in known), default=0) + 1


def source_of_next(ctx: Context, kind: type[V], id_or_key: str) -> V:
    """The version that the next one starts from: this one (by id), or the latest (by key). Raises NotFound."""
    by_id = repository.version(ctx, kind, id_or_key)
    known = repository.versions(ctx, kind, by_id.key if by_id else id_or_key, lock=True)
    for row in reversed(known):
        if row.deleted_at is None and (by_id is None or row.id == by_id.id):
            return row
    raise NotFound(f"There is no {WORDS[kind]} {id_or_key}.")


def put_on_sale(ctx: Context, row: V) -> None:
    """Sell a version from now on; the one on sale until now ends at the same instant."""
    for other in repository.versions(ctx, type(row), row.key):
        if other.id != row.id and other.deleted_at is None and is_on_sale(ctx, other):
            other.effective_to = ctx.now
            ctx.session.add(other)
    ctx.session.flush()
    row.effective_from, row.effective_to = ctx.now, None
    ctx.session.add(row)


def is_on_sale(ctx: Context, row: Plan | Addon) -> bool:
    """Whether a version is on sale at the instant of the unit of work."""
    return plan_status(row.effective_from, row.effective_to, ctx.now) is PlanStatus.ACTIVE


def title(row: Plan | Addon) -> str:
    """A version as messages call it."""
    return f"Version {row.version} of {WORDS[type(row)]} {row.key}"


def refuse(what: str, issues: Sequence[Issue]) -> None:
    """Raise Invalid with all issues, if there are any; the sentence tells the first three."""
    if issues:
        shown = " ".join(issue.message for issue in issues[:3])
        more = "" if len(issues) <= 3 else f" And {len(issues) - 3} more."
        raise Invalid(f"{what}: {shown}{more}", issues=issues)


def refuse_critical(what: str, issues: Sequence[Issue]) -> None:
    """Raise Invalid with all issues, if one of them is critical."""
    refuse(what, issues if any(is_critical(issue) for issue in issues) else ())


def _of_key(ctx: Context, kind: type[V], key: str, version: int | None, *, latest: bool) -> V | None:
    known = [row for row in repository.versions(ctx, kind, key) if row.deleted_at is None]
    if version is not None:
        return next((row for row in known if row.version == version), None)
    if latest:
        return max(known, key=lambda row: row.version, default=None)
    return next((row for row in known if is_on_sale(ctx, row)), None)
