"""How a billing profile bills: how long it waits for late usage, who approves, and how payment is collected."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from backend.engine.exact import ZERO
from backend.engine.recurrence import HOUR, Duration, Recurrence, interval
from backend.engine.subscribe.prorate import EndProration
from backend.errors import Issue

LONGEST = Duration(years=100)
"""How long an invoice may wait for anything: at the end of the calendar none could be drawn."""


class CollectionMethod(StrEnum):
    """Whether the customer's card is charged, or the customer is sent an invoice to pay."""

    CHARGE_AUTOMATICALLY = "charge_automatically"
    SEND_INVOICE = "send_invoice"


class CorrectionPolicy(StrEnum):
    """What happens when an issued invoice turns out wrong: the next one puts it right, or a person is asked first."""

    ADJUST = "adjust"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Workflow:
    """The settings of a billing profile, with their defaults (billing spec 5).

    `collection_interval` is how long late usage is waited for after a line is due, `draft_period` how long a draft
    rests before it approves itself, `due_after` how long the customer has to pay. `anchored` are the only instants at
    which invoices are drawn; without them, they are drawn when the periods of a subscription end. With
    `progressive_billing` usage may be billed before its period ends. `default_tax_config` is for lines without any.
    `corrections` says what happens when an issued line should come to something else, unless the difference is less
    than `corrections_ignored_below`, in the currency of the invoice.
    """

    collection_interval: Duration = HOUR
    anchored: Recurrence | None = None
    auto_advance: bool = True
    draft_period: Duration = Duration()
    due_after: Duration = Duration(days=30)
    progressive_billing: bool = True
    end_proration: EndProration = EndProration.BILL_ACTUAL_PERIOD
    collection_method: CollectionMethod = CollectionMethod.CHARGE_AUTOMATICALLY
    tax_enabled: bool = True
    tax_enforced: bool = False
    default_tax_config: Mapping[str, Any] | None = None
    corrections: CorrectionPolicy = CorrectionPolicy.ADJUST
    corrections_ignored_below: Decimal = ZERO

    def issues(self) -> list[Issue]:
        """Everything that is contradictory in these settings."""
        durations = {
            "collection.interval": self.collection_interval,
            "invoicing.draftPeriod": self.draft_period,
            "invoicing.dueAfter": self.due_after,
        }
        found = [
            Issue(f"workflow.{field}", "negative_duration", "This must not be negative.")
            for field, duration in durations.items()
            if str(duration).startswith("-")
        ]
        found += [
            Issue(f"workflow.{field}", "duration_too_long", f"This must not be more than {LONGEST.years} years.")
            for field, duration in durations.items()
            if not LONGEST.at_least(duration)
        ]
        if self.anchored is not None and not LONGEST.at_least(self.anchored.interval):
            field = "workflow.collection.alignment.recurringPeriod.interval"
            found.append(Issue(field, "duration_too_long", f"This must not be more than {LONGEST.years} years."))
        if self.corrections_ignored_below < ZERO:
            message = "An amount below which corrections are ignored must not be negative."
            found.append(Issue("workflow.invoicing.corrections.ignoreBelow", "negative_amount", message))
        if self.tax_enforced and not self.tax_enabled:
            found.append(Issue("workflow.tax.enforced", "tax_enforced_but_disabled", "Enforced taxes must be enabled."))
        return found


_DURATIONS = ("collection_interval", "draft_period", "due_after")
_CHOICES = {
    "end_proration": EndProration,
    "collection_method": CollectionMethod,
    "corrections": CorrectionPolicy,
    "corrections_ignored_below": Decimal,
}


def to_document(workflow: Workflow) -> dict[str, Any]:
    """The workflow as profiles and invoices keep it."""
    kept = {field.name: getattr(workflow, field.name) for field in fields(workflow)}
    anchored, tax = kept.pop("anchored"), kept.pop("default_tax_config")
    document: dict[str, Any] = {name: value if isinstance(value, bool) else str(value) for name, value in kept.items()}
    if anchored is not None:
        document["anchored"] = {"interval": str(anchored.interval), "anchor": anchored.anchor.isoformat()}
    if tax is not None:
        document["default_tax_config"] = dict(tax)
    return document


def from_document(document: Mapping[str, Any]) -> Workflow:
    """The workflow that a document holds; what it leaves out is at its default."""
    read = dict(document)
    for name in _DURATIONS:
        if name in read:
            read[name] = Duration.parse(read[name])
    for name, kind in _CHOICES.items():
        if name in read:
            read[name] = kind(read[name])
    anchored = read.get("anchored")
    if anchored is not None:
        read["anchored"] = Recurrence(interval(anchored["interval"]), datetime.fromisoformat(anchored["anchor"]))
    return replace(Workflow(), **read)
