"""What went wrong with a thing that was due: kept until it goes well or is no longer due, so that people see it."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field, col, delete, select

from backend.errors import Conflict, DomainError
from backend.infra.context import Context, unit_of_work
from backend.infra.rows import Row

MOST_CHARACTERS = 500


class DueFailure(Row, table=True):
    """A thing that was due and failed; it is tried again by itself.

    `work` is what was to be done, `subject` the id of what it was to be done with. The first failure is `created_at`,
    the last one `updated_at`.
    """

    __tablename__ = "due_failure"
    __table_args__ = (Index("uq_due_failure", "namespace", "work", "subject", unique=True),)
    audited: ClassVar[bool] = False

    work: str = Field(max_length=32)
    subject: str = Field(max_length=64)
    failures: int = 0
    error: str = ""


def note(namespace: str, work: str, subject: str, error: Exception) -> None:
    """Count one more failure of a thing, in a unit of work of its own: the one that failed left no trace."""
    try:
        with unit_of_work(namespace) as ctx:
            kept = _find(ctx, work, subject) or DueFailure(work=work, subject=subject)
            kept.failures += 1
            kept.error = _wording(error)[:MOST_CHARACTERS]
            ctx.session.add(kept)
    except Conflict:
        return  # another process has just noted the same


def forget(namespace: str, work: str, subjects: Collection[str]) -> None:
    """These things went well, or are no longer due."""
    if not subjects:
        return
    with unit_of_work(namespace) as ctx:
        conditions = (col(DueFailure.namespace) == namespace, col(DueFailure.work) == work)
        ctx.session.exec(delete(DueFailure).where(*conditions, col(DueFailure.subject).in_(list(subjects))))


def failing(ctx: Context, work: str) -> set[str]:
    """The things that this work has failed for."""
    query = select(DueFailure.subject).where(col(DueFailure.namespace) == ctx.namespace, col(DueFailure.work) == work)
    return set(ctx.session.exec(query))


def is_failing(namespace: str, work: str, subject: str) -> bool:
    """Whether a thing is kept as failing."""
    with unit_of_work(namespace, writing=False) as ctx:
        return subject in failing(ctx, work)


def list_failures(ctx: Context, limit: int = 100) -> Sequence[DueFailure]:
    """What fails at present, the latest failure first."""
    query = select(DueFailure).where(col(DueFailure.namespace) == ctx.namespace)
    return ctx.session.exec(query.order_by(col(DueFailure.updated_at).desc(), col(DueFailure.id)).limit(limit)).all()


def _find(ctx: Context, work: str, subject: str) -> DueFailure | None:
    return ctx.session.exec(
        select(DueFailure)
        .where(
            col(DueFailure.namespace) == ctx.namespace,
            col(DueFailure.work) == work,
            col(DueFailure.subject) == subject,
        )
        .with_for_update()
    ).first()


def _wording(error: Exception) -> str:
    """Our own errors are worded for people; of others, the kind says more than the text alone."""
    return str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
