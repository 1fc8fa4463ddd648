"""What time it is in a namespace: the wall clock, or a sandbox's own clock that runs ahead of it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, bindparam
from sqlmodel import Field, Session, SQLModel, select

MICROSECOND = timedelta(microseconds=1)


class NamespaceClock(SQLModel, table=True):
    """How far a sandbox's clock runs ahead of the wall; a namespace without a row follows the wall."""

    __tablename__ = "namespace_clock"

    namespace: str = Field(primary_key=True, max_length=64)
    ahead_us: int = Field(default=0, sa_type=BigInteger)


_AHEAD = select(NamespaceClock.ahead_us).where(NamespaceClock.namespace == bindparam("namespace"))


def wall() -> datetime:
    """The wall clock, in UTC: the only place where Meterline reads it."""
    return datetime.now(UTC)


def now_in(session: Session, namespace: str) -> datetime:
    """The present instant of a namespace."""
    ahead = session.connection().execute(_AHEAD, {"namespace": namespace}).scalar()
    return wall() if ahead is None else wall() + ahead * MICROSECOND


def set_ahead(session: Session, namespace: str, ahead: timedelta) -> None:
    """Let the clock of a namespace run ahead of the wall by this much from the next unit of work on."""
    session.merge(NamespaceClock(namespace=namespace, ahead_us=ahead // MICROSECOND))
    session.flush()
