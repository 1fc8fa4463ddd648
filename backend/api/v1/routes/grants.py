"""Grants of all customers, and the end of one."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.deps import Reading, Writing
from backend.api.v1.wire.entitlement_lists import GrantListQuery, Texts
from backend.api.v1.wire.grants import GrantV1Out, grant_v1_to_wire
from backend.api.wire import Instant, Page, WireRoute
from backend.customers import service as customers
from backend.entitlements.service import grants

router = APIRouter(prefix="/api/v1/grants", tags=["Entitlements"], route_class=WireRoute)


class SubjectGrantQuery(GrantListQuery):
    """Which grants; with `page` the answer is a page, without it a plain list."""

    feature: Texts
    subject: Texts


@router.get("", operation_id="listGrants")
def list_grants(ctx: Reading, query: Annotated[SubjectGrantQuery, Query()]) -> list[GrantV1Out] | Page[GrantV1Out]:
    """Grants of all customers, or of the customers of some subjects."""
    owners = set(customers.owners(ctx, query.subject).values()) if query.subject else None
    wanted = query.wanted(customer_ids=owners, feature_ids_or_keys=query.feature or None)
    rows, total = grants.list_grants(ctx, wanted)
    written = [grant_v1_to_wire(row, ctx.now) for row in rows]
    return written if query.page is None else query.of(written, total)


@router.delete("/{grantId}", operation_id="voidGrant", status_code=204)
def void_grant(
    ctx: Writing,
    grant_id: Annotated[str, Path(alias="grantId")],
    at: Annotated[Instant | None, Query()] = None,
) -> None:
    """Let a grant count no more, from now or from another instant of the current usage period or later.

    What it paid for before stays paid. A grant can be voided once.
    """
    grants.void(ctx, grant_id, at)
