"""What SQLite is told about tables, which it would otherwise guess: that a namespace has ten rows.

It would read a whole namespace rather than look up three ids in it. Figures that never change keep plans as they are:
those of ANALYZE depend on when it ran (ADR 0024).
"""

from collections.abc import Iterator

from sqlalchemy import Connection

ROWS = 1_000_000
OF_ONE = (ROWS, 1_000, 10)
"""How many rows agree in the first column of an index, in the first two, and in three or more."""

OF_EVENTS = {
    "ix_usage_event_hour": "10000000 10000000 1000000 10000 10 1",
    "ix_usage_event_time": "10000000 10000000 10 1",
}
"""The same of usage events: a range of time leaves many of them, an hour of one subject leaves few."""


def tell_sqlite(connection: Connection) -> None:
    """Write down the figures of every index that begins with the namespace of rows and events; safe to repeat."""
    connection.exec_driver_sql("ANALYZE sqlite_schema")
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    told = [(table, index, _figures(columns, is_unique)) for table, index, columns, is_unique in _indexes(connection)]
    told += [("usage_event", index, figures) for index, figures in OF_EVENTS.items()]
    connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", told)
    connection.exec_driver_sql("ANALYZE sqlite_schema")


def _figures(columns: int, is_unique: bool) -> str:
    of_one = [OF_ONE[min(place, len(OF_ONE) - 1)] for place in range(columns)]
    if is_unique:
        of_one[-1] = 1
    return " ".join(map(str, (ROWS, *of_one)))


def _indexes(connection: Connection) -> Iterator[tuple[str, str, int, bool]]:
    """Table, index, number of columns and whether it is unique; only of tables of `infra.rows.Row`."""
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'table'").scalars().all()
    for table in tables:
        columns = connection.exec_driver_sql("SELECT name FROM pragma_table_info(?)", (table,)).scalars().all()
        if not {"id", "namespace", "created_at"} <= set(columns):
            continue
        found = connection.exec_driver_sql('SELECT name, "unique" FROM pragma_index_list(?)', (table,)).all()
        for index, is_unique in found:
            info = connection.exec_driver_sql("SELECT name FROM pragma_index_info(?) ORDER BY seqno", (index,))
            named = info.scalars().all()
            if named[0] == "namespace" and len(named) > 1:
                yield table, index, len(named), bool(is_unique)
