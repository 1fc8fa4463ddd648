"""The sandbox app lets an invoice live its whole life without a payment provider, for trials, demos and tests."""

from collections.abc import Mapping, Sequence

from backend.engine.invoice.lifecycle import Trigger
from backend.invoicing.ports import AppIssue, Finalized, InvoiceDocument, Synced

OUTCOME = "sandbox_payment"
"""The key in a customer's metadata that says how its payments end; without it they succeed."""

OUTCOMES: Mapping[str, Trigger | None] = {
    "pending": None,
    "failed": Trigger.FAIL,
    "action_required": Trigger.ACTION_REQUIRED,
    "overdue": Trigger.OVERDUE,
    "uncollectible": Trigger.UNCOLLECTIBLE,
}


class SandboxApp:
    """Agrees to everything and pays by itself, unless the customer's metadata ask for trouble (billing spec 7)."""

    @property
    def pays_by_itself(self) -> bool:
        return True

    def payment_outcome(self, metadata: Mapping[str, str]) -> Trigger | None:
        return OUTCOMES.get(metadata.get(OUTCOME, ""), Trigger.PAID)

    def validate(self, document: InvoiceDocument) -> Sequence[AppIssue]:
        return ()

    def upsert(self, document: InvoiceDocument) -> Synced:
        return Synced()

    def finalize(self, document: InvoiceDocument) -> Finalized:
        return Finalized()

    def delete(self, document: InvoiceDocument) -> None:
        """Nothing is kept outside Meterline."""

    def void(self, document: InvoiceDocument) -> None:
        """Nobody outside Meterline was asked to pay."""

    def mark_uncollectible(self, document: InvoiceDocument) -> None:
        """Nobody outside Meterline was asked to pay."""
