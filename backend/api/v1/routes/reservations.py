"""Reservations: units of a quota held for a request before it is served, so that concurrent ones never overspend it.

This is our own addition to version 1.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from backend.api.deps import Reading, Writing
from backend.api.v1.wire.reservations import (
    CommitIn,
    RefusalOut,
    ReservationIn,
    ReservationOut,
    ReservationQuery,
    refusal_to_wire,
    to_wire,
)
from backend.api.wire import Page, WireRoute, encode
from backend.customers import service as customers
from backend.entitlements import reservation_commit, reservation_service
from backend.entitlements.reservation_service import Refusal

router = APIRouter(
    prefix="/api/v1/customers/{customerIdOrKey}/entitlements/{featureKey}/reservations",
    tags=["Reservations"],
    route_class=WireRoute,
)

CustomerIdOrKey = Annotated[str, Path(alias="customerIdOrKey")]
FeatureKey = Annotated[str, Path(alias="featureKey", max_length=64)]
ReservationId = Annotated[str, Path(alias="reservationId")]
REFUSED: dict[int | str, dict[str, Any]] = {200: {"model": RefusalOut, "description": "Refused: nothing is held"}}


@router.post("", operation_id="reserveEntitlement", status_code=201, responses=REFUSED, response_model=ReservationOut)
def reserve(ctx: Writing, id_or_key: CustomerIdOrKey, feature_key: FeatureKey, body: ReservationIn) -> Any:
    """Hold units of the customer's quota before they are used; however many ask at once, none is granted twice.

    201 with `outcome` *granted*, or *partly_granted* if `allowPartial` was asked for and less is left; 200 with
    *refused* when a hard limit leaves too little. A soft limit grants everything and tells the `overage`. What is held
    is missing from `balance` and `hasAccess` of the entitlement's value until it is committed, released or expires.

    A request with an `idempotencyKey` can be repeated: it gets the reservation that was made first, as it is now; with
    another body it is a 409. A refusal is not remembered: asked again, it is decided anew. There must be an active
    entitlement (404), and it must be metered, by a meter that aggregates by SUM or COUNT (400).
    """
    answer = reservation_service.reserve(ctx, customers.get(ctx, id_or_key), feature_key, body.from_wire(ctx.now))
    if isinstance(answer, Refusal):
        return Response(encode(refusal_to_wire(answer)), 200, media_type="application/json")
    return to_wire(answer, ctx.now)


@router.get("", operation_id="listReservations")
def list_reservations(
    ctx: Reading, id_or_key: CustomerIdOrKey, feature_key: FeatureKey, query: Annotated[ReservationQuery, Query()]
) -> Page[ReservationOut]:
    """The reservations of the customer's quota, newest first; *held* are those that are missing from its balance."""
    found, total = reservation_service.list_reservations(
        ctx,
        customers.get(ctx, id_or_key),
        feature_key,
        statuses=query.status,
        offset=query.offset,
        limit=query.page_size,
    )
    return query.of([to_wire(reservation, ctx.now) for reservation in found], total)


@router.get("/{reservationId}", operation_id="getReservation")
def get_reservation(
    ctx: Reading, id_or_key: CustomerIdOrKey, feature_key: FeatureKey, reservation_id: ReservationId
) -> ReservationOut:
    """One reservation, as it is now; a held one is *expired* from `expiresAt` on."""
    found = reservation_service.get(ctx, customers.get(ctx, id_or_key), feature_key, reservation_id)
    return to_wire(found, ctx.now)


@router.post("/{reservationId}/commit", operation_id="commitReservation")
def commit(
    ctx: Writing,
    id_or_key: CustomerIdOrKey,
    feature_key: FeatureKey,
    reservation_id: ReservationId,
    body: CommitIn | None = None,
) -> ReservationOut:
    """Tell what was used: the usage event is written and the hold ends in one step, so do not send the event as well.

    `amount` may be less than is held, which frees the rest, or more, or 0, which writes no event. More than a hard
    limit allows is counted all the same, because it was used: `committedOverage` tells how much no grant covers. So is
    a commit after the reservation has expired; its units may have gone to others since.

    The event is one that the feature's meter counts: its type, the amount at the value property, and what the feature
    filters by are filled in; `event` can say the rest. A COUNT meter gets one event for each unit. An event that would
    not count, or whose subject is not the customer's, is a 400. The same (`source`, `id`) as that of an event which was
    sent before counts once, and is a 409 if that one says something else.

    The same commit again answers the same; another one, or one after a release, is a 409.
    """
    used = (body or CommitIn()).from_wire()
    customer = customers.get(ctx, id_or_key)
    return to_wire(reservation_commit.commit(ctx, customer, feature_key, reservation_id, used), ctx.now)


@router.post("/{reservationId}/release", operation_id="releaseReservation")
def release(
    ctx: Writing, id_or_key: CustomerIdOrKey, feature_key: FeatureKey, reservation_id: ReservationId
) -> ReservationOut:
    """Give back what is held, because it will not be used; again it changes nothing, after a commit it is a 409."""
    customer = customers.get(ctx, id_or_key)
    return to_wire(reservation_service.release(ctx, customer, feature_key, reservation_id), ctx.now)
