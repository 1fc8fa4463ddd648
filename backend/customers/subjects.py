"""What sellers tell about subjects of usage events: a name, labels, a Stripe customer. Events and bills need none."""

from collections.abc import Collection, Mapping, Sequence

from backend.customers import repository
from backend.customers.models import Subject
from backend.errors import NotFound
from backend.infra import locks
from backend.infra.context import Context

FIELDS = frozenset({"display_name", "labels", "stripe_customer_id"})
SUBJECTS = "subjects"
"""The lock of those who write subjects: the second of two who tell about a new one changes what the first wrote."""


def upsert(ctx: Context, wanted: Sequence[tuple[str, Mapping[str, str | None]]]) -> list[Subject]:
    """Create or change subjects by their keys; a field that is not given stays, None clears it (metering spec 5)."""
    locks.have_alone(ctx, SUBJECTS)
    present = {row.key: row for row in repository.living_subject_rows(ctx, [key for key, _ in wanted])}
    for key, fields in wanted:
        row = present.setdefault(key, Subject(key=key))
        for name in FIELDS & fields.keys():
            setattr(row, name, fields[name])
        ctx.session.add(row)
    ctx.session.flush()
    return [present[key] for key, _ in wanted]


def list_subjects(ctx: Context) -> Sequence[Subject]:
    """Every subject that something is known about, oldest first."""
    return repository.living_subject_rows(ctx)


def get(ctx: Context, id_or_key: str) -> Subject:
    """The subject with this key or id. Raises NotFound."""
    subject = repository.subject_row(ctx, id_or_key)
    if subject is None:
        raise NotFound(f"Nothing is known about a subject with the id or key {id_or_key}.")
    return subject


def display_names(ctx: Context, keys: Collection[str]) -> dict[str, str]:
    """Key → display name, of those of these subjects that have one."""
    rows = repository.living_subject_rows(ctx, keys)
    return {row.key: row.display_name for row in rows if row.display_name}


def delete(ctx: Context, id_or_key: str) -> None:
    """Forget a subject; its events, customer and entitlements stay, and its key can be used again. NotFound."""
    subject = get(ctx, id_or_key)
    subject.deleted_at = ctx.now
    ctx.session.add(subject)
