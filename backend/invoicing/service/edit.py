"""A person edits an invoice: its lines are replaced by the list that is wanted, and it is calculated anew."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backend.catalog import price_document
from backend.catalog.service import features
from backend.customers import service as customers
from backend.engine.invoice.lifecycle import State, is_immutable
from backend.engine.period import truncate
from backend.engine.rate.prices import Discounts
from backend.errors import Issue, WrongState, refuse
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine, ManagedBy
from backend.invoicing.service.collect import redate
from backend.invoicing.service.gathering import tidy
from backend.invoicing.service.hold import lock_invoice
from backend.invoicing.service.pending import MOST_LINES, PendingLineInput, new_line, pending_issues
from backend.invoicing.service.rating import discount_document, line_discounts
from backend.invoicing.service.steps import edited
from backend.invoicing.tax import said, tax_of
from backend.invoicing.workflow import from_document, to_document


@dataclass(frozen=True, slots=True)
class EditedLine:
    """A line as it is wanted; without an id it is a new one."""

    wanted: PendingLineInput
    id: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceEdit:
    """What a person may change on an invoice; `lines` are all of them, or None to leave them as they are.

    `supplier` replaces who is selling, `customer` some of the facts about the customer, `workflow` some settings.
    """

    lines: Sequence[EditedLine] | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    supplier: Mapping[str, Any] = field(default_factory=dict)
    customer: Mapping[str, Any] = field(default_factory=dict)
    workflow: Mapping[str, Any] = field(default_factory=dict)


def edit(ctx: Context, invoice_id: str, wanted: InvoiceEdit) -> Invoice:
    """Replace what a person may decide about a draft or a gathering invoice (billing spec 6.4).

    A line that is missing is removed, one without an id is added, and one that differs is changed; from then on a
    person manages it, and its subscription leaves it alone. Who sells, who buys and the workflow of a gathering invoice
    come from the billing profile and stay. Raises Invalid with everything that is wrong, and WrongState once the
    invoice can no longer be changed.
    """
    invoice = lock_invoice(ctx, invoice_id)
    is_draft = invoice.kind == InvoiceKind.STANDARD
    if invoice.deleted_at is not None or (is_draft and is_immutable(State(invoice.status))):
        raise WrongState(f"The invoice {invoice.number} can no longer be changed.")
    workflow = replace(from_document(invoice.workflow), **wanted.workflow)
    present = {line.id: line for line in repository.lines(ctx, [invoice.id])}
    refuse([*workflow.issues(), *_issues(ctx, invoice, present, wanted.lines or ())])
    invoice.description, invoice.labels = wanted.description, dict(wanted.labels)
    if wanted.lines is not None:
        _replace_lines(ctx, invoice, present, wanted.lines)
    if is_draft:
        invoice.supplier = {**_identity(invoice.supplier), **wanted.supplier}
        invoice.customer = {**invoice.customer, **wanted.customer}
        invoice.workflow = to_document(workflow)
    ctx.session.add(invoice)
    ctx.session.flush()
    if not is_draft:
        tidy(ctx, invoice)
        return invoice
    redate(ctx, invoice)
    edited(ctx, invoice, "A person changed it.")
    return invoice


def _identity(supplier: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": supplier["id"]} if "id" in supplier else {}


def _issues(
    ctx: Context, invoice: Invoice, present: Mapping[str, InvoiceLine], lines: Sequence[EditedLine]
) -> Iterator[Issue]:
    """Everything that is wrong with the lines; what stays as it is needs no check."""
    customer = customers.get(ctx, invoice.customer_id, deleted=True)
    ids = Counter(line.id for line in lines)
    if len(lines) - sum(line.id in present for line in lines) > MOST_LINES:
        yield Issue("lines", "too_long", f"Add at most {MOST_LINES} lines at once.")
        return
    for index, line in enumerate(lines):
        place = f"lines[{index}]"
        found = present.get(line.id) if line.id is not None else None
        if line.id is not None and found is None:
            yield Issue(f"{place}.id", "invoice_line_not_found", f"The invoice has no line {line.id}.")
        elif line.id is not None and ids[line.id] > 1:
            yield Issue(f"{place}.id", "line_id_duplicated", "Another line has the same id.")
        if found is None or _differs(invoice, found, line.wanted):
            yield from pending_issues(ctx, customer, line.wanted, place)
        if found is not None:
            yield from _locked(found, line.wanted, place)


def _locked(line: InvoiceLine, wanted: PendingLineInput, place: str) -> Iterator[Issue]:
    """What nobody may change about a line that a subscription owes, or that is billed in parts."""
    if _moved(line, wanted):
        if line.group_id is not None:
            message = f"{line.name} is billed in parts; their periods cannot be changed."
            yield Issue(f"{place}.period", "invoice_line_no_period_change_for_split_line", message)
        elif line.subscription_id is not None:
            message = f"The period of {line.name} comes from its subscription and cannot be changed."
            yield Issue(f"{place}.period", "invoice_line_period_managed_by_subscription", message)
    usage = (wanted.card.discounts.usage, line_discounts(line).usage)
    if line.group_id is not None and len({discount and discount.quantity for discount in usage}) > 1:
        code = "invoice_line_progressive_billing_usage_discount_update_forbidden"
        yield Issue(f"{place}.rateCard.discounts.usage", code, f"A part of {line.name} is billed with the free units.")


def _replace_lines(
    ctx: Context, invoice: Invoice, present: Mapping[str, InvoiceLine], lines: Sequence[EditedLine]
) -> None:
    kept = {line.id for line in lines}
    for row in present.values():
        if row.id not in kept:
            row.managed_by, row.deleted_at = ManagedBy.MANUAL, ctx.now
            ctx.session.add(row)
    for line in lines:
        found = present.get(line.id) if line.id is not None else None
        if found is None:
            ctx.session.add(new_line(ctx, invoice, line.wanted))
        elif _differs(invoice, found, line.wanted):
            _rewrite(ctx, invoice, found, line.wanted)


def _rewrite(ctx: Context, invoice: Invoice, line: InvoiceLine, wanted: PendingLineInput) -> None:
    """Make a line what a person wants; its usage is metered again if it is another period or feature."""
    card = wanted.card
    if _moved(line, wanted) or card.feature_key != line.feature_key:
        line.metered_quantity = None
    if _moved(line, wanted):
        period = wanted.period.truncated()
        line.period_start, line.period_end = period.start, period.end
    if card.feature_key != line.feature_key:
        line.feature_key = card.feature_key
        line.feature_id = features.get(ctx, card.feature_key).id if card.feature_key else None
    line.managed_by = ManagedBy.MANUAL
    line.name, line.description, line.labels = card.name, card.description, dict(card.labels)
    line.invoice_at = truncate(wanted.invoice_at)
    line.price = price_document.price_to_document(card.price, card.commitment, _conversion(line, wanted)) or {}
    line.discounts = discount_document(_discounts(line, card.discounts))
    if not _taxed_alike(invoice, line, card.tax_config):
        line.tax_config = dict(card.tax_config) if card.tax_config is not None else None
    ctx.session.add(line)


def _differs(invoice: Invoice, line: InvoiceLine, wanted: PendingLineInput) -> bool:
    """Whether a line is to become another one; ids of discounts and empty fields do not matter."""
    card = wanted.card
    now = (
        line.name,
        line.description,
        dict(line.labels),
        truncate(line.invoice_at),
        line.feature_key,
        price_document.price_from_document(line.price),
        price_document.commitment_from_document(line.price),
        price_document.unit_config_from_document(line.price),
        price_document.discounts_to_document(line_discounts(line)),
    )
    then = (
        card.name,
        card.description,
        dict(card.labels),
        truncate(wanted.invoice_at),
        card.feature_key,
        card.price,
        card.commitment,
        _conversion(line, wanted),
        price_document.discounts_to_document(card.discounts),
    )
    return now != then or _moved(line, wanted) or not _taxed_alike(invoice, line, card.tax_config)


def _taxed_alike(invoice: Invoice, line: InvoiceLine, wanted: Mapping[str, Any] | None) -> bool:
    """Whether a line is to stay taxed as it is, be that said as the line keeps it or as it is shown."""
    return said(wanted) in (said(line.tax_config), tax_of(invoice, line))


def _moved(line: InvoiceLine, wanted: PendingLineInput) -> bool:
    period = wanted.period.truncated()
    return (truncate(line.period_start), truncate(line.period_end)) != (period.start, period.end)


def _conversion(line: InvoiceLine, wanted: PendingLineInput) -> Any:
    """The unit conversion stays with a price of the same kind: version 1 cannot say it, version 3 not change it."""
    kept = price_document.unit_config_from_document(line.price)
    same_kind = type(price_document.price_from_document(line.price)) is type(wanted.card.price)
    return wanted.card.unit_config or (kept if same_kind else None)


def _discounts(line: InvoiceLine, wanted: Discounts) -> Discounts:
    """Discounts keep the ids that tell them on every part of a line."""
    kept = line_discounts(line)
    percentage, usage = wanted.percentage, wanted.usage
    if percentage is not None and kept.percentage is not None:
        percentage = replace(percentage, correlation_id=kept.percentage.correlation_id)
    if usage is not None and kept.usage is not None:
        usage = replace(usage, correlation_id=kept.usage.correlation_id)
    return Discounts(percentage, usage)
