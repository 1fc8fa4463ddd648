"""The use cases of invoicing: gather, collect, advance, and what people may do and see."""

from backend.invoicing.repository import InvoiceFilter
from backend.invoicing.service.actions import approve, delete, retry, snapshot_now
from backend.invoicing.service.advance import Run, advance, pay, refused
from backend.invoicing.service.apps import app_anywhere, ensure_app, get_app, list_apps, relate_customer
from backend.invoicing.service.collect import collect, invoice_now
from backend.invoicing.service.due import customers_to_collect, invoices_to_advance, next_due, subscriptions_to_sync
from backend.invoicing.service.profiles import (
    ProfileApps,
    ProfileInput,
    create_profile,
    default_profile,
    delete_profile,
    ensure_default,
    get_profile,
    list_profiles,
    update_profile,
)
from backend.invoicing.service.read import (
    DetailView,
    InvoiceView,
    LineView,
    StatusView,
    get,
    header,
    id_by_external_id,
    list_invoices,
    preview,
    status,
    timeline,
    view,
)
from backend.invoicing.service.steps import lock_invoice, step
from backend.invoicing.service.sync import sync

__all__ = [
    "DetailView",
    "InvoiceFilter",
    "InvoiceView",
    "LineView",
    "ProfileApps",
    "ProfileInput",
    "Run",
    "StatusView",
    "advance",
    "app_anywhere",
    "approve",
    "collect",
    "create_profile",
    "customers_to_collect",
    "default_profile",
    "delete",
    "delete_profile",
    "ensure_app",
    "ensure_default",
    "get",
    "get_app",
    "get_profile",
    "header",
    "id_by_external_id",
    "invoice_now",
    "invoices_to_advance",
    "list_apps",
    "list_invoices",
    "list_profiles",
    "lock_invoice",
    "next_due",
    "pay",
    "preview",
    "refused",
    "relate_customer",
    "retry",
    "snapshot_now",
    "status",
    "step",
    "subscriptions_to_sync",
    "sync",
    "timeline",
    "update_profile",
    "view",
]
