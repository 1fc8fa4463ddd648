"""What is kept of each recurring job: when it last ran, how that ended, how long it took and how far it is behind."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from backend.infra.columns import Instant


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
