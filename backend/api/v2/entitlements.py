"""Entitlements of version 2: of a customer, by id or by feature."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.deps import Reading, Writing
from backend.api.v1.wire.balances import HistoryOut, HistoryQuery, ResetIn, history_to_wire
from backend.api.v1.wire.entitlement_lists import COLUMNS, EntitlementListQuery, EntitlementOrder, ListQuery, Texts
from backend.api.v2.wire import (
    EntitlementV2In,
    EntitlementV2Out,
    EntitlementValueV2Out,
    entitlement_to_wire,
    value_v2_to_wire,
)
from backend.api.wire import Instant, Page, WireRoute
from backend.customers import service as customers
from backend.entitlements import service
from backend.entitlements.models import Entitlement
from backend.entitlements.service import EntitlementFilter
from backend.infra.context import Context

router = APIRouter(
    prefix="/api/v2/customers/{customerIdOrKey}/entitlements", tags=["Entitlements"], route_class=WireRoute
)
all_router = APIRouter(prefix="/api/v2/entitlements", tags=["Entitlements"], route_class=WireRoute)

CustomerIdOrKey = Annotated[str, Path(alias="customerIdOrKey", min_length=1, max_length=256)]
IdOrFeatureKey = Annotated[str, Path(alias="entitlementIdOrFeatureKey", min_length=1, max_length=64)]


class CustomerEntitlementQuery(ListQuery):
    """Which entitlements of a customer."""

    include_deleted: bool = False
    order_by: EntitlementOrder = EntitlementOrder.CREATED_AT


class AllEntitlementsQuery(EntitlementListQuery):
    """Which entitlements of all customers."""

    customer_keys: Texts
    customer_ids: Texts

    def owners(self, ctx: Context) -> list[str] | None:
        """The customers that are asked about; None for all."""
        if not self.customer_keys and not self.customer_ids:
            return None
        return [*self.customer_ids, *customers.ids_of_keys(ctx, self.customer_keys)]


def _out(ctx: Context, row: Entitlement) -> EntitlementV2Out:
    return entitlement_to_wire(service.details(ctx, [row])[0])


@router.post("", operation_id="createCustomerEntitlementV2", status_code=201)
def create_entitlement(ctx: Writing, customer: CustomerIdOrKey, body: EntitlementV2In) -> EntitlementV2Out:
    """Grant a feature. A customer has one entitlement to a feature at a time: another one answers 409.

    A metered one may come with an amount that is issued after each reset, or with grants.
    """
    owner = customers.get(ctx, customer)
    feature = service.feature_in_use(ctx, body.feature_id, body.feature_key)
    return _out(ctx, service.create(ctx, body.input(owner, feature, ctx.now)))


@router.get("", operation_id="listCustomerEntitlementsV2")
def list_customer_entitlements(
    ctx: Reading, customer: CustomerIdOrKey, query: Annotated[CustomerEntitlementQuery, Query()]
) -> Page[EntitlementV2Out]:
    """Everything a customer is, was or will be entitled to, one page of it."""
    wanted = EntitlementFilter(
        customer_ids=[customers.get(ctx, customer).id],
        include_deleted=query.include_deleted,
        order_by=COLUMNS[query.order_by],
        descending=query.order == "DESC",
        **query.part,
    )
    rows, total = service.list_entitlements(ctx, wanted)
    return query.of([entitlement_to_wire(found) for found in service.details(ctx, rows)], total)


@router.get("/{entitlementIdOrFeatureKey}", operation_id="getCustomerEntitlementV2")
def get_entitlement(ctx: Reading, customer: CustomerIdOrKey, id_or_key: IdOrFeatureKey) -> EntitlementV2Out:
    """One entitlement, by its id or by the feature it is to now."""
    return _out(ctx, service.find(ctx, customers.get(ctx, customer), id_or_key))


@router.delete("/{entitlementIdOrFeatureKey}", operation_id="deleteCustomerEntitlementV2", status_code=204)
def delete_entitlement(ctx: Writing, customer: CustomerIdOrKey, id_or_key: IdOrFeatureKey) -> None:
    """Take an entitlement away, from now on; one that a subscription manages answers 403."""
    service.delete(ctx, service.find(ctx, customers.get(ctx, customer), id_or_key))


@router.put("/{entitlementIdOrFeatureKey}/override", operation_id="overrideCustomerEntitlementV2", status_code=201)
def override_entitlement(
    ctx: Writing, customer: CustomerIdOrKey, id_or_key: IdOrFeatureKey, body: EntitlementV2In
) -> EntitlementV2Out:
    """Replace an entitlement by another one to the same feature, without a moment in between."""
    owner = customers.get(ctx, customer)
    replaced = service.find(ctx, owner, id_or_key)
    feature = service.feature_in_use(ctx, body.feature_id, body.feature_key)
    return _out(ctx, service.override(ctx, replaced, body.input(owner, feature, ctx.now)))


@router.get("/{entitlementIdOrFeatureKey}/value", operation_id="getCustomerEntitlementValueV2")
def get_entitlement_value(
    ctx: Reading,
    customer: CustomerIdOrKey,
    id_or_key: IdOrFeatureKey,
    time: Annotated[Instant | None, Query()] = None,
) -> EntitlementValueV2Out:
    """Whether the feature may be used, how much of it is left, and in which grants."""
    return value_v2_to_wire(service.value_by(ctx, customers.get(ctx, customer), id_or_key, time))


@router.get("/{entitlementIdOrFeatureKey}/history", operation_id="getCustomerEntitlementHistoryV2")
def get_entitlement_history(
    ctx: Reading, customer: CustomerIdOrKey, id_or_key: IdOrFeatureKey, query: Annotated[HistoryQuery, Query()]
) -> HistoryOut:
    """Usage and balance over time, in windows of a minute, an hour or a day, and which grants were burnt."""
    owner = customers.get(ctx, customer)
    return history_to_wire(service.history(ctx, owner, service.find(ctx, owner, id_or_key), query.from_wire()))


@router.post("/{entitlementIdOrFeatureKey}/reset", operation_id="resetCustomerEntitlementUsageV2", status_code=204)
def reset_entitlement_usage(
    ctx: Writing, customer: CustomerIdOrKey, id_or_key: IdOrFeatureKey, body: ResetIn | None = None
) -> None:
    """Start a new usage period now or at an instant since the current one began; grants roll over."""
    found = service.find(ctx, customers.get(ctx, customer), id_or_key)
    wanted = body or ResetIn()
    service.reset(
        ctx,
        found,
        at=wanted.effective_at,
        retain_anchor=wanted.retain_anchor,
        preserve_overage=wanted.preserve_overage,
    )


@all_router.get("", operation_id="listEntitlementsV2")
def list_entitlements(ctx: Reading, query: Annotated[AllEntitlementsQuery, Query()]) -> Page[EntitlementV2Out]:
    """Entitlements of all customers, one page of them."""
    rows, total = service.list_entitlements(ctx, query.wanted(query.owners(ctx), ctx.now))
    return query.of([entitlement_to_wire(found) for found in service.details(ctx, rows)], total)


@all_router.get("/{entitlementId}", operation_id="getEntitlementByIdV2")
def get_entitlement_by_id(
    ctx: Reading, entitlement_id: Annotated[str, Path(alias="entitlementId")]
) -> EntitlementV2Out:
    """One entitlement of any customer, also a deleted one."""
    return _out(ctx, service.get(ctx, entitlement_id))
