"""How a person's changes of an invoice are read in version 3: what it cannot say stays as it is."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from backend.api.v1.wire.prices import Iso8601Duration
from backend.api.v3.customers import Address, UsageAttribution
from backend.api.v3.invoice_lines import LineRateCard, LineUpdate
from backend.api.v3.parties import Supplier, address_document
from backend.api.v3.prices import UnitPrice, price_from_wire, price_to_wire
from backend.api.v3.rate_cards import discounts_from_wire, tax_from_wire
from backend.api.v3.wire import Description, LabelMap, Name, SnakeInput, Ulid
from backend.api.v3.workflows import ChargeAutomatically, Payment, payment_from_wire
from backend.catalog import price_document
from backend.catalog.models import RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.engine.period import Period
from backend.engine.rate.prices import Commitment, Flat, Package, PaymentTerm, Price
from backend.engine.recurrence import Duration
from backend.errors import Invalid, Issue
from backend.invoicing.models import Invoice, InvoiceLine
from backend.invoicing.service import EditedLine, InvoiceEdit, InvoiceView, PendingLineInput


class CustomerUpdate(SnakeInput):
    """The buyer as the invoice is to name it; who it is and what its subjects are cannot be changed."""

    id: Ulid
    name: Name
    key: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    usage_attribution: UsageAttribution | None = None
    billing_address: Address | None = None


class InvoicingUpdate(SnakeInput):
    """Who approves the draft, and when."""

    auto_advance: bool = True
    draft_period: Iso8601Duration = Duration()


class WorkflowUpdate(SnakeInput):
    """What can be decided about one invoice of how it is billed."""

    invoicing: InvoicingUpdate = InvoicingUpdate()
    payment: Payment = ChargeAutomatically()


class WorkflowSettingsUpdate(SnakeInput):
    """How the invoice is to be billed."""

    workflow: WorkflowUpdate


class InvoiceUpdate(SnakeInput):
    """Everything that a person decides about an invoice; without lines they stay as they are."""

    type: Literal["standard"]
    description: Description | None = None
    labels: LabelMap | None = None
    supplier: Supplier
    customer: CustomerUpdate
    workflow: WorkflowSettingsUpdate
    lines: list[LineUpdate] | None = None

    def from_wire(self, view: InvoiceView) -> InvoiceEdit:
        """As the service takes it; Invalid for another customer than the invoice's."""
        _refuse_another(self.customer, view.invoice)
        present = {shown.line.id: shown.line for shown in view.lines}
        workflow, buyer = self.workflow.workflow, self.customer
        address = address_document(buyer.billing_address) if buyer.billing_address else {}
        return InvoiceEdit(
            lines=None if self.lines is None else [_line(line, present) for line in self.lines],
            description=self.description,
            labels=self.labels or {},
            supplier=self.supplier.document(),
            customer={"name": buyer.name, "key": buyer.key, "address": address},
            workflow={
                "auto_advance": workflow.invoicing.auto_advance,
                "draft_period": workflow.invoicing.draft_period,
                **payment_from_wire(workflow.payment),
            },
        )


def _refuse_another(buyer: CustomerUpdate, invoice: Invoice) -> None:
    subjects = buyer.usage_attribution and set(buyer.usage_attribution.subject_keys)
    issues = []
    if buyer.id != invoice.customer_id:
        issues.append(Issue("customer.id", "read_only", "An invoice stays with its customer."))
    if subjects is not None and subjects != set(invoice.customer["subject_keys"]):
        message = "The subjects of the customer cannot be changed on an invoice."
        issues.append(Issue("customer.usage_attribution.subject_keys", "read_only", message))
    if issues:
        raise Invalid(issues[0].message, issues=issues)


def _line(update: LineUpdate, present: Mapping[str, InvoiceLine]) -> EditedLine:
    known = present.get(update.id) if update.id else None
    card, period = update.rate_card, Period(update.service_period.from_, update.service_period.to)
    price, commitment = _price(card, known)
    terms = RateCardTerms(
        key=card.feature_key or "line",
        name=update.name,
        kind=RateCardKind.USAGE_BASED,
        price=price,
        commitment=commitment,
        discounts=discounts_from_wire(card.discounts),
        feature_key=card.feature_key,
        tax_config=_tax(card, known),
        description=update.description,
        labels=update.labels or {},
    )
    return EditedLine(PendingLineInput(terms, period, known.invoice_at if known else period.end), update.id)


def _price(card: LineRateCard, known: InvoiceLine | None) -> tuple[Price | None, Commitment]:
    """The wanted price. What version 3 cannot say stays: when a fee is due, a package's size, a minimum spend."""
    kept = price_document.price_from_document(known.price) if known else None
    committed = price_document.commitment_from_document(known.price) if known else Commitment()
    if kept is not None and price_to_wire(kept) == card.price:
        return kept, committed
    if isinstance(kept, Package) and isinstance(card.price, UnitPrice):
        return Package(card.price.amount, kept.size), committed
    wanted = price_from_wire(card.price, kept.payment_term if isinstance(kept, Flat) else PaymentTerm.IN_ARREARS)
    return wanted, Commitment() if isinstance(wanted, Flat | None) else committed


def _tax(card: LineRateCard, known: InvoiceLine | None) -> Mapping[str, Any] | None:
    """The wanted tax; a code that version 3 does not show stays when none is given."""
    kept = known.tax_config if known else None
    if card.tax_config is None:
        return kept if kept and not kept.get("taxCodeId") else None
    return tax_from_wire(card.tax_config)
