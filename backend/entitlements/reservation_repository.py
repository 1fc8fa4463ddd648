"""Every query of reservations."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import and_, col, func, or_, select

from backend.engine.exact import total
from backend.engine.reserve import Status
from backend.entitlements.reservation_models import Reservation, ReservationTurn
from backend.infra.context import Context


def take_turn(ctx: Context, customer_id: str, feature_key: str) -> datetime:
    """Wait until nobody else decides about this quota, and keep others waiting until the unit of work ends.

    Answers the instant to decide at: now, or that of the last decision if it is later.
    """
    on_sqlite = ctx.session.get_bind().dialect.name == "sqlite"
    dialect: Any = sqlite if on_sqlite else postgresql
    table = ReservationTurn.metadata.tables["reservation_turn"]
    insert = dialect.insert(table).values(
        namespace=ctx.namespace, customer_id=customer_id, feature_key=feature_key, at=ctx.now
    )
    later = (func.max if on_sqlite else func.greatest)(table.c.at, insert.excluded.at)
    keys = [column.name for column in table.primary_key]
    taken = insert.on_conflict_do_update(index_elements=keys, set_={"at": later}).returning(table.c.at)
    at: datetime = ctx.session.connection().execute(taken).scalar_one()
    return at


def held(ctx: Context, customer_id: str, feature_keys: Collection[str], at: datetime) -> dict[str, Decimal]:
    """Feature key → the units that are held of a customer's quota at an instant; features without any are left out."""
    found = ctx.session.execute(
        select(col(Reservation.feature_key), col(Reservation.granted)).where(
            *_of(ctx, customer_id),
            col(Reservation.feature_key).in_(feature_keys),
            _held(at) if at >= ctx.now else _was_held(at),
        )
    ).all()
    keys = {feature_key for feature_key, _ in found}
    return {key: total(granted for feature_key, granted in found if feature_key == key) for key in keys}


def by_id(ctx: Context, customer_id: str, feature_key: str, reservation_id: str) -> Reservation | None:
    """A reservation of a customer's quota."""
    return ctx.session.exec(
        select(Reservation).where(
            *_of(ctx, customer_id), Reservation.feature_key == feature_key, Reservation.id == reservation_id
        )
    ).first()


def by_key(ctx: Context, customer_id: str, feature_key: str, idempotency_key: str) -> Reservation | None:
    """The reservation of a customer's quota that was made with this key."""
    return ctx.session.exec(
        select(Reservation).where(
            *_of(ctx, customer_id),
            Reservation.feature_key == feature_key,
            Reservation.idempotency_key == idempotency_key,
        )
    ).first()


def page(
    ctx: Context, customer_id: str, feature_key: str, statuses: Collection[Status], offset: int, limit: int
) -> tuple[Sequence[Reservation], int]:
    """One page of a quota's reservations that have one of these statuses now, newest first, and how many there are."""
    conditions: list[Any] = [*_of(ctx, customer_id), Reservation.feature_key == feature_key]
    if statuses:
        conditions.append(or_(*(_has(status, ctx.now) for status in statuses)))
    newest = (col(Reservation.created_at).desc(), col(Reservation.id).desc())
    rows = ctx.session.exec(select(Reservation).where(*conditions).order_by(*newest).offset(offset).limit(limit)).all()
    return rows, ctx.session.exec(select(func.count()).select_from(Reservation).where(*conditions)).one()


def _of(ctx: Context, customer_id: str) -> tuple[Any, ...]:
    return Reservation.namespace == ctx.namespace, Reservation.customer_id == customer_id


def _open() -> ColumnElement[bool]:
    return and_(col(Reservation.committed_at).is_(None), col(Reservation.released_at).is_(None))


def _held(at: datetime) -> ColumnElement[bool]:
    return and_(_open(), col(Reservation.expires_at) > at)


def _was_held(at: datetime) -> ColumnElement[bool]:
    """In the past: also what has ended since."""
    return and_(
        col(Reservation.created_at) <= at,
        col(Reservation.expires_at) > at,
        or_(col(Reservation.committed_at).is_(None), col(Reservation.committed_at) > at),
        or_(col(Reservation.released_at).is_(None), col(Reservation.released_at) > at),
    )


def _has(status: Status, at: datetime) -> ColumnElement[bool]:
    return {
        Status.HELD: _held(at),
        Status.EXPIRED: and_(_open(), col(Reservation.expires_at) <= at),
        Status.COMMITTED: col(Reservation.committed_at).is_not(None),
        Status.RELEASED: col(Reservation.released_at).is_not(None),
    }[status]
