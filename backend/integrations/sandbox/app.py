"""The sandbox app lets an invoice live its whole life without a payment provider, for trials, demos and tests."""

from collections.abc import Sequence

from backend.invoicing.ports import AppIssue, Finalized, InvoiceDocument, Synced


class SandboxApp:
    """Agrees to everything and pays by itself (billing spec 7)."""

    @property
    def pays_by_itself(self) -> bool:
        return True

    def validate(self, document: InvoiceDocument) -> Sequence[AppIssue]:
        return ()

    def upsert(self, document: InvoiceDocument) -> Synced:
        return Synced()

    def finalize(self, document: InvoiceDocument) -> Finalized:
        return Finalized()

    def delete(self, document: InvoiceDocument) -> None:
        """Nothing is kept outside Meterline."""
