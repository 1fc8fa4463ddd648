"""How one customer is billed: by the profile pinned to it, or by the default one of the namespace."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from backend.customers import service as customers
from backend.customers.models import Customer
from backend.customers.service import CustomerFilter, CustomerOrder
from backend.engine.filter import Filter, matches
from backend.errors import Invalid, Issue, NotFound
from backend.infra import outbox
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import AppStatus, BillingProfile, CustomerOverride
from backend.invoicing.service.apps import get_app
from backend.invoicing.service.profiles import default_profile
from backend.subscriptions.events import CHANGED


@dataclass(frozen=True, slots=True)
class CustomerBilling:
    """A customer with the profile it is billed by; `override` says whether it was given one of its own."""

    customer: Customer
    override: CustomerOverride | None
    profile: BillingProfile


@dataclass(frozen=True, slots=True)
class BillingFilter:
    """Whose billing to list: without `include_all` only customers with a pinned profile.

    With the default profile among `profile_ids`, `include_all` also adds those that follow it without a pin.
    """

    profile_ids: Collection[str] = ()
    customer_ids: Collection[str] = ()
    include_all: bool = True
    only_unpinned: bool = False
    name: str | None = None
    key: str | None = None
    primary_email: str | None = None
    order: CustomerOrder = CustomerOrder.ID
    descending: bool = False
    offset: int = 0
    limit: int = 100


def profile_of(ctx: Context, customer_id: str) -> BillingProfile:
    """The profile a customer is billed by; raises PreconditionFailed when there is none (billing spec 5)."""
    return repository.profile_of_customer(ctx, customer_id) or default_profile(ctx)


def billing_of(ctx: Context, id_or_key: str, *, deleted: bool = False) -> CustomerBilling:
    """How a customer is billed, with `deleted` also one that is gone; raises NotFound."""
    customer = customers.get(ctx, id_or_key, deleted=deleted)
    return CustomerBilling(customer, repository.override(ctx, customer.id), profile_of(ctx, customer.id))


def sale_issues(ctx: Context, customer: Customer) -> Iterator[Issue]:
    """Why a customer could not be billed for what is being sold: the app of its profile may not work for us.

    Without any profile yet there is nothing to say: the first one comes with the first invoice. Source: billing spec
    3.3.
    """
    profile = repository.profile_of_customer(ctx, customer.id) or repository.default_profile(ctx)
    app = get_app(ctx, profile.invoicing_app_id) if profile else None
    if profile is not None and app is not None and app.status == AppStatus.UNAUTHORIZED:
        message = (
            f"{customer.name} is billed by {app.name} (billing profile {profile.name}), whose key is missing or "
            "refused: set a valid key, or bill the customer by another profile."
        )
        yield Issue("customerId", "app_unauthorized", message)


def pin(ctx: Context, id_or_key: str, profile_id: str | None) -> CustomerBilling:
    """Bill a customer by a profile of its own, or without one by the default again but with the override kept.

    Invoices drawn from then on follow it. Raises Invalid for an unknown profile, NotFound, Gone for a deleted customer.
    """
    customer = customers.lock(ctx, id_or_key)
    if profile_id is not None and repository.lock_profile(ctx, profile_id) is None:
        message = f"There is no billing profile {profile_id}."
        raise Invalid(message, issues=[Issue("billingProfileId", "billing_profile_not_found", message)])
    override = repository.override(ctx, customer.id) or CustomerOverride(customer_id=customer.id)
    override.profile_id = profile_id
    ctx.session.add(override)
    return _followed(ctx, customer, override)


def unpin(ctx: Context, id_or_key: str) -> CustomerBilling:
    """Bill a customer by the default profile again; raises NotFound when it has no override."""
    customer = customers.lock(ctx, id_or_key)
    override = repository.override(ctx, customer.id)
    if override is None:
        raise NotFound(f"The customer {customer.name} has no billing override.")
    ctx.session.delete(override)
    return _followed(ctx, customer, None)


def list_billing(ctx: Context, wanted: BillingFilter) -> tuple[Sequence[CustomerBilling], int]:
    """One page of how customers are billed, and how many there are in all."""
    default = default_profile(ctx)
    has_default = not wanted.profile_ids or default.id in wanted.profile_ids
    ids = repository.customers_billed(
        ctx,
        wanted.profile_ids or None,
        pinned=not wanted.only_unpinned,
        unpinned=has_default and (wanted.include_all or wanted.only_unpinned),
        ids=wanted.customer_ids,
    )
    chosen = CustomerFilter(ids=ids, name=wanted.name, key=wanted.key, primary_email=wanted.primary_email)
    rows, total = customers.list_customers(
        ctx, chosen, order=wanted.order, descending=wanted.descending, offset=wanted.offset, limit=wanted.limit
    )
    kept = {override.customer_id: override for override in repository.overrides(ctx, [row.id for row in rows])}
    profiles = {profile.id: profile for profile in repository.profiles(ctx)}
    found = []
    for row in rows:
        override = kept.get(row.id)
        profile = profiles.get(override.profile_id or "", default) if override else default
        found.append(CustomerBilling(row, override, profile))
    return found, total


def customers_billed_by(ctx: Context, profile_id: Filter, among: Collection[str] | None) -> Collection[str]:
    """The ids of the customers, of these or of all, who are billed by such a profile: a pinned one or the default."""
    if among is not None and not among:
        return ()
    chosen = [profile.id for profile in repository.profiles(ctx) if matches(profile_id, profile.id)]
    default = repository.default_profile(ctx)
    follows = default is not None and default.id in chosen
    query: Collection[str] = repository.customers_billed(ctx, chosen, pinned=True, unpinned=follows, ids=among or ())
    return query


def _followed(ctx: Context, customer: Customer, override: CustomerOverride | None) -> CustomerBilling:
    """What is gathered already follows the customer's profile, and its subscriptions are looked at again."""
    ctx.session.flush()
    profile = profile_of(ctx, customer.id)
    repository.follow_profile(ctx, profile, [customer.id])
    for subscription_id in repository.subscriptions_gathering(ctx, [customer.id]):
        outbox.announce(ctx, CHANGED, subscription_id=subscription_id)
    return CustomerBilling(customer, override, profile)
