"""Apps of version 1, and the door for Stripe's webhooks."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request

from backend import bootstrap
from backend.access import service as access
from backend.api.deps import Reading
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v1.wire.apps import AppOut, WebhookOut, app_to_wire
from backend.api.wire import Page, PageQuery, WireRoute
from backend.errors import NotFound
from backend.infra.actor import Actor, ActorKind
from backend.infra.context import unit_of_work
from backend.invoicing import service
from backend.invoicing.models import AppKind
from backend.payments import service as payments

router = APIRouter(prefix="/api/v1/apps", tags=["Apps"], route_class=WireRoute)
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
