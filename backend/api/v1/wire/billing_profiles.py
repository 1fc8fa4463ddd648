"""How billing profiles travel in version 1: the supplier and the apps."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from backend.api.v1.wire.apps import AppOut
from backend.api.v1.wire.customers import Address, Description, Name
from backend.api.v1.wire.workflows import WorkflowWire, workflow_to_wire
from backend.api.wire import Instant, Labels, Wire, WireInput
from backend.invoicing.models import BillingProfile
from backend.invoicing.service import ProfileApps, ProfileInput


class TaxIdentity(WireInput):
    """A tax identification number."""

    code: Annotated[str, Field(min_length=1, max_length=32)] | None = None


class PartyReplaceIn(WireInput):
    """The seller or the buyer as an invoice is to name it."""

    key: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    name: str | None = None
    tax_id: TaxIdentity | None = None
    addresses: Annotated[list[Address], Field(max_length=1)] | None = None


class Party(PartyReplaceIn):
    """The seller as an invoice names it."""

    id: str | None = None


class ProfileReplaceIn(WireInput):
    """Everything about a profile that an update replaces."""

    name: Name
    description: Description | None = None
    metadata: Labels | None = None
    supplier: Party
    default: bool
    workflow: WorkflowWire = WorkflowWire()

    def from_wire(self) -> ProfileInput:
        """As the service takes it."""
        return ProfileInput(
            name=self.name,
            supplier=self.supplier.model_dump(by_alias=True, exclude_none=True),
            default=self.default,
            workflow=self.workflow.from_wire(),
            description=self.description,
            labels=self.metadata or {},
        )


class ProfileAppsIn(WireInput):
    """The ids of the apps that carry out a profile."""

    tax: str
    invoicing: str
    payment: str


class ProfileIn(ProfileReplaceIn):
    """A new profile."""

    apps: ProfileAppsIn

    def from_wire_apps(self) -> ProfileApps:
        """As the service takes them."""
        return ProfileApps(self.apps.tax, self.apps.invoicing, self.apps.payment)


class AppReference(Wire):
    """An app by its id."""

    id: str


class AppsOut(Wire):
    """The apps of a profile, in full or by their ids."""

    tax: AppOut | AppReference
    invoicing: AppOut | AppReference
    payment: AppOut | AppReference


class ProfileOut(Wire):
    """A billing profile."""

    id: str
    name: str
    description: str | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    supplier: Party
    workflow: WorkflowWire
    apps: AppsOut
    default: bool


def apps_to_wire(tax: str, invoicing: str, payment: str, known: Mapping[str, AppOut] | None = None) -> AppsOut:
    """The apps behind three ids; in full where they are known."""
    shown = known or {}
    found = {app_id: shown.get(app_id) or AppReference(id=app_id) for app_id in (tax, invoicing, payment)}
    return AppsOut(tax=found[tax], invoicing=found[invoicing], payment=found[payment])


def profile_to_wire(profile: BillingProfile, known: Mapping[str, AppOut] | None = None) -> ProfileOut:
    """A profile as version 1 writes it."""
    assert profile.created_at is not None
    assert profile.updated_at is not None
    return ProfileOut(
        id=profile.id,
        name=profile.name,
        description=profile.description,
        metadata=dict(profile.labels) or None,
        created_at=profile.created_at,
        updated_at=profile.updated_at,
        deleted_at=profile.deleted_at,
        supplier=Party.model_validate(profile.supplier),
        workflow=workflow_to_wire(profile.workflow),
        apps=apps_to_wire(profile.tax_app_id, profile.invoicing_app_id, profile.payment_app_id, known),
        default=profile.is_default,
    )
