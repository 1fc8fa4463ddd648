"""A unit of work: one use case, one transaction, one instant, one namespace, one actor."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from backend.errors import Conflict
from backend.infra import audit  # noqa: F401 - a unit of work is audited
from backend.infra.actor import SYSTEM, Actor, Identity
from backend.infra.clock import now_in
from backend.infra.db import Database, database
from backend.infra.remembered import keep
from backend.infra.rows import CONTEXT_KEY

DEFAULT_NAMESPACE = "default"
DEADLOCK = "40P01"
"""PostgreSQL's name for having chosen one of two that waited for each other."""


OVERTAKEN = "Another request changed the same thing at the same moment. Read it again, then retry."


@dataclass(frozen=True, slots=True)
class Context:
    """What a service needs to know of the world around it."""

    session: Session
    now: datetime
    namespace: str = DEFAULT_NAMESPACE
    actor: Actor = SYSTEM


@contextmanager
def unit_of_work(
    namespace: str = DEFAULT_NAMESPACE,
    *,
    actor: Actor = SYSTEM,
    now: datetime | None = None,
    writing: bool = True,
    rehearsal: bool = False,
    identify: Callable[[Session], Identity] | None = None,
    on: Database | None = None,
) -> Iterator[Context]:
    """Run a use case and commit it whole, or leave no trace of it.

    `now` defaults to the clock of the namespace. `identify` finds out namespace and actor inside the
    same transaction. With `writing=False` nothing can be changed; a `rehearsal` may change everything and leaves no
    trace of it. Raises Conflict when a unique key decided a race against this use case, or it waited for another that
    waited for it.
    """
    with (on or database()).session(writing=writing) as session:
        identity = identify(session) if identify else Identity(namespace, actor)
        instant = now or now_in(session, identity.namespace)
        context = Context(session, instant, identity.namespace, identity.actor)
        session.info[CONTEXT_KEY] = context
        try:
            yield context
            if rehearsal:
                session.rollback()
            else:
                session.commit()
                keep(session)
        except IntegrityError as error:
            raise Conflict(OVERTAKEN) from error
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != DEADLOCK:
                raise
            raise Conflict(OVERTAKEN) from error
