"""Reservations: hold units of a quota before they are used, then turn them into usage or give them back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from backend.customers.models import Customer
from backend.engine.exact import EXACT, ZERO
from backend.engine.period import RESOLUTION, truncate
from backend.engine.reserve import Decision, Limit, Outcome, Status, changes
from backend.engine.reserve import reserve as decide
from backend.entitlements import quota as quotas
from backend.entitlements import repository as entitlements
from backend.entitlements import reservation_repository as repository
from backend.entitlements import standing
from backend.entitlements.models import Entitlement, EntitlementKind
from backend.entitlements.quota import Quota
from backend.entitlements.reservation_event import counting_of
from backend.entitlements.reservation_models import Reservation
from backend.entitlements.service.balance import burnt, kept_state
from backend.entitlements.standing import Standing
from backend.errors import Conflict, Invalid, Issue, NotFound
from backend.infra.context import Context

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ReservationInput:
    """How many units to hold and for how long; with `allow_partial` fewer are better than none.

    The same idempotency key always gets the reservation that was made with it first.
    """

    amount: Decimal
    ttl: timedelta
    idempotency_key: str | None = None
    allow_partial: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing is held; `balance` could be."""

    amount: Decimal
    balance: Decimal


def reserve(ctx: Context, customer: Customer, feature_key: str, wanted: ReservationInput) -> Reservation | Refusal:
    """Hold units of a customer's quota, so that nobody else can use them until they expire.

    A hard limit refuses what is not left, or grants a part if that is wanted; a soft limit grants everything and tells
    the overage. Reservations of one quota are decided one after another, so no unit is ever granted twice. Raises
    NotFound without an active entitlement, Invalid when it is no quota or its meter cannot be reserved, Conflict when
    the idempotency key was used for something else.
    """
    _check(wanted)
    at = repository.take_turn(ctx, customer.id, feature_key)
    if wanted.idempotency_key is not None:
        earlier = repository.by_key(ctx, customer.id, feature_key, wanted.idempotency_key)
        if earlier is not None:
            return _same(earlier, wanted)
    stands = standing.find(ctx, customer.id, feature_key, at) or _standing(ctx, customer, feature_key, at)
    quota = stands.quota
    counting = counting_of(quota)
    counting.check(wanted.amount)
    free = _free(ctx, stands, at)
    limit = Limit(
        free, is_soft=quota.entitlement.is_soft_limit, partly=counting.most(free) if wanted.allow_partial else None
    )
    decision = decide(wanted.amount, limit, allow_partial=wanted.allow_partial)
    if decision.outcome is Outcome.REFUSED:
        return Refusal(wanted.amount, decision.balance)
    reservation = _reservation(quota.entitlement, wanted, decision, at)
    ctx.session.add(reservation)
    ctx.session.flush()  # whoever reserves next in this unit of work must see it
    return reservation


def get(ctx: Context, customer: Customer, feature_key: str, reservation_id: str) -> Reservation:
    """A reservation of a customer's quota. Raises NotFound."""
    found = repository.by_id(ctx, customer.id, feature_key, reservation_id)
    if found is None:
        raise NotFound(f"The customer has no reservation {reservation_id} of {feature_key}.")
    return found


def list_reservations(
    ctx: Context,
    customer: Customer,
    feature_key: str,
    *,
    statuses: Collection[Status] = (),
    offset: int = 0,
    limit: int = 100,
) -> tuple[Sequence[Reservation], int]:
    """One page of a quota's reservations, newest first, and how many there are; no statuses are all of them."""
    return repository.page(ctx, customer.id, feature_key, statuses, offset, limit)


def release(ctx: Context, customer: Customer, feature_key: str, reservation_id: str) -> Reservation:
    """Give back what is held; once more changes nothing. Raises NotFound, or Conflict when it was committed."""
    at = repository.take_turn(ctx, customer.id, feature_key)
    reservation = get(ctx, customer, feature_key, reservation_id)
    if changes(reservation.status(at), Status.RELEASED):
        reservation.released_at = at
        ctx.session.add(reservation)
    return reservation


def _check(wanted: ReservationInput) -> None:
    issues = []
    if wanted.amount <= 0:
        issues.append(Issue("amount", "not_positive", "amount: must be greater than 0"))
    if not SHORTEST <= wanted.ttl <= LONGEST:
        issues.append(Issue("ttl", "out_of_range", "ttl: must be between 1 second and 7 days"))
    if issues:
        raise Invalid("; ".join(issue.message for issue in issues), issues=issues)


def _same(earlier: Reservation, wanted: ReservationInput) -> Reservation:
    """What the idempotency key was used for before, if it is what is wanted now."""
    assert earlier.created_at is not None
    before = (earlier.amount, earlier.expires_at - earlier.created_at, earlier.allow_partial)
    if before != (wanted.amount, wanted.ttl, wanted.allow_partial):
        raise Conflict(
            f"The idempotency key {wanted.idempotency_key} was used for another reservation. Choose another key.",
            conflictingEntityId=earlier.id,
        )
    return earlier


def balance(ctx: Context, quota: Quota, at: datetime) -> Decimal:
    """What usage has left of a quota just before the next second, whatever is reserved.

    Unlike a value, which looks ahead to the full minute, it has no reset or grant of the future: whoever reserves in
    the last minute of a usage period must not be given what belongs to the next one.
    """
    return burnt(ctx, quota, _just_after(at)).snapshot.balance


def _free(ctx: Context, stands: Standing, at: datetime) -> Decimal:
    return EXACT.subtract(stands.state(ctx, _just_after(at)).snapshot.balance, stands.reserved)


def _just_after(at: datetime) -> datetime:
    return truncate(at) + RESOLUTION - timedelta.resolution


def _standing(ctx: Context, customer: Customer, feature_key: str, at: datetime) -> Standing:
    """The same read in full, or why there is none."""
    quota = quotas.load(ctx, customer, _metered(ctx, customer, feature_key, at))
    held = repository.held(ctx, customer.id, [feature_key], at).get(feature_key, ZERO)
    return standing.read_in_full(quota, kept_state(ctx, quota, at), held)


def _metered(ctx: Context, customer: Customer, feature_key: str, at: datetime) -> Entitlement:
    found = entitlements.active_at(ctx, customer.id, at, feature_key)
    if not found:
        raise NotFound(f"The customer has no active entitlement to {feature_key}.")
    if found[0].kind != EntitlementKind.METERED:
        raise Invalid(f"The entitlement to {feature_key} is {found[0].kind}; only a metered one can be reserved.")
    return found[0]


def _reservation(entitlement: Entitlement, wanted: ReservationInput, decision: Decision, at: datetime) -> Reservation:
    return Reservation(
        created_at=at,
        customer_id=entitlement.customer_id,
        feature_id=entitlement.feature_id,
        feature_key=entitlement.feature_key,
        entitlement_id=entitlement.id,
        idempotency_key=wanted.idempotency_key,
        amount=wanted.amount,
        allow_partial=wanted.allow_partial,
        granted=decision.granted,
        overage=decision.overage,
        balance=decision.balance,
        expires_at=at + wanted.ttl,
    )
