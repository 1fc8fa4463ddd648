"""Composition: which apps stand behind the ports in this process, and what a namespace needs before it can bill."""

from functools import lru_cache

from backend.errors import Conflict
from backend.infra.context import Context, unit_of_work
from backend.infra.settings import settings
from backend.integrations.pdf import TypstPrinter
from backend.integrations.sandbox import SandboxApp
from backend.integrations.stripe import StripeApp, StripeConnection, read_webhook
from backend.invoicing import service as invoicing
from backend.invoicing.models import AppKind, AppStatus
from backend.invoicing.ports import AppRefused, Apps, AppUnreachable, InvoicePrinter, InvoicingApp
from backend.payments.message import ProviderMessage
from backend.subscriptions import ports as subscriptions

_replaced: Apps | None = None


def apps() -> Apps:
    """The apps of this process, by kind: the sandbox always, Stripe when its key is set."""
    return _replaced if _replaced is not None else _configured()


@lru_cache
def printer() -> InvoicePrinter:
    """What prints the invoices of this process."""
    return TypstPrinter()


def use(replacement: Apps | None) -> None:
    """Put other apps in the place of the configured ones; None takes them away again."""
    global _replaced  # noqa: PLW0603 - one process has one set of apps; tests put theirs in its place
    _replaced = replacement


def stripe_connection() -> StripeConnection | None:
    """How to reach Stripe; None when no key is set."""
    chosen = settings()
    if chosen.stripe_api_key is None:
        return None
    secret = chosen.stripe_webhook_secret
    return StripeConnection(
        api_key=chosen.stripe_api_key.get_secret_value(),
        webhook_secret=secret.get_secret_value() if secret else None,
        api_base=chosen.stripe_api_base,
    )


def read_stripe_webhook(body: bytes, signature: str | None) -> ProviderMessage:
    """What a webhook of Stripe says, if its signature is valid. Raises Invalid, or Unavailable without Stripe."""
    app = apps().get(AppKind.STRIPE)
    secret = app.connection.webhook_secret if isinstance(app, StripeApp) else None
    return read_webhook(body, signature, secret)


def join() -> None:
    """Let slices ask each other that must not import each other; safe to repeat."""
    subscriptions.check_sales_by(invoicing.sale_issues)


def ensure_billing(namespace: str, kind: AppKind | None = None) -> None:
    """Give a namespace its apps and a default billing profile, if it has none; safe to repeat at any time.

    The first profile uses the app asked for, else Stripe when a key is set, else the sandbox. When Stripe is set up
    later, it takes over once: invoices drawn from then on go to Stripe, until somebody chooses another default.
    """
    available = apps()
    with unit_of_work(namespace, writing=False) as ctx:
        if _is_ready(ctx, available):
            return
    try:
        with unit_of_work(namespace) as ctx:
            _install(ctx, available, kind)
    except Conflict:
        return  # another process has just done the same


def check_apps(namespace: str) -> None:
    """Ask Stripe whose key we have, and note whether the app of this namespace can work; without a key it cannot.

    No answer changes nothing.
    """
    stripe_app = apps().get(AppKind.STRIPE)
    with unit_of_work(namespace, writing=False) as ctx:
        installed = next((app.id for app in invoicing.list_apps(ctx) if app.kind == AppKind.STRIPE), None)
    if installed is None:
        return
    try:
        account = stripe_app.account() if isinstance(stripe_app, StripeApp) else None
        facts = {"account_id": account} if account else {}
        status = AppStatus.READY if isinstance(stripe_app, StripeApp) else AppStatus.UNAUTHORIZED
    except AppRefused:
        facts, status = {}, AppStatus.UNAUTHORIZED
    except AppUnreachable:
        return
    with unit_of_work(namespace) as ctx:
        invoicing.note_app(ctx, installed, status, facts)


def _is_ready(ctx: Context, available: Apps) -> bool:
    installed = {app.kind for app in invoicing.list_apps(ctx)}
    return set(available) <= installed and any(profile.is_default for profile in invoicing.list_profiles(ctx))


def _install(ctx: Context, available: Apps, kind: AppKind | None) -> None:
    sandbox, _ = invoicing.ensure_app(ctx, AppKind.SANDBOX, {})
    if kind is not None and kind is not AppKind.STRIPE:
        invoicing.ensure_default(ctx, sandbox)
    stripe_app = available.get(AppKind.STRIPE)
    if isinstance(stripe_app, StripeApp):
        connection = stripe_app.connection
        config = {"masked_key": connection.masked_key, "livemode": connection.livemode}
        stripe, is_new = invoicing.ensure_app(ctx, AppKind.STRIPE, config)
        invoicing.ensure_default(ctx, stripe, replace=is_new and kind in (None, AppKind.STRIPE))
    invoicing.ensure_default(ctx, sandbox)


@lru_cache
def _configured() -> Apps:
    found: dict[str, InvoicingApp] = {AppKind.SANDBOX: SandboxApp()}
    connection = stripe_connection()
    if connection is not None:
        found[AppKind.STRIPE] = StripeApp(connection)
    return found
