"""Apps of version 1, and the door for Stripe's webhooks."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request

from backend import bootstrap
from backend.access import service as access
from backend.api.deps import Reading, Writing
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v1.wire.apps import AppOut, StripeCustomerIn, StripeCustomerOut, WebhookOut, app_to_wire
from backend.api.wire import Page, PageQuery, WireRoute
from backend.customers import service as customers
from backend.errors import NotFound
from backend.infra.actor import Actor, ActorKind
from backend.infra.context import unit_of_work
from backend.invoicing import service
from backend.invoicing.models import AppKind
from backend.payments import service as payments

router = APIRouter(prefix="/api/v1/apps", tags=["Apps"], route_class=WireRoute)
related = APIRouter(prefix="/api/v1/customers", tags=["Customers"], route_class=WireRoute, dependencies=READY)
IdOrKey = Annotated[str, Path(alias="customerIdOrKey", min_length=1, max_length=256)]
AppId = Annotated[str, Path(alias="id")]


async def _raw_body(request: Request) -> bytes:
    return await request.body()


@router.get("", operation_id="listApps", dependencies=READY)
def list_apps(ctx: Reading, query: Annotated[PageQuery, Query()]) -> Page[AppOut]:
    """The installed apps."""
    rows = service.list_apps(ctx)
    page = rows[query.offset : query.offset + query.page_size]
    return query.of([app_to_wire(app) for app in page], len(rows))


@router.get("/{id}", operation_id="getApp", dependencies=READY)
def get_app(ctx: Reading, app_id: AppId) -> AppOut:
    """One installed app."""
    return app_to_wire(service.get_app(ctx, app_id))


@router.post("/{id}/stripe/webhook", operation_id="appStripeWebhook")
def stripe_webhook(
    app_id: AppId,
    body: Annotated[bytes, Depends(_raw_body)],
    signature: Annotated[str | None, Header(alias="Stripe-Signature")] = None,
) -> WebhookOut:
    """Take in what Stripe tells about an invoice; the signature proves that it is Stripe."""
    message = bootstrap.read_stripe_webhook(body, signature)
    with unit_of_work(writing=False) as ctx:
        app = service.app_anywhere(ctx, app_id)
    if app.kind != AppKind.STRIPE:
        raise NotFound(f"There is no Stripe app {app_id}.")
    with unit_of_work(app.namespace, actor=Actor(ActorKind.SYSTEM, app.id, app.name)) as ctx:
        is_new = payments.receive(ctx, app, message)
        namespace = access.ensure_namespace(ctx, app.namespace)
        note = None if is_new else "This event was counted before."
        return WebhookOut(namespace_id=namespace.id, app_id=app.id, message=note)


@related.get("/{customerIdOrKey}/stripe", operation_id="getCustomerStripeAppData")
def get_stripe_customer(ctx: Reading, id_or_key: IdOrKey) -> StripeCustomerOut:
    """How Stripe knows a customer, once it does."""
    app = service.app_of_kind(ctx, AppKind.STRIPE)
    external_id = service.customer_external_id(ctx, app.id, customers.get(ctx, id_or_key).id)
    if external_id is None:
        raise NotFound("Stripe does not know this customer yet.")
    return StripeCustomerOut(stripe_customer_id=external_id, app=app_to_wire(app))


@related.put("/{customerIdOrKey}/stripe", operation_id="upsertCustomerStripeAppData")
def relate_stripe_customer(ctx: Writing, id_or_key: IdOrKey, body: StripeCustomerIn) -> StripeCustomerOut:
    """Bill a customer as one that Stripe has already, with the card it has there."""
    app = service.app_of_kind(ctx, AppKind.STRIPE)
    service.relate_customer(ctx, app.id, customers.get(ctx, id_or_key).id, body.stripe_customer_id)
    return StripeCustomerOut(stripe_customer_id=body.stripe_customer_id, app=app_to_wire(app))
