"""Every query on billing profiles and apps."""

from collections.abc import Iterable, Sequence

from sqlmodel import col, select

from backend.engine.invoice.lifecycle import State
from backend.infra.context import Context
from backend.invoicing.models import (
    App,
    AppCustomer,
    BillingProfile,
    Invoice,
    InvoiceKind,
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
