"""The different values that rows have, found by looking each up in an index and not by reading every row."""

from typing import Any

from sqlalchemy import Select, func, select


def different(value: Any, *conditions: Any, first: Any = None) -> Select[Any]:
    """Selects the values of an expression among the rows that meet conditions, the least first; the last one is null.

    For an index that begins with what the conditions compare and goes on with the expression: each value takes one
    look-up, however many rows have it. `first` is the value to begin with, if not the least. Said as a condition it
    would stay one when the next value is looked for, and SQLite would start from it each time.
    """
    least = select(func.min(value).label("value")).where(*conditions)
    found = (least if first is None else least.where(value >= first)).cte("found", recursive=True)
    following = least.where(value > found.c.value).correlate(found).scalar_subquery()
    found = found.union_all(select(following).where(found.c.value.is_not(None)))
    return select(found.c.value)
