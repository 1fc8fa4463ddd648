"""What a process still knows of its SQLite file from the transactions before, so that it need not read it again.

Only the connection that writes has such a memory (db.py), and only a unit of work that commits leaves it behind. It is
empty once another program has written to the file. On PostgreSQL nothing is remembered: others write there.
"""

from typing import Any, TypeVar

from sqlmodel import Session

KEY = "remembered"
Known = TypeVar("Known")


def remembered(session: Session, kind: type[Known]) -> Known:
    """What is known of this kind, to be read and added to by whoever writes the rows that it is about.

    It begins with an empty `kind()`. Within a savepoint, which can be taken back alone, nothing is known.
    """
    known: Known = _memory(session).setdefault(kind, kind())
    return known


def keep(session: Session) -> None:
    """Leave what this unit of work knows to the next one; called right after the commit."""
    if KEY in session.info:
        held_by_connection, memory = session.info.pop(KEY)
        held_by_connection[KEY] = memory


def _memory(session: Session) -> dict[type[Any], Any]:
    """The memory is taken away from the connection: what does not come to its commit does not give it back."""
    memory: dict[type[Any], Any] = {}
    if session.get_bind().dialect.name != "sqlite":
        return memory
    if session.in_nested_transaction():
        session.info.pop(KEY, None)
        session.connection().info.pop(KEY, None)
    elif KEY in session.info:
        (_, (_, memory)) = session.info[KEY]
    else:
        connection = session.connection()
        version = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        before, left = connection.info.pop(KEY, (version, memory))
        memory = left if before == version else memory
        session.info[KEY] = (connection.info, (version, memory))
    return memory
