"""Billing profiles: exactly one is the default of a namespace, and its apps never change."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.engine.invoice.lifecycle import State, is_final
from backend.errors import Issue, NotFound, PreconditionFailed, WrongState, refuse
from backend.infra import outbox
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import App, BillingProfile
from backend.invoicing.workflow import Workflow, from_document, to_document
from backend.subscriptions.events import CHANGED


@dataclass(frozen=True, slots=True)
class ProfileInput:
    """What somebody may say about a billing profile; the supplier is a document of the invoice's seller."""

    name: str
    supplier: Mapping[str, Any]
    default: bool
    workflow: Workflow = field(default_factory=Workflow)
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProfileApps:
    """Which installed apps carry out a profile."""

    tax: str
    invoicing: str
    payment: str


def ensure_default(ctx: Context, app: App, *, replace: bool = False) -> BillingProfile:
    """The default profile; the first time, one that uses this app. `replace` makes such a one in any case."""
    found = repository.default_profile(ctx)
    if found is not None and not replace:
        return found
    name = "Default" if found is None else app.name
    wanted = ProfileInput(name=name, supplier=found.supplier if found else {"name": "Meterline"}, default=True)
    return create_profile(ctx, wanted, ProfileApps(app.id, app.id, app.id))


def default_profile(ctx: Context) -> BillingProfile:
    """The profile of every customer without one of its own; raises PreconditionFailed if there is none."""
    found = repository.default_profile(ctx)
    if found is None:
        raise PreconditionFailed("There is no default billing profile. Make one first.")
    return found


def create_profile(ctx: Context, wanted: ProfileInput, apps: ProfileApps) -> BillingProfile:
    """Make a profile. One made the default takes that place from the other. Raises Invalid with every issue found."""
    refuse([*_app_issues(ctx, apps), *wanted.workflow.issues()])
    profile = BillingProfile(
        name=wanted.name, tax_app_id=apps.tax, invoicing_app_id=apps.invoicing, payment_app_id=apps.payment
    )
    return _write(ctx, profile, wanted)


def update_profile(ctx: Context, profile_id: str, wanted: ProfileInput) -> BillingProfile:
    """Replace what is known about a profile, except its apps; the default stays one until another takes its place."""
    profile = get_profile(ctx, profile_id)
    refuse(wanted.workflow.issues())
    if profile.is_default and not wanted.default:
        raise WrongState("A namespace needs a default profile. Make another profile the default instead.")
    return _write(ctx, profile, wanted)


def get_profile(ctx: Context, profile_id: str) -> BillingProfile:
    """A profile that is not deleted; raises NotFound."""
    profile = repository.profile(ctx, profile_id)
    if profile is None or profile.deleted_at is not None:
        raise NotFound(f"There is no billing profile {profile_id}.")
    return profile


def list_profiles(ctx: Context, *, include_deleted: bool = False) -> Sequence[BillingProfile]:
    """The billing profiles, oldest first."""
    return repository.profiles(ctx, include_deleted=include_deleted)


def delete_profile(ctx: Context, profile_id: str) -> None:
    """Delete a profile that is not the default, has no customer pinned to it and no open invoices; else WrongState.

    Whoever pins a customer to it at the same moment waits.
    """
    profile = repository.lock_profile(ctx, profile_id) or get_profile(ctx, profile_id)
    if profile.is_default:
        raise WrongState("The default billing profile cannot be deleted. Make another profile the default first.")
    if repository.is_pinned(ctx, profile.id):
        raise WrongState("Customers are pinned to this billing profile. Pin them to another one first.")
    if repository.open_invoices_of_profile(ctx, profile.id, [state for state in State if is_final(state)]):
        raise WrongState("The billing profile still has open invoices.")
    profile.deleted_at = ctx.now
    ctx.session.add(profile)


def _app_issues(ctx: Context, apps: ProfileApps) -> Iterator[Issue]:
    chosen = {"tax": apps.tax, "invoicing": apps.invoicing, "payment": apps.payment}
    found = {app.id for app in repository.apps(ctx)}
    missing = [name for name, app_id in chosen.items() if app_id not in found]
    for name in missing:
        yield Issue(f"apps.{name}", "app_not_found", f"There is no app {chosen[name]}.")
    if not missing and len(set(chosen.values())) > 1:
        yield Issue("apps", "apps_differ", "The three apps of a profile must be the same one.")


def _write(ctx: Context, profile: BillingProfile, wanted: ProfileInput) -> BillingProfile:
    end_proration = from_document(profile.workflow).end_proration if profile.workflow else None
    if wanted.default and not profile.is_default:
        _resign(ctx)
    profile.name = wanted.name
    profile.description = wanted.description
    profile.labels = dict(wanted.labels)
    profile.supplier = dict(wanted.supplier)
    profile.workflow = to_document(wanted.workflow)
    profile.is_default = wanted.default
    ctx.session.add(profile)
    ctx.session.flush()
    billed = repository.customers_billed(ctx, [profile.id], pinned=True, unpinned=profile.is_default)
    repository.follow_profile(ctx, profile, billed)
    if end_proration is not None and end_proration is not wanted.workflow.end_proration:
        for subscription_id in repository.subscriptions_gathering(ctx, billed):
            outbox.announce(ctx, CHANGED, subscription_id=subscription_id)
    return profile


def _resign(ctx: Context) -> None:
    """The default so far makes room; written first, so that there are never two."""
    former = repository.default_profile(ctx)
    if former is not None:
        former.is_default = False
        ctx.session.add(former)
        ctx.session.flush()
