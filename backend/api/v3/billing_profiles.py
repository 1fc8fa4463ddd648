"""Billing profiles of version 3."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import StrictBool

from backend.api.deps import Reading, Writing
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v3.parties import Party, party_to_wire
from backend.api.v3.rate_cards import Reference
from backend.api.v3.wire import (
    PREFIX,
    Description,
    LabelMap,
    Name,
    Paged,
    PagedQuery,
    Snake,
    SnakeInput,
    labels_to_wire,
)
from backend.api.v3.workflows import WorkflowWire, workflow_to_wire
from backend.api.wire import Instant, WireRoute
from backend.invoicing import service
from backend.invoicing.models import BillingProfile
from backend.invoicing.service import ProfileApps, ProfileInput

router = APIRouter(
    prefix=f"{PREFIX}/profiles", tags=["OpenMeter Billing Settings"], route_class=WireRoute, dependencies=READY
)
ProfileId = Annotated[str, Path(alias="id")]


class AppReferences(SnakeInput):
    """The apps that carry out a profile."""

    tax: Reference
    invoicing: Reference
    payment: Reference


class ProfileUpsert(SnakeInput):
    """Everything about a profile that an update replaces."""

    name: Name
    description: Description | None = None
    labels: LabelMap | None = None
    supplier: Party
    workflow: WorkflowWire
    default: StrictBool

    def from_wire(self) -> ProfileInput:
        """As the service takes it."""
        return ProfileInput(
            name=self.name,
            supplier=self.supplier.document(),
            default=self.default,
            workflow=self.workflow.from_wire(),
            description=self.description,
            labels=self.labels or {},
        )


class ProfileCreate(ProfileUpsert):
    """A profile to be made; its apps stay the same for ever."""

    apps: AppReferences


class ProfileOut(Snake):
    """A billing profile."""

    id: str
    name: str
    description: str | None = None
    labels: dict[str, str] | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    supplier: Party
    workflow: WorkflowWire
    apps: AppReferences
    default: bool


@router.get("", operation_id="list-billing-profiles")
def list_profiles(ctx: Reading, page: Annotated[PagedQuery, Query()]) -> Paged[ProfileOut]:
    """The billing profiles, oldest first, one page of them."""
    rows = service.list_profiles(ctx)
    return page.of([_to_wire(row) for row in rows[page.offset : page.offset + page.size]], len(rows))


@router.post("", operation_id="create-billing-profile", status_code=201)
def create_profile(ctx: Writing, body: ProfileCreate) -> ProfileOut:
    """Create a profile. One made the default takes that place from the other."""
    apps = ProfileApps(body.apps.tax.id, body.apps.invoicing.id, body.apps.payment.id)
    return _to_wire(service.create_profile(ctx, body.from_wire(), apps))


@router.get("/{id}", operation_id="get-billing-profile")
def get_profile(ctx: Reading, profile_id: ProfileId) -> ProfileOut:
    """One profile."""
    return _to_wire(service.get_profile(ctx, profile_id))


@router.put("/{id}", operation_id="update-billing-profile")
def update_profile(ctx: Writing, profile_id: ProfileId, body: ProfileUpsert) -> ProfileOut:
    """Replace what is known about a profile; invoices drawn from then on follow it."""
    return _to_wire(service.update_profile(ctx, profile_id, body.from_wire()))


@router.delete("/{id}", operation_id="delete-billing-profile", status_code=204)
def delete_profile(ctx: Writing, profile_id: ProfileId) -> None:
    """Delete a profile that is not the default, has no customer pinned to it and no open invoices."""
    service.delete_profile(ctx, profile_id)


def _to_wire(profile: BillingProfile) -> ProfileOut:
    assert profile.created_at is not None
    assert profile.updated_at is not None
    return ProfileOut(
        id=profile.id,
        name=profile.name,
        description=profile.description,
        labels=labels_to_wire(profile.labels),
        created_at=profile.created_at,
        updated_at=profile.updated_at,
        deleted_at=profile.deleted_at,
        supplier=party_to_wire(profile.supplier),
        workflow=workflow_to_wire(profile.workflow),
        apps=AppReferences(
            tax=Reference(id=profile.tax_app_id),
            invoicing=Reference(id=profile.invoicing_app_id),
            payment=Reference(id=profile.payment_app_id),
        ),
        default=profile.is_default,
    )
