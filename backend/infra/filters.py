"""A filter as a condition of a query; it lets the same rows pass as the engine's `matches` on every database."""

import operator
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, true

from backend.engine.filter import Filter, Operator, escaped
from backend.infra.context import Context


def condition(ctx: Context, column: Any, wanted: Filter | None) -> ColumnElement[bool]:
    """The condition on a text or instant column; no filter is always true."""
    if wanted is None:
        return true()
    if wanted.parts:
        join = and_ if wanted.operator is Operator.AND else or_
        return join(*(condition(ctx, column, part) for part in wanted.parts))
    on_sqlite = ctx.session.get_bind().dialect.name == "sqlite"
    if not on_sqlite and isinstance(wanted.operand, str) and wanted.operator in _COMPARES:
        column = column.collate("C")
    found: ColumnElement[bool] = _compare(column, wanted, on_sqlite=on_sqlite)
    return found


_COMPARES: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.GT: operator.gt,
    Operator.GTE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LTE: operator.le,
}
_EQUALS: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.IN: lambda column, values: column.in_(values),
    Operator.NIN: lambda column, values: column.not_in(values),
    Operator.EXISTS: lambda column, wanted: (column != "") if wanted else (column == ""),
}


def _compare(column: Any, wanted: Filter, *, on_sqlite: bool) -> Any:
    compare = (_COMPARES | _EQUALS).get(wanted.operator)
    if compare is not None:
        return compare(column, wanted.operand)
    return _like(column, wanted.operator, str(wanted.operand), on_sqlite=on_sqlite)


def _like(column: Any, kind: Operator, value: str, *, on_sqlite: bool) -> Any:
    """SQLite's own LIKE never minds upper and lower case, so it has functions of ours."""
    part = kind in (Operator.CONTAINS, Operator.NCONTAINS)
    pattern = f"%{escaped(value)}%" if part else value
    minds_case = kind in (Operator.LIKE, Operator.NLIKE)
    if on_sqlite:
        found = (func.text_like if minds_case else func.text_ilike)(pattern, column)
        return found == int(kind in _WANTS)
    last_backslashes = len(pattern) - len(pattern.rstrip("\\"))
    if last_backslashes % 2:  # it takes no character literally, so it means itself; PostgreSQL refuses that
        pattern += "\\"
    found = column.like(pattern) if minds_case else column.ilike(pattern)
    return found if kind in _WANTS else ~found


_WANTS = frozenset({Operator.LIKE, Operator.ILIKE, Operator.CONTAINS})
