"""What invoicing asks of the outside: an app that carries invoices to the customer and collects their payment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from backend.engine.invoice.lifecycle import Trigger


@dataclass(frozen=True, slots=True)
class AppIssue:
    """A reason why an app cannot carry an invoice: which field, which rule, and how to mend it."""

    code: str
    message: str
    field: str = ""


class AppRefused(Exception):
    """The app said no; asking the same again would not help. The invoice goes to its failed state."""

    def __init__(self, issue: AppIssue) -> None:
        super().__init__(issue.message)
        self.issue = issue


class AppUnreachable(Exception):
    """Nobody knows whether the app did it; the same request is repeated later.

    `answered` tells that the app itself reported a failure of its own, so a new attempt needs a new key.
    """

    def __init__(self, message: str, *, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


@dataclass(frozen=True, slots=True)
class DocumentCustomer:
    """The customer as the invoice names it; `external_id` is the app's own id, once it is known."""

    id: str
    key: str | None
    name: str
    email: str | None
    address: Mapping[str, str]
    external_id: str | None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One detailed line; amounts are in the invoice's currency. `total` is what is due for it.

    `tax` says how it is taxed, as `tax_of` does: `behavior` (inclusive or exclusive), `stripe` with a `code`.
    """

    id: str
    name: str
    quantity: Decimal
    per_unit_amount: Decimal
    total: Decimal
    period_start: datetime
    period_end: datetime
    tax: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """An invoice as it was when the app was asked: frozen, so that a repeated request says the same."""

    id: str
    namespace: str
    app_id: str
    number: str
    currency: str
    customer: DocumentCustomer
    lines: Sequence[DocumentLine]
    total: Decimal
    collection_method: str
    due_days: int
    external_id: str | None
    version: int
    attempt: int

    def request_key(self, step: str) -> str:
        """The idempotency key of one step: the same for every repetition of the same attempt."""
        return f"{self.id}:{step}:{self.version}:{self.attempt}"


@dataclass(frozen=True, slots=True)
class Synced:
    """Where an app keeps the draft: its ids of the invoice, the customer and each detailed line."""

    external_id: str | None = None
    customer_external_id: str | None = None
    line_external_ids: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Finalized:
    """The invoice is issued. Without a `number` of the app's own, Meterline gives the next one of its sequence."""

    number: str | None = None
    payment_external_id: str | None = None
    hosted_url: str | None = None


class InvoicingApp(Protocol):
    """An app behind the port. Every call may be repeated with the same document and then changes nothing more.

    Raises AppRefused or AppUnreachable.
    """

    @property
    def pays_by_itself(self) -> bool:
        """Whether the app knows what becomes of a payment without waiting for anybody's message."""
        ...

    def payment_outcome(self, metadata: Mapping[str, str]) -> Trigger | None:
        """What becomes of a pending payment by itself; None waits for a message. `metadata` is the customer's."""
        ...

    def validate(self, document: InvoiceDocument) -> Sequence[AppIssue]:
        """Reasons why the app could not issue this invoice."""
        ...

    def upsert(self, document: InvoiceDocument) -> Synced:
        """Make the app's draft say what this invoice says."""
        ...

    def finalize(self, document: InvoiceDocument) -> Finalized:
        """Issue the draft and begin to collect its payment."""
        ...

    def delete(self, document: InvoiceDocument) -> None:
        """Remove the draft from the app."""
        ...

    def void(self, document: InvoiceDocument) -> None:
        """Take an issued invoice back: nobody is asked to pay it any longer."""
        ...

    def mark_uncollectible(self, document: InvoiceDocument) -> None:
        """Give an issued invoice up: its payment is no longer expected."""
        ...


Apps = Mapping[str, InvoicingApp]
"""The apps of this process, by kind."""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line on paper, as finished text; the steps stand under it in small print: name, formula, amount."""

    name: str
    period: str
    quantity: str
    amount: str
    steps: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice as it is printed, as finished text. `watermark` lies across a page that must not be paid."""

    title: str
    number: str
    facts: Sequence[tuple[str, str]]
    supplier: Sequence[str]
    customer: Sequence[str]
    lines: Sequence[PaperLine]
    sums: Sequence[tuple[str, str]]
    due: tuple[str, str]
    note: str
    payment_link: str | None
    watermark: str
    dated: datetime


class InvoicePrinter(Protocol):
    """Turns an invoice into a file that is read and printed everywhere."""

    def pdf(self, paper: Paper) -> bytes:
        """The same paper always gives the same bytes."""
        ...
