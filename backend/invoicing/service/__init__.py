"""The use cases of invoicing: gather, collect, advance, and what people may do and see."""

from backend.invoicing.repository import CorrectionFilter, InvoiceFilter
from backend.invoicing.service.actions import approve, delete, recalculate_taxes, retry, snapshot_now
from backend.invoicing.service.advance import Run, advance, pay, refused
from backend.invoicing.service.apps import (
    app_anywhere,
    app_of_kind,
    customer_external_id,
    ensure_app,
    get_app,
    list_apps,
    note_app,
    relate_customer,
)
from backend.invoicing.service.collect import collect, invoice_now
from backend.invoicing.service.corrections import (
    accept_correction,
    corrections_of_customer,
    corrections_of_lines,
    dismiss_correction,
)
from backend.invoicing.service.desk import (
    CorrectedLine,
    list_by_stage,
    list_corrections,
    of_customer,
    piles,
    stage,
)
from backend.invoicing.service.due import (
    customers_to_collect,
    invoices_to_advance,
    next_due,
    oldest_due,
    subscriptions_to_sync,
)
from backend.invoicing.service.edit import EditedLine, InvoiceEdit, edit
from backend.invoicing.service.edit_line import as_it_is, put_line, remove_line
from backend.invoicing.service.explain import Corrected, Explanation, events_behind, explain
from backend.invoicing.service.figures import MonthRevenue, accruing_usage, revenue_by_month
from backend.invoicing.service.hold import lock_invoice
from backend.invoicing.service.late_usage import (
    check_invoice,
    correct_late_usage,
    customers_to_correct,
    look_again_for_late_usage,
)
from backend.invoicing.service.overrides import (
    BillingFilter,
    CustomerBilling,
    billing_of,
    list_billing,
    pin,
    profile_of,
    unpin,
)
from backend.invoicing.service.paper import pdf
from backend.invoicing.service.pending import AddedLines, PendingLineInput, add_lines
from backend.invoicing.service.preview_change import ChangePreview, ChargeAhead, LineChange, preview_change
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
from backend.invoicing.service.simulate import SimulatedLine, simulate
from backend.invoicing.service.steps import step
from backend.invoicing.service.sync import sync
from backend.invoicing.service.take_back import Again, Voiding, mark_uncollectible, void
from backend.invoicing.service.upcoming import Upcoming, UpcomingLine, upcoming
from backend.invoicing.stages import BILLED, Pile, Stage, StageFilter

__all__ = [
    "BILLED",
    "AddedLines",
    "Again",
    "BillingFilter",
    "ChangePreview",
    "ChargeAhead",
    "Corrected",
    "CorrectedLine",
    "CorrectionFilter",
    "CustomerBilling",
    "DetailView",
    "EditedLine",
    "Explanation",
    "InvoiceEdit",
    "InvoiceFilter",
    "InvoiceView",
    "LineChange",
    "LineView",
    "MonthRevenue",
    "PendingLineInput",
    "Pile",
    "ProfileApps",
    "ProfileInput",
    "Run",
    "SimulatedLine",
    "Stage",
    "StageFilter",
    "StatusView",
    "Upcoming",
    "UpcomingLine",
    "Voiding",
    "accept_correction",
    "accruing_usage",
    "add_lines",
    "advance",
    "app_anywhere",
    "app_of_kind",
    "approve",
    "as_it_is",
    "billing_of",
    "check_invoice",
    "collect",
    "correct_late_usage",
    "corrections_of_customer",
    "corrections_of_lines",
    "create_profile",
    "customer_external_id",
    "customers_to_collect",
    "customers_to_correct",
    "default_profile",
    "delete",
    "delete_profile",
    "dismiss_correction",
    "edit",
    "ensure_app",
    "ensure_default",
    "events_behind",
    "explain",
    "get",
    "get_app",
    "get_profile",
    "header",
    "id_by_external_id",
    "invoice_now",
    "invoices_to_advance",
    "list_apps",
    "list_billing",
    "list_by_stage",
    "list_corrections",
    "list_invoices",
    "list_profiles",
    "lock_invoice",
    "look_again_for_late_usage",
    "mark_uncollectible",
    "next_due",
    "note_app",
    "of_customer",
    "oldest_due",
    "pay",
    "pdf",
    "piles",
    "pin",
    "preview",
    "preview_change",
    "profile_of",
    "put_line",
    "recalculate_taxes",
    "refused",
    "relate_customer",
    "remove_line",
    "retry",
    "revenue_by_month",
    "simulate",
    "snapshot_now",
    "stage",
    "status",
    "step",
    "subscriptions_to_sync",
    "sync",
    "timeline",
    "unpin",
    "upcoming",
    "update_profile",
    "view",
    "void",
]
