"""What customers may use, in version 3: of one customer, or of many for a cache that refreshes itself."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import Field

from backend.api.cursor import read_cursor, write_cursor
from backend.api.deps import Reading
from backend.api.v3.customers import CustomerOut, customers_to_wire
from backend.api.v3.events import CursorMeta, CursorPage
from backend.api.v3.wire import PREFIX, Snake, SnakeInput
from backend.api.wire import WireRoute
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.entitle import Denial
from backend.entitlements import service
from backend.errors import Invalid, Issue

router = APIRouter(prefix=PREFIX, tags=["OpenMeter Entitlements"], route_class=WireRoute)

QUERY = f"{PREFIX}/entitlement-access/query"
MESSAGES = {
    Denial.USAGE_LIMIT_REACHED: "The quota of this usage period is used up.",
    Denial.FEATURE_UNAVAILABLE: "The customer has no active entitlement to the feature.",
    Denial.FEATURE_NOT_FOUND: "There is no such feature.",
}


class AccessOut(Snake):
    """Whether one feature may be used; the configuration of a static entitlement."""

    type: str
    feature_key: str
    has_access: bool
    config: str | None = None


class AccessList(Snake):
    """Everything that a customer is entitled to."""

    data: list[AccessOut]


class Keys(SnakeInput):
    """Some keys."""

    keys: Annotated[list[Annotated[str, Field(min_length=1, max_length=1024)]], Field(min_length=1, max_length=100)]


class AccessQuery(SnakeInput):
    """Which customers, by their keys or subjects, and which features; without these all that are in use."""

    customer: Keys
    feature: Keys | None = None
    include_credits: bool = False


class Reason(Snake):
    """Why there is no access."""

    code: str
    message: str


class FeatureAccess(Snake):
    """Whether one feature may be used."""

    has_access: bool
    reason: Reason | None = None


class CustomerAccess(Snake):
    """What one customer may use, and by which of the keys that were asked about it was found."""

    matched: list[str]
    customer: CustomerOut
    features: dict[str, FeatureAccess]
    updated_at: datetime


class AccessError(Snake):
    """A key that leads to no customer."""

    code: str
    message: str
    customer: str


class AccessPage(Snake):
    """One page of customers."""

    data: list[CustomerAccess]
    errors: list[AccessError]
    meta: CursorMeta


@router.get("/customers/{customerId}/entitlement-access", operation_id="list-customer-entitlement-access")
def list_access(ctx: Reading, customerId: str) -> AccessList:  # noqa: N803 - the contract's name
    """Everything a customer is entitled to now, and whether it may be used."""
    customer = customers.get(ctx, customerId)
    found = []
    for entitlement in service.active(ctx, customer):
        value = service.value_of(ctx, customer, entitlement, ctx.now)
        found.append(
            AccessOut(
                type=entitlement.kind,
                feature_key=entitlement.feature_key,
                has_access=value.has_access,
                config=value.config,
            )
        )
    return AccessList(data=found)


@router.post("/entitlement-access/query", operation_id="query-entitlement-access")
def query_access(
    ctx: Reading,
    request: Request,
    body: AccessQuery,
    size: Annotated[int, Query(alias="page[size]", ge=1, le=100)] = 100,
    after: Annotated[str | None, Query(alias="page[after]")] = None,
    before: Annotated[str | None, Query(alias="page[before]")] = None,
) -> AccessPage:
    """Which features some customers may use now. Keys of one customer make one answer; unknown keys are told apart."""
    if body.include_credits:
        message = "Credits are not kept here."
        raise Invalid(message, issues=[Issue("include_credits", "unsupported", message)])
    owners = customers.owners(ctx, body.customer.keys)
    found = sorted(customers.by_id(ctx, set(owners.values())).values(), key=_place)
    page, meta = _page(request, found, size, after, before)
    features = None if body.feature is None else body.feature.keys
    return AccessPage(
        data=[
            CustomerAccess(
                matched=[key for key in dict.fromkeys(body.customer.keys) if owners.get(key) == customer.id],
                customer=written,
                features={key: _answer(one) for key, one in service.answers(ctx, customer, features).items()},
                updated_at=ctx.now,
            )
            for customer, written in zip(page, customers_to_wire(ctx, page), strict=True)
        ],
        errors=[
            AccessError(code="customer_not_found", message=f"No customer has the key or subject {key}.", customer=key)
            for key in dict.fromkeys(body.customer.keys)
            if key not in owners
        ],
        meta=meta,
    )


def _answer(found: service.Answer) -> FeatureAccess:
    reason = None if found.reason is None else Reason(code=found.reason, message=MESSAGES[found.reason])
    return FeatureAccess(has_access=found.has_access, reason=reason)


def _place(customer: Customer) -> tuple[datetime, str]:
    assert customer.created_at is not None
    return customer.created_at, customer.id


def _page(
    request: Request, found: list[Customer], size: int, after: str | None, before: str | None
) -> tuple[list[Customer], CursorMeta]:
    """The customers behind or before a cursor, and where the pages beside them are."""
    first, end = 0, len(found)
    if after:
        place = read_cursor(after, "page[after]")
        first = sum(_place(customer) <= place for customer in found)
    if before:
        place = read_cursor(before, "page[before]")
        end = sum(_place(customer) < place for customer in found)
        first = max(first, end - size)
    page = found[first:end][:size]
    following = _link(request, "page[after]", page[-1]) if page and first + len(page) < len(found) else None
    preceding = _link(request, "page[before]", page[0]) if page and first > 0 else None
    return page, CursorMeta(page=CursorPage(size=size, next=following, previous=preceding))


def _link(request: Request, name: str, customer: Customer) -> str:
    kept = [(key, value) for key, value in request.query_params.multi_items() if not key.startswith("page[")]
    size = request.query_params.get("page[size]")
    kept += [("page[size]", size)] if size else []
    return f"{QUERY}?{urlencode([*kept, (name, write_cursor(*_place(customer)))])}"
