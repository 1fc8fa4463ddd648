"""How entitlements are written in version 2: of a customer, with what is issued after a reset as one object."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from backend.api.v1.wire.entitlement_inputs import (
    Amount,
    EntitlementBooleanIn,
    EntitlementMeteredIn,
    EntitlementStaticIn,
    Priority,
)
from backend.api.v1.wire.entitlements import (
    EntitlementOutBase,
    EntitlementValueOut,
    MeteredOutBase,
    common_to_wire,
    metered_to_wire,
    value_to_wire,
)
from backend.api.v1.wire.grants import GrantV2In
from backend.api.wire import CalculatedNumber, Number, Wire, WireInput
from backend.catalog.models import Feature
from backend.catalog.templates import MeteredTemplate
from backend.customers.models import Customer
from backend.engine.entitle import EntitlementValue
from backend.entitlements.service import EntitlementDetail, EntitlementInput
from backend.errors import Invalid, Issue


class IssueIn(WireInput):
    """What is there at the start of each usage period."""

    amount: Amount
    priority: Priority = 1


class EntitlementMeteredV2In(EntitlementMeteredIn):
    """A quota of usage, with an amount issued after each reset or with grants, not both."""

    issue: IssueIn | None = None
    grants: Annotated[list[GrantV2In], Field(max_length=1000)] | None = None

    def input(self, customer: Customer, feature: Feature, now: datetime) -> EntitlementInput:
        """As the service takes it; Invalid when the amount issued after each reset is given in two ways."""
        wanted = super().input(customer, feature, now)
        wanted = replace(wanted, grants=tuple(grant.from_wire() for grant in self.grants or ()))
        if self.issue is None:
            return wanted
        if self.issue_after_reset is not None or self.issue_after_reset_priority is not None:
            message = "Say what is issued after a reset either in issue or in issueAfterReset."
            raise Invalid(message, issues=[Issue("issue", "given_twice", message)])
        assert isinstance(wanted.template, MeteredTemplate)
        template = replace(
            wanted.template, issue_after_reset=self.issue.amount, issue_after_reset_priority=self.issue.priority
        )
        return replace(wanted, template=template)


EntitlementV2In = Annotated[
    EntitlementMeteredV2In | EntitlementStaticIn | EntitlementBooleanIn, Field(discriminator="type")
]


class _OfCustomer(EntitlementOutBase):
    customer_id: str
    customer_key: str | None = None


class EntitlementBooleanV2Out(_OfCustomer):
    """Plain access."""

    type: Literal["boolean"] = "boolean"


class EntitlementStaticV2Out(_OfCustomer):
    """Access with a configuration."""

    type: Literal["static"] = "static"
    config: str


class IssueOut(Wire):
    """What is there at the start of each usage period."""

    amount: Number
    priority: int


class EntitlementMeteredV2Out(_OfCustomer, MeteredOutBase):
    """A quota of usage."""

    type: Literal["metered"] = "metered"
    issue: IssueOut | None = None


EntitlementV2Out = EntitlementBooleanV2Out | EntitlementStaticV2Out | EntitlementMeteredV2Out


class EntitlementValueV2Out(EntitlementValueOut):
    """What may be used, and what each active grant has left."""

    grant_balances: dict[str, CalculatedNumber] | None = None


def entitlement_to_wire(found: EntitlementDetail) -> EntitlementV2Out:
    """An entitlement as version 2 writes it."""
    row = found.row
    common = common_to_wire(found) | {"customer_id": row.customer_id, "customer_key": found.customer_key}
    if row.kind == "boolean":
        return EntitlementBooleanV2Out.model_validate(common)
    if row.kind == "static":
        return EntitlementStaticV2Out.model_validate(common | {"config": row.config})
    issue = None
    if row.issue_after_reset is not None:
        issue = IssueOut(amount=row.issue_after_reset, priority=row.issue_after_reset_priority or 1)
    return EntitlementMeteredV2Out.model_validate(common | metered_to_wire(found) | {"issue": issue})


def value_v2_to_wire(value: EntitlementValue) -> EntitlementValueV2Out:
    """A value as version 2 writes it."""
    balances = None if value.grant_balances is None else dict(value.grant_balances)
    return EntitlementValueV2Out(**value_to_wire(value).model_dump(by_alias=False), grant_balances=balances)
