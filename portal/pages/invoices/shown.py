"""Everything that the page of one invoice shows, as finished text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.engine.invoice.lifecycle import State
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice, Severity
from backend.invoicing.service import Stage
from backend.invoicing.service.wording import address, period_of, supplier_address
from portal.formatting import NOTHING, instant, money, words
from portal.invoice_words import LineRow, StepRow, line_row, number_of, resting_steps, status_of
from portal.pages.invoices.actions import Question, possible, questions


@dataclass(frozen=True)
class IssueRow:
    """Something that is wrong with an invoice."""

    severity: str
    message: str
    advice: str


@dataclass(frozen=True)
class InvoicePage:
    """Everything the page shows of an invoice; `questions` are asked before its actions."""

    id: str = ""
    number: str = ""
    status: str = ""
    subtitle: str = ""
    total: str = ""
    lines: tuple[LineRow, ...] = ()
    steps: tuple[StepRow, ...] = ()
    issues: tuple[IssueRow, ...] = ()
    actions: tuple[str, ...] = ()
    customer: str = ""
    customer_href: str = ""
    customer_note: str = ""
    supplier: str = ""
    supplier_note: str = ""
    period: str = ""
    issued: str = ""
    due: str = ""
    payment: str = ""
    payment_app: str = ""
    hosted_url: str = ""
    is_gathering: bool = False
    can_edit: bool = False
    questions: dict[str, Question] = field(default_factory=dict)


def page_of(ctx: Context, invoice: Invoice) -> InvoicePage:
    found = invoicing.view(ctx, invoice)
    is_gathering, app = invoice.status == Stage.GATHERING, invoicing.get_app(ctx, invoice.payment_app_id)
    return InvoicePage(
        id=invoice.id,
        number=number_of(invoice),
        status=status_of(ctx, invoice),
        subtitle=_subtitle(invoice, is_gathering=is_gathering),
        total=money(found.totals.total, invoice.currency),
        lines=tuple(line_row(line, invoice.currency) for line in found.lines),
        steps=tuple(resting_steps(invoicing.timeline(ctx, invoice))),
        issues=tuple(_issue(issue, found.status.actions) for issue in invoice.validation_issues),
        actions=possible(invoice, found),
        customer=invoice.customer["name"],
        customer_href=f"/customers/{invoice.customer_id}",
        customer_note=_contact(invoice.customer),
        supplier=str(invoice.supplier.get("name", "")),
        supplier_note=address(supplier_address(invoice.supplier)),
        period=period_of(invoice),
        issued=instant(invoice.issued_at) if invoice.issued_at else "Not issued yet",
        due=instant(invoice.due_at) if invoice.due_at else NOTHING,
        payment=_payment(invoice),
        payment_app=app.name,
        hosted_url=invoice.hosted_url or "",
        is_gathering=is_gathering,
        can_edit=not found.status.immutable and invoice.deleted_at is None,
        questions=questions(invoice, found, app.name, invoicing.get_app(ctx, invoice.tax_app_id).name),
    )


def _issue(issue: dict[str, Any], actions: Mapping[str, str]) -> IssueRow:
    """What is wrong, and what can be done about it."""
    if issue["severity"] != Severity.CRITICAL:
        advice = "It does not hold the invoice up."
    elif "retry" in actions:
        advice = "Put it right, then press Try again."
    else:
        advice = "It holds the invoice up until it is put right."
    return IssueRow(issue["severity"], issue["message"], advice)


def _subtitle(invoice: Invoice, *, is_gathering: bool) -> str:
    if is_gathering:
        return "What will be charged next, rated live with the usage so far."
    if invoice.status == State.DRAFT_WAITING_FOR_COLLECTION and invoice.collection_at:
        return f"Waits for late usage until {instant(invoice.collection_at)}."
    if invoice.status == State.DRAFT_WAITING_AUTO_APPROVAL and invoice.draft_until:
        return f"Issues itself on {instant(invoice.draft_until)} unless somebody approves it before."
    return f"{invoice.customer['name']}, {period_of(invoice)}"


def _payment(invoice: Invoice) -> str:
    if invoice.paid_at:
        return f"Paid {instant(invoice.paid_at)}"
    if invoice.voided_at:
        return f"Voided {instant(invoice.voided_at)}"
    return words(invoice.status) if invoice.issued_at else "Not due yet"


def _contact(customer: dict[str, Any]) -> str:
    return " \N{MIDDLE DOT} ".join(part for part in (customer.get("email"), address(customer["address"])) if part)
