"""The apps of a namespace, and under which ids they know our customers."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.errors import NotFound
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import App, AppCustomer, AppKind, AppStatus

NAMES = {
    AppKind.SANDBOX: ("Sandbox", "Issues invoices without a payment provider; they are paid at once."),
    AppKind.STRIPE: ("Stripe", "Sends invoices to Stripe and learns from its webhooks when they are paid."),
}


def ensure_app(ctx: Context, kind: AppKind, config: Mapping[str, Any]) -> tuple[App, bool]:
    """The app of this kind, installed now if it was not; and whether it was."""
    found = next((app for app in repository.apps(ctx) if app.kind == kind), None)
    if found is not None:
        if {**found.config, **config} != found.config:
            found.config = {**found.config, **config}
            ctx.session.add(found)
        return found, False
    name, description = NAMES[kind]
    app = App(kind=kind, name=name, description=description, config=dict(config))
    ctx.session.add(app)
    ctx.session.flush()
    return app, True


def note_app(ctx: Context, app_id: str, status: AppStatus, facts: Mapping[str, Any]) -> App:
    """Note whether an app can work, and what is known about it."""
    app = get_app(ctx, app_id)
    known = {**app.config, **facts}
    if (app.status, app.config) != (status, known):
        app.status, app.config = status, known
        ctx.session.add(app)
    return app


def list_apps(ctx: Context) -> Sequence[App]:
    """The installed apps, oldest first."""
    return repository.apps(ctx)


def get_app(ctx: Context, app_id: str) -> App:
    """An installed app; raises NotFound."""
    app = repository.app(ctx, app_id)
    if app is None:
        raise NotFound(f"There is no app {app_id}.")
    return app


def app_anywhere(ctx: Context, app_id: str) -> App:
    """An app by its id alone, in whatever namespace; raises NotFound."""
    app = repository.app_anywhere(ctx, app_id)
    if app is None:
        raise NotFound(f"There is no app {app_id}.")
    return app


def app_of_kind(ctx: Context, kind: AppKind) -> App:
    """The installed app of a kind; raises NotFound."""
    found = next((app for app in repository.apps(ctx) if app.kind == kind), None)
    if found is None:
        raise NotFound(f"No {kind} app is installed.")
    return found


def customer_external_id(ctx: Context, app_id: str, customer_id: str) -> str | None:
    """The app's own id of a customer, if it has one already."""
    found = repository.app_customer(ctx, app_id, customer_id)
    return found.external_id if found else None


def remember_customer(ctx: Context, app_id: str, customer_id: str, external_id: str) -> None:
    """Keep the app's id of a customer; the first one stays."""
    if repository.app_customer(ctx, app_id, customer_id) is None:
        ctx.session.add(AppCustomer(app_id=app_id, customer_id=customer_id, external_id=external_id))


def relate_customer(ctx: Context, app_id: str, customer_id: str, external_id: str) -> AppCustomer:
    """Say which of the app's customers is ours, in place of what was known before."""
    found = repository.app_customer(ctx, app_id, customer_id)
    related = found or AppCustomer(app_id=app_id, customer_id=customer_id, external_id=external_id)
    related.external_id = external_id
    ctx.session.add(related)
    return related
