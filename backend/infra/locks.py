"""Locks on a name that last as long as the unit of work: many may share one, or one alone may have it."""

from sqlalchemy import TextClause, text

from backend.infra.context import Context

_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def share(ctx: Context, name: str) -> None:
    """Wait until nobody has this name of the namespace alone; SQLite has one writer anyway."""
    _lock(ctx, name, _SHARED)


def have_alone(ctx: Context, name: str) -> None:
    """Wait until nobody else has or shares this name of the namespace; SQLite has one writer anyway."""
    _lock(ctx, name, _ALONE)


def _lock(ctx: Context, name: str, statement: TextClause) -> None:
    if ctx.session.get_bind().dialect.name == "postgresql":
        ctx.session.connection().execute(statement, {"name": f"meterline {ctx.namespace} {name}"})
