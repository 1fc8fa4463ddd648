"""Which entitlements and grants a list of version 1 or 2 asks for, and which part of the list."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from backend.api.v1.wire.grants import COLUMNS as GRANT_COLUMNS
from backend.api.v1.wire.grants import GrantOrder
from backend.api.wire import Page, PageQuery
from backend.entitlements.models import EntitlementKind
from backend.entitlements.service import EntitlementFilter, GrantFilter

Texts = Annotated[list[str], Field(default_factory=list)]


class EntitlementOrder(StrEnum):
    """By what entitlements can be sorted."""

    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"


COLUMNS = {EntitlementOrder.CREATED_AT: "created_at", EntitlementOrder.UPDATED_AT: "updated_at"}


class ListQuery(BaseModel):
    """A part of a list: a page, or so many from an offset on."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    page: Annotated[int, Query(ge=1, le=1_000_000)] | None = None
    page_size: Annotated[int, Query(ge=1, le=1000)] = 100
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0
    limit: Annotated[int, Query(ge=1, le=1000)] | None = None
    order: Annotated[str, Query(pattern="^(ASC|DESC)$")] = "ASC"

    @property
    def part(self) -> dict[str, Any]:
        """Offset and limit; a page comes first, and the first page is what is not asked for otherwise."""
        if self.page is None and self.limit is not None:
            return {"offset": self.offset, "limit": self.limit}
        if self.page is None:
            return {"offset": self.offset, "limit": self.page_size}
        return {"offset": (self.page - 1) * self.page_size, "limit": self.page_size}

    def of(self, items: list[Any], total: int) -> Page[Any]:
        """The page that answers this question."""
        size = self.limit if self.page is None and self.limit is not None else self.page_size
        return PageQuery(page=self.page or 1, page_size=size).of(items, total)


class EntitlementListQuery(ListQuery):
    """Which entitlements of all customers."""

    feature: Texts
    entitlement_type: Annotated[list[EntitlementKind], Field(default_factory=list)]
    exclude_inactive: bool = False
    order_by: EntitlementOrder = EntitlementOrder.CREATED_AT

    def wanted(self, customer_ids: Collection[str] | None, now: datetime) -> EntitlementFilter:
        """The list that is asked for, of some customers or of all."""
        return EntitlementFilter(
            customer_ids=customer_ids,
            feature_ids_or_keys=self.feature or None,
            kinds=self.entitlement_type or None,
            active_at=now if self.exclude_inactive else None,
            order_by=COLUMNS[self.order_by],
            descending=self.order == "DESC",
            **self.part,
        )


class GrantListQuery(ListQuery):
    """Which grants."""

    include_deleted: bool = False
    order_by: GrantOrder = GrantOrder.CREATED_AT

    def wanted(self, **conditions: Any) -> GrantFilter:
        """The list that is asked for, under some more conditions."""
        return GrantFilter(
            include_deleted=self.include_deleted,
            order_by=GRANT_COLUMNS[self.order_by],
            descending=self.order == "DESC",
            **self.part,
            **conditions,
        )
