"""What can be done with an invoice, and what is asked before: what happens then, in its own names and amounts."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.engine.invoice.lifecycle import State
from backend.invoicing.models import Invoice
from backend.invoicing.service import InvoiceView, Stage
from backend.invoicing.workflow import CollectionMethod, from_document
from portal.formatting import instant, money, plural, words
from portal.invoice_words import number_of

INVOICE_NOW, RECALCULATE = "invoice", "recalculateTaxes"
LABELS = {
    "delete": "Delete draft",
    INVOICE_NOW: "Invoice now",
    "advance": "Let it go on",
    "snapshotQuantities": "Stop waiting for usage",
    "retry": "Try again",
    RECALCULATE: "Recalculate taxes",
    "approve": "Approve and issue",
}
"""The actions that take nothing but a yes, in the order of their buttons."""
FIRST = ("approve", INVOICE_NOW)
"""The actions that most look for; nothing else is drawn as boldly."""


@dataclass(frozen=True)
class Question:
    """What is asked before an action."""

    title: str = ""
    text: str = ""


def possible(invoice: Invoice, shown: InvoiceView) -> tuple[str, ...]:
    """The actions that are possible now; taxes are calculated again as long as lines can be changed."""
    is_draft = invoice.status != Stage.GATHERING and not shown.status.immutable and invoice.deleted_at is None
    taxed = is_draft and from_document(invoice.workflow).tax_enabled
    return (*shown.status.actions, RECALCULATE) if taxed else tuple(shown.status.actions)


def questions(invoice: Invoice, shown: InvoiceView, app: str, tax_app: str) -> dict[str, Question]:
    """The question before each action that is possible now."""
    total, number = money(shown.totals.total, invoice.currency), number_of(invoice)
    reached = {action: words(state).lower() for action, state in shown.status.actions.items()}
    told: dict[str, Callable[[], Question]] = {
        "approve": lambda: Question(f"Approve and issue {number}?", _issued(invoice, total, app)),
        "retry": lambda: Question(
            f"Try {number} again?",
            f"The step that failed is taken once more. If all goes well, the invoice is then: {reached['retry']}.",
        ),
        "snapshotQuantities": lambda: Question("Stop waiting for late usage?", _counted(invoice)),
        "advance": lambda: Question(
            f"Let {number} go on?",
            f"It takes every step that needs nobody. If all goes well, it is then: {reached['advance']}.",
        ),
        INVOICE_NOW: lambda: Question("Invoice now?", _drawn(invoice)),
        RECALCULATE: lambda: Question(
            f"Recalculate the taxes of {number}?",
            f"The draft is handed to {tax_app} once more, with its lines and the customer's address as they are on it; "
            "taxes and total may change.",
        ),
        "delete": lambda: Question(
            f"Delete {number}?",
            f"Its {plural(len(shown.lines), 'line')} and {total} leave with it, also in {app}. Lines that a "
            "subscription still owes are gathered again. This cannot be undone.",
        ),
    }
    return {action: ask() for action, ask in told.items() if action in possible(invoice, shown)}


def _issued(invoice: Invoice, total: str, app: str) -> str:
    charged = from_document(invoice.workflow).collection_method is CollectionMethod.CHARGE_AUTOMATICALLY
    how = f"charged by {app}" if charged else f"asked to pay by {app}"
    return (
        f"{invoice.customer['name']} is {how}: {total}. After that no line can be changed; an invoice that is wrong "
        "can only be taken back."
    )


def _counted(invoice: Invoice) -> str:
    waits = invoice.status == State.DRAFT_WAITING_FOR_COLLECTION and invoice.collection_at is not None
    until = f" It would wait until {instant(invoice.collection_at)}." if waits else ""
    return f"Quantities are taken as they are now: usage that arrives later is not on this invoice.{until}"


def _drawn(invoice: Invoice) -> str:
    part = "; usage whose period goes on is billed up to now, and the rest goes on gathering"
    progressive = from_document(invoice.workflow).progressive_billing
    return f"What can be billed today leaves as an invoice of its own{part if progressive else ''}."
