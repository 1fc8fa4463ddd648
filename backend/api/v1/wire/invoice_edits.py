"""How a person's changes of an invoice travel in version 1."""

from typing import Any

from backend.api.v1.wire.billing_profiles import PartyReplaceIn
from backend.api.v1.wire.customers import Description
from backend.api.v1.wire.pending_lines import PendingLineIn, UlidText
from backend.api.v1.wire.prices import Iso8601Duration
from backend.api.v1.wire.rate_cards import TaxConfigWire
from backend.api.v1.wire.workflows import Payment
from backend.api.wire import Labels, WireInput
from backend.engine.recurrence import Duration
from backend.engine.subscribe.prorate import EndProration
from backend.invoicing.service import EditedLine, InvoiceEdit


class LineReplaceIn(PendingLineIn):
    """A line as it is to be; without an id it is a new one."""

    id: UlidText | None = None


class InvoicingReplaceIn(WireInput):
    """Who approves the draft and when, and when payment is due."""

    auto_advance: bool = True
    draft_period: Iso8601Duration = Duration()
    due_after: Iso8601Duration = Duration(days=30)
    subscription_end_proration_mode: EndProration = EndProration.BILL_ACTUAL_PERIOD
    default_tax_config: TaxConfigWire | None = None


class WorkflowReplaceIn(WireInput):
    """What can be decided about one invoice of how it is billed."""

    invoicing: InvoicingReplaceIn
    payment: Payment

    def from_wire(self) -> dict[str, Any]:
        """The settings by their names."""
        invoicing, tax = self.invoicing, self.invoicing.default_tax_config
        return {
            "auto_advance": invoicing.auto_advance,
            "draft_period": invoicing.draft_period,
            "due_after": invoicing.due_after,
            "end_proration": invoicing.subscription_end_proration_mode,
            "default_tax_config": tax.model_dump(by_alias=True, exclude_none=True) if tax else None,
            "collection_method": self.payment.collection_method,
        }


class WorkflowSettingsReplaceIn(WireInput):
    """How the invoice is to be billed."""

    workflow: WorkflowReplaceIn


class InvoiceReplaceIn(WireInput):
    """Everything that a person decides about an invoice."""

    description: Description | None = None
    metadata: Labels | None = None
    supplier: PartyReplaceIn
    customer: PartyReplaceIn
    lines: list[LineReplaceIn]
    workflow: WorkflowSettingsReplaceIn

    def from_wire(self) -> InvoiceEdit:
        """As the service takes it."""
        return InvoiceEdit(
            lines=[EditedLine(line.from_wire(), line.id) for line in self.lines],
            description=self.description,
            labels=self.metadata or {},
            supplier=self.supplier.model_dump(by_alias=True, exclude_none=True),
            customer=_customer(self.customer),
            workflow=self.workflow.workflow.from_wire(),
        )


def _customer(party: PartyReplaceIn) -> dict[str, Any]:
    """The facts of the customer that an invoice keeps; it goes on to be named."""
    address = party.addresses[0].model_dump(by_alias=True, exclude_none=True) if party.addresses else {}
    tax_id = party.tax_id.model_dump(exclude_none=True) if party.tax_id else None
    named = {"name": party.name} if party.name else {}
    return {**named, "key": party.key, "address": address, "tax_id": tax_id}
