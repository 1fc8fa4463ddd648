"""Committing a reservation: what was held becomes usage events in the same transaction, so nothing counts twice."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from backend.customers.models import Customer
from backend.engine.exact import ZERO, plain
from backend.engine.filter import equal_to_one_of
from backend.engine.period import truncate
from backend.engine.reserve import Status, changes, uncovered
from backend.entitlements import quota as quotas
from backend.entitlements import repository as entitlements
from backend.entitlements import reservation_repository as repository
from backend.entitlements.models import EntitlementKind
from backend.entitlements.quota import Quota
from backend.entitlements.reservation_event import Counting, counting_of
from backend.entitlements.reservation_models import Reservation
from backend.entitlements.reservation_service import balance, get
from backend.errors import Conflict, Invalid, Issue
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent, EventSearch

SOURCE = "meterline/reservations"
"""Of the events that a commit writes, unless it names another."""


@dataclass(frozen=True, slots=True)
class EventInput:
    """What the caller says of the usage event; the rest is known from the reservation and the meter."""

    id: str | None = None
    source: str | None = None
    subject: str | None = None
    time: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommitInput:
    """What was used, less or more than is held; exactly that when no amount is given."""

    amount: Decimal | None = None
    event: EventInput = EventInput()


def commit(ctx: Context, customer: Customer, feature_key: str, reservation_id: str, used: CommitInput) -> Reservation:
    """Turn what is held into usage: the event is stored and the hold ends in one transaction.

    What was used is counted even if it is more than was held, or the reservation has expired; `committed_overage` tells
    how much of it no grant covers. Nothing used is no event. The same commit once more changes nothing. Raises
    NotFound, Conflict when it was released or committed otherwise, Invalid when the event would not count.
    """
    at = repository.take_turn(ctx, customer.id, feature_key)
    reservation = get(ctx, customer, feature_key, reservation_id)
    amount = reservation.granted if used.amount is None else used.amount
    request = _fingerprint(amount, used.event)
    if not changes(reservation.status(at), Status.COMMITTED):
        if reservation.committed_request != request:
            raise Conflict("The reservation is committed already, with another amount or event.")
        return reservation
    if amount < 0:
        message = "amount: must not be less than 0"
        raise Invalid(message, issues=[Issue("amount", "negative", message)])
    reservation.committed_overage = ZERO
    if amount:
        quota = _quota(ctx, customer, reservation, at)
        event = _event(quota, reservation, used.event, at)
        before = balance(ctx, quota, at)
        counting = counting_of(quota)
        if _store(ctx, quota, counting, counting.events(amount, event, used.event.data)):
            reservation.committed_overage = uncovered(amount, before)
        reservation.event_source, reservation.event_id = event.source, event.id
    reservation.committed_at, reservation.committed_amount, reservation.committed_request = at, amount, request
    ctx.session.add(reservation)
    return reservation


def _quota(ctx: Context, customer: Customer, reservation: Reservation, at: datetime) -> Quota:
    """The quota that has this usage: the active one, else the one that it was reserved from."""
    active = entitlements.active_at(ctx, customer.id, at, reservation.feature_key)
    metered = [entitlement for entitlement in active if entitlement.kind == EntitlementKind.METERED]
    chosen = metered[0] if metered else entitlements.by_id(ctx, reservation.entitlement_id)
    assert chosen is not None
    return quotas.load(ctx, customer, chosen)


def _event(quota: Quota, reservation: Reservation, said: EventInput, at: datetime) -> CloudEvent:
    """The event without its data; Invalid with everything that is wrong with it."""
    assert reservation.created_at is not None
    issues = []
    subject = said.subject or next(iter(quota.subjects), "")
    if subject not in quota.subjects:
        issues.append(Issue("event.subject", "foreign_subject", "event.subject: must be a subject of the customer"))
    time = truncate(said.time or at)
    if not truncate(reservation.created_at) <= time <= at:
        message = "event.time: must lie between the reservation and now"
        issues.append(Issue("event.time", "out_of_range", message))
    if issues:
        raise Invalid("; ".join(issue.message for issue in issues), issues=issues)
    return CloudEvent(said.id or reservation.id, said.source or SOURCE, quota.meter.event_type, subject, time)


def _store(ctx: Context, quota: Quota, counting: Counting, events: Sequence[CloudEvent]) -> bool:
    """Take the events in; False when they are here already. Conflict when they are, but say something else."""
    if not ingest.ingest(ctx, events).duplicates:
        return True
    wanted = {event.id: event for event in events}
    search = EventSearch({"source": equal_to_one_of([events[0].source]), "event_id": equal_to_one_of(list(wanted))})
    for stored in ingest.find_events(ctx, search, len(events)):
        same = stored.type == quota.meter.event_type and stored.subject in quota.subjects
        if not same or not counting.counts_alike(stored.data, wanted[stored.event_id].data):
            raise Conflict(f"There is another event with the id {stored.event_id} of {stored.source} already.")
    return False


def _fingerprint(amount: Decimal, event: EventInput) -> str:
    """The same text for the same commit, however its numbers are written."""
    said = {
        "amount": plain(amount),
        "event": [event.id, event.source, event.subject, event.time],
        "data": event.data,
    }
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
