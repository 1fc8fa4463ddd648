"""What is kept of each recurring job, for every process and person: when it last ran, how that ended, its lag."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Field, SQLModel, col, select

from backend.infra.columns import Instant
from backend.infra.context import Context, unit_of_work

MOST_CHARACTERS = 500


class JobRecord(SQLModel, table=True):
    """One job of this installation, whichever process ran it last; it belongs to no namespace.

    `lag_seconds` is how long the oldest thing that was due had waited when the run ended; None where a job has no
    notion of due. `last_error` stays until a run ends well.
    """

    __tablename__ = "job_record"

    name: str = Field(primary_key=True, max_length=64)
    started_at: datetime = Field(sa_type=Instant)
    ended_at: datetime = Field(sa_type=Instant)
    succeeded_at: datetime | None = Field(default=None, sa_type=Instant)
    duration_ms: int
    lag_seconds: int | None = None
    runs: int = 0
    failures: int = 0
    failures_in_a_row: int = 0
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run that has ended; `error` is None when it ended well."""

    started_at: datetime
    took: timedelta
    error: str | None = None


def record(name: str, run: JobRun, lag: timedelta | None = None) -> None:
    """Keep a run as the last of its job and count it, across all processes."""
    with unit_of_work() as ctx:
        query = select(JobRecord).where(col(JobRecord.name) == name).with_for_update()
        ended_at, duration_ms = run.started_at + run.took, run.took // timedelta(milliseconds=1)
        kept = ctx.session.exec(query).first() or JobRecord(
            name=name, started_at=run.started_at, ended_at=ended_at, duration_ms=duration_ms
        )
        kept.started_at, kept.ended_at, kept.duration_ms = run.started_at, ended_at, duration_ms
        kept.lag_seconds = None if lag is None else lag // timedelta(seconds=1)
        kept.runs += 1
        if run.error is None:
            kept.succeeded_at, kept.failures_in_a_row, kept.last_error = kept.ended_at, 0, None
        else:
            kept.failures += 1
            kept.failures_in_a_row += 1
            kept.last_error = run.error[:MOST_CHARACTERS]
        ctx.session.add(kept)


def list_jobs(ctx: Context) -> Sequence[JobRecord]:
    """How each job that ever ran did so last, by name."""
    return ctx.session.exec(select(JobRecord).order_by(col(JobRecord.name))).all()
