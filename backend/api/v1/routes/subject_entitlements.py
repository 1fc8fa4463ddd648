"""Entitlements of version 1: of the customer that a subject of usage events belongs to."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.deps import Reading, Writing
from backend.api.v1.wire.balances import HistoryOut, HistoryQuery, ResetIn, history_to_wire
from backend.api.v1.wire.entitlement_inputs import EntitlementIn
from backend.api.v1.wire.entitlements import (
    EntitlementOut,
    EntitlementValueOut,
    entitlement_to_wire,
    value_to_wire,
)
from backend.api.v1.wire.grants import COLUMNS, GrantIn, GrantOrder, GrantV1Out, grant_v1_to_wire
from backend.api.wire import Instant, WireRoute
from backend.customers import service as customers
from backend.entitlements import service
from backend.entitlements.models import Entitlement
from backend.entitlements.service import EntitlementFilter, GrantFilter, grants
from backend.infra.context import Context

router = APIRouter(
    prefix="/api/v1/subjects/{subjectIdOrKey}/entitlements", tags=["Entitlements"], route_class=WireRoute
)

SubjectIdOrKey = Annotated[str, Path(alias="subjectIdOrKey", min_length=1, max_length=1024)]
EntitlementId = Annotated[str, Path(alias="entitlementId")]
IdOrFeatureKey = Annotated[str, Path(alias="entitlementIdOrFeatureKey")]
MOST = 1000


def _out(ctx: Context, row: Entitlement) -> EntitlementOut:
    return entitlement_to_wire(service.details(ctx, [row])[0])


@router.post("", operation_id="createEntitlement", status_code=201)
def create_entitlement(ctx: Writing, subject: SubjectIdOrKey, body: EntitlementIn) -> EntitlementOut:
    """Grant a feature. A customer has one entitlement to a feature at a time: another one answers 409."""
    customer = customers.of_subject(ctx, subject, creating=True)
    feature = service.feature_in_use(ctx, body.feature_id, body.feature_key)
    return _out(ctx, service.create(ctx, body.input(customer, feature, ctx.now)))


@router.get("", operation_id="listSubjectEntitlements")
def list_subject_entitlements(
    ctx: Reading,
    subject: SubjectIdOrKey,
    include_deleted: Annotated[bool, Query(alias="includeDeleted")] = False,
) -> list[EntitlementOut]:
    """Everything the customer of a subject is or was entitled to."""
    customer = customers.of_subject(ctx, subject)
    wanted = EntitlementFilter(customer_ids=[customer.id], include_deleted=include_deleted, limit=MOST)
    rows, _ = service.list_entitlements(ctx, wanted)
    return [entitlement_to_wire(found) for found in service.details(ctx, rows)]


@router.get("/{entitlementId}", operation_id="getEntitlement")
def get_entitlement(ctx: Reading, subject: SubjectIdOrKey, entitlement_id: EntitlementId) -> EntitlementOut:
    """One entitlement, by its id or by the feature it is to now."""
    return _out(ctx, service.find(ctx, customers.of_subject(ctx, subject), entitlement_id))


@router.delete("/{entitlementId}", operation_id="deleteEntitlement", status_code=204)
def delete_entitlement(ctx: Writing, subject: SubjectIdOrKey, entitlement_id: EntitlementId) -> None:
    """Take an entitlement away, from now on; one that a subscription manages answers 403."""
    service.delete(ctx, service.find(ctx, customers.of_subject(ctx, subject), entitlement_id))


@router.put("/{entitlementIdOrFeatureKey}/override", operation_id="overrideEntitlement", status_code=201)
def override_entitlement(
    ctx: Writing, subject: SubjectIdOrKey, id_or_key: IdOrFeatureKey, body: EntitlementIn
) -> EntitlementOut:
    """Replace an entitlement by another one to the same feature, without a moment in between."""
    customer = customers.of_subject(ctx, subject, creating=True)
    replaced = service.find(ctx, customer, id_or_key)
    feature = service.feature_in_use(ctx, body.feature_id, body.feature_key)
    return _out(ctx, service.override(ctx, replaced, body.input(customer, feature, ctx.now)))


@router.get("/{entitlementIdOrFeatureKey}/value", operation_id="getEntitlementValue")
def get_entitlement_value(
    ctx: Reading,
    subject: SubjectIdOrKey,
    id_or_key: IdOrFeatureKey,
    time: Annotated[Instant | None, Query()] = None,
) -> EntitlementValueOut:
    """Whether the feature may be used, and how much of it is left."""
    return value_to_wire(service.value_by(ctx, customers.of_subject(ctx, subject), id_or_key, time))


@router.get("/{entitlementId}/history", operation_id="getEntitlementHistory")
def get_entitlement_history(
    ctx: Reading, subject: SubjectIdOrKey, entitlement_id: EntitlementId, query: Annotated[HistoryQuery, Query()]
) -> HistoryOut:
    """Usage and balance over time, in windows of a minute, an hour or a day, and which grants were burnt."""
    customer = customers.of_subject(ctx, subject)
    found = service.find(ctx, customer, entitlement_id)
    return history_to_wire(service.history(ctx, customer, found, query.from_wire()))


@router.post("/{entitlementId}/reset", operation_id="resetEntitlementUsage", status_code=204)
def reset_entitlement_usage(
    ctx: Writing, subject: SubjectIdOrKey, entitlement_id: EntitlementId, body: ResetIn | None = None
) -> None:
    """Start a new usage period now or at an instant since the current one began; grants roll over."""
    found = service.find(ctx, customers.of_subject(ctx, subject), entitlement_id)
    wanted = body or ResetIn()
    service.reset(
        ctx,
        found,
        at=wanted.effective_at,
        retain_anchor=wanted.retain_anchor,
        preserve_overage=wanted.preserve_overage,
    )


@router.get("/{entitlementIdOrFeatureKey}/grants", operation_id="listEntitlementGrants")
def list_entitlement_grants(
    ctx: Reading,
    subject: SubjectIdOrKey,
    id_or_key: IdOrFeatureKey,
    include_deleted: Annotated[bool, Query(alias="includeDeleted")] = False,
    order_by: Annotated[GrantOrder, Query(alias="orderBy")] = GrantOrder.UPDATED_AT,
) -> list[GrantV1Out]:
    """Every grant of an entitlement."""
    found = service.find(ctx, customers.of_subject(ctx, subject), id_or_key)
    wanted = GrantFilter(
        entitlement_id=found.id, include_deleted=include_deleted, order_by=COLUMNS[order_by], limit=MOST
    )
    rows, _ = grants.list_grants(ctx, wanted)
    return [grant_v1_to_wire(row, ctx.now) for row in rows]


@router.post("/{entitlementIdOrFeatureKey}/grants", operation_id="createGrant", status_code=201)
def create_grant(ctx: Writing, subject: SubjectIdOrKey, id_or_key: IdOrFeatureKey, body: GrantIn) -> GrantV1Out:
    """Add an amount to a metered entitlement, from an instant in the current usage period or later."""
    found = service.find(ctx, customers.of_subject(ctx, subject), id_or_key)
    return grant_v1_to_wire(grants.create(ctx, found, body.from_wire()), ctx.now)
