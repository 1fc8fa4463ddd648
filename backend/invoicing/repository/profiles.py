"""Every query on billing profiles and apps."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlmodel import and_, col, or_, select, update

from backend.customers.models import Customer
from backend.engine.invoice.lifecycle import State
from backend.infra.context import Context
from backend.invoicing.models import (
    App,
    AppCustomer,
    BillingProfile,
    CustomerOverride,
    Invoice,
    InvoiceKind,
    InvoiceLine,
)


def app(ctx: Context, app_id: str) -> App | None:
    """An installed app."""
    return ctx.session.exec(select(App).where(col(App.namespace) == ctx.namespace, col(App.id) == app_id)).first()


def app_anywhere(ctx: Context, app_id: str) -> App | None:
    """An installed app of any namespace: a webhook knows nothing but its id."""
    return ctx.session.exec(select(App).where(col(App.id) == app_id, col(App.deleted_at).is_(None))).first()


def apps(ctx: Context) -> Sequence[App]:
    """The installed apps, oldest first."""
    query = select(App).where(col(App.namespace) == ctx.namespace, col(App.deleted_at).is_(None))
    return ctx.session.exec(query.order_by(col(App.created_at), col(App.id))).all()


def app_customer(ctx: Context, app_id: str, customer_id: str) -> AppCustomer | None:
    """How an app knows a customer."""
    return ctx.session.exec(
        select(AppCustomer).where(
            col(AppCustomer.namespace) == ctx.namespace,
            col(AppCustomer.app_id) == app_id,
            col(AppCustomer.customer_id) == customer_id,
        )
    ).first()


def profile(ctx: Context, profile_id: str) -> BillingProfile | None:
    """A billing profile, also a deleted one."""
    query = select(BillingProfile).where(
        col(BillingProfile.namespace) == ctx.namespace, col(BillingProfile.id) == profile_id
    )
    return ctx.session.exec(query).first()


def profiles(ctx: Context, *, include_deleted: bool = False) -> Sequence[BillingProfile]:
    """The billing profiles, oldest first."""
    query = select(BillingProfile).where(col(BillingProfile.namespace) == ctx.namespace)
    if not include_deleted:
        query = query.where(col(BillingProfile.deleted_at).is_(None))
    return ctx.session.exec(query.order_by(col(BillingProfile.created_at), col(BillingProfile.id))).all()


def default_profile(ctx: Context) -> BillingProfile | None:
    """The profile of every customer without one of its own."""
    return ctx.session.exec(
        select(BillingProfile).where(
            col(BillingProfile.namespace) == ctx.namespace,
            col(BillingProfile.is_default),
            col(BillingProfile.deleted_at).is_(None),
        )
    ).first()


def profile_of_customer(ctx: Context, customer_id: str) -> BillingProfile | None:
    """The living profile that is pinned to a customer, else the default one."""
    is_pinned_to = and_(
        col(CustomerOverride.profile_id) == col(BillingProfile.id),
        col(CustomerOverride.namespace) == ctx.namespace,
        col(CustomerOverride.customer_id) == customer_id,
    )
    query = (
        select(BillingProfile)
        .join(CustomerOverride, is_pinned_to, isouter=True)
        .where(
            col(BillingProfile.namespace) == ctx.namespace,
            col(BillingProfile.deleted_at).is_(None),
            or_(col(CustomerOverride.id).is_not(None), col(BillingProfile.is_default)),
        )
        .order_by(col(CustomerOverride.id).is_(None))
    )
    return ctx.session.exec(query).first()


def open_invoices_of_profile(ctx: Context, profile_id: str, final: Iterable[State]) -> bool:
    """Whether a profile still has invoices that are not at their end."""
    query = select(Invoice.id).where(
        col(Invoice.namespace) == ctx.namespace,
        col(Invoice.profile_id) == profile_id,
        col(Invoice.kind) == InvoiceKind.STANDARD,
        col(Invoice.deleted_at).is_(None),
        col(Invoice.status).not_in([state.value for state in final]),
    )
    return ctx.session.exec(query).first() is not None


def lock_profile(ctx: Context, profile_id: str) -> BillingProfile | None:
    """A living profile that nobody else deletes until the end of this unit of work."""
    query = select(BillingProfile).where(
        col(BillingProfile.namespace) == ctx.namespace,
        col(BillingProfile.id) == profile_id,
        col(BillingProfile.deleted_at).is_(None),
    )
    return ctx.session.exec(query.with_for_update().execution_options(populate_existing=True)).first()


def override(ctx: Context, customer_id: str) -> CustomerOverride | None:
    """What is special about the billing of a customer."""
    return next(iter(overrides(ctx, [customer_id])), None)


def overrides(ctx: Context, customer_ids: Iterable[str]) -> Sequence[CustomerOverride]:
    """What is special about the billing of customers."""
    query = select(CustomerOverride).where(
        col(CustomerOverride.namespace) == ctx.namespace, col(CustomerOverride.customer_id).in_(list(customer_ids))
    )
    return ctx.session.exec(query).all()


def is_pinned(ctx: Context, profile_id: str) -> bool:
    """Whether a living customer is pinned to a profile."""
    query = (
        select(CustomerOverride.id)
        .join(Customer, col(Customer.id) == col(CustomerOverride.customer_id))
        .where(
            col(CustomerOverride.namespace) == ctx.namespace,
            col(CustomerOverride.profile_id) == profile_id,
            col(Customer.deleted_at).is_(None),
        )
    )
    return ctx.session.exec(query.limit(1)).first() is not None


def customers_billed(
    ctx: Context, profiles: Collection[str] | None, *, pinned: bool, unpinned: bool, ids: Collection[str] = ()
) -> Any:
    """A query for the ids of customers: those pinned, to one of some profiles, those without a pin, or both."""
    pins = select(CustomerOverride.customer_id).where(
        col(CustomerOverride.namespace) == ctx.namespace, col(CustomerOverride.profile_id).is_not(None)
    )
    chosen = pins if profiles is None else pins.where(col(CustomerOverride.profile_id).in_(profiles))
    kinds = [col(Customer.id).in_(chosen)] if pinned else []
    if unpinned:
        kinds.append(col(Customer.id).not_in(pins))
    found = select(Customer.id).where(col(Customer.namespace) == ctx.namespace, or_(False, *kinds))
    return found.where(col(Customer.id).in_(ids)) if ids else found


def follow_profile(ctx: Context, profile: BillingProfile, customers: Any) -> None:
    """What still gathers for these customers (their ids, or a query for them) is billed by this profile from now on.

    It is looked at again at once, because its lines may be drawn at other instants now.
    """
    gathering = (
        update(Invoice)
        .where(
            col(Invoice.namespace) == ctx.namespace,
            col(Invoice.kind) == InvoiceKind.GATHERING,
            col(Invoice.deleted_at).is_(None),
            col(Invoice.customer_id).in_(customers),
        )
        .values(
            profile_id=profile.id,
            supplier=profile.supplier,
            workflow=profile.workflow,
            tax_app_id=profile.tax_app_id,
            invoicing_app_id=profile.invoicing_app_id,
            payment_app_id=profile.payment_app_id,
            collection_at=ctx.now,
        )
    )
    ctx.session.exec(gathering)


def subscriptions_gathering(ctx: Context, customers: Any) -> Sequence[str]:
    """The subscriptions that have lines waiting for these customers (their ids, or a query for them)."""
    query = (
        select(InvoiceLine.subscription_id)
        .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
        .where(
            col(InvoiceLine.namespace) == ctx.namespace,
            col(InvoiceLine.deleted_at).is_(None),
            col(InvoiceLine.customer_id).in_(customers),
            col(Invoice.kind) == InvoiceKind.GATHERING,
        )
        .distinct()
    )
    return [found for found in ctx.session.exec(query) if found is not None]
