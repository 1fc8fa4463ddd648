"""How the workflow of billing travels in version 1: when invoices are drawn, approved, due and paid."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainSerializer

from backend.api.v1.wire.entitlement_inputs import Interval
from backend.api.v1.wire.prices import Iso8601Duration
from backend.api.v1.wire.rate_cards import TaxConfigWire
from backend.api.wire import Instant, Text, WireInput
from backend.engine.exact import ZERO
from backend.engine.recurrence import HOUR, Duration, Recurrence
from backend.engine.subscribe.prorate import EndProration
from backend.invoicing.workflow import CollectionMethod, CorrectionPolicy, Workflow, from_document


def _positive(interval: Duration) -> Duration:
    if not interval.is_positive:
        raise ValueError("an interval must be longer than zero")
    return interval


class AnchorPeriod(WireInput):
    """The rhythm in which invoices are drawn, and what it is counted from."""

    interval: Annotated[Interval, AfterValidator(_positive), PlainSerializer(str, return_type=str)]
    anchor: Instant


class SubscriptionAlignment(WireInput):
    """Invoices are drawn when the periods of a subscription end."""

    type: Literal["subscription"] = "subscription"


class AnchoredAlignment(WireInput):
    """Invoices are drawn in a rhythm of their own: what is due waits for its next instant."""

    type: Literal["anchored"]
    recurring_period: AnchorPeriod


Alignment = Annotated[SubscriptionAlignment | AnchoredAlignment, Field(discriminator="type")]


class Collection(WireInput):
    """When invoices are drawn, and how long late usage is waited for."""

    alignment: Alignment = SubscriptionAlignment()
    interval: Iso8601Duration = HOUR


class Corrections(WireInput):
    """What happens when an issued invoice turns out wrong: the next one puts it right, or a person is asked first.

    A difference of less than `ignoreBelow`, in the invoice's currency, is let go. Only Meterline has this.
    """

    policy: CorrectionPolicy = CorrectionPolicy.ADJUST
    ignore_below: Text = ZERO


class Invoicing(WireInput):
    """Who approves a draft and when, when payment is due, and whether usage is billed before its period ends."""

    auto_advance: bool = True
    draft_period: Iso8601Duration = Duration()
    due_after: Iso8601Duration = Duration(days=30)
    progressive_billing: bool = True
    subscription_end_proration_mode: EndProration = EndProration.BILL_ACTUAL_PERIOD
    default_tax_config: TaxConfigWire | None = None
    corrections: Corrections | None = None


class Payment(WireInput):
    """How payment is collected."""

    collection_method: CollectionMethod = CollectionMethod.CHARGE_AUTOMATICALLY


class Tax(WireInput):
    """Whether taxes are computed, and whether an invoice without them may be issued."""

    enabled: bool = True
    enforced: bool = False


class WorkflowWire(WireInput):
    """How a profile bills."""

    collection: Collection = Collection()
    invoicing: Invoicing = Invoicing()
    payment: Payment = Payment()
    tax: Tax = Tax()

    def from_wire(self) -> Workflow:
        """As the service takes it."""
        collection, invoicing, tax = self.collection, self.invoicing, self.invoicing.default_tax_config
        period = collection.alignment.recurring_period if isinstance(collection.alignment, AnchoredAlignment) else None
        return Workflow(
            collection_interval=collection.interval,
            anchored=Recurrence(period.interval, period.anchor) if period else None,
            auto_advance=invoicing.auto_advance,
            draft_period=invoicing.draft_period,
            due_after=invoicing.due_after,
            progressive_billing=invoicing.progressive_billing,
            end_proration=invoicing.subscription_end_proration_mode,
            collection_method=self.payment.collection_method,
            tax_enabled=self.tax.enabled,
            tax_enforced=self.tax.enforced,
            default_tax_config=tax.model_dump(by_alias=True, exclude_none=True) if tax else None,
            **corrections_from_wire(invoicing.corrections),
        )


def corrections_from_wire(wanted: Corrections | None) -> dict[str, Any]:
    """The settings of corrections by their names."""
    given = wanted or Corrections()
    return {"corrections": given.policy, "corrections_ignored_below": given.ignore_below}


def corrections_to_wire(workflow: Workflow) -> Corrections | None:
    """What happens to wrong invoices; None is the default, so that who never heard of it reads what is published."""
    shown = Corrections(policy=workflow.corrections, ignore_below=workflow.corrections_ignored_below)
    return None if shown == Corrections() else shown


def workflow_to_wire(document: Mapping[str, Any]) -> WorkflowWire:
    """A workflow as version 1 writes it."""
    workflow = from_document(document)
    tax = workflow.default_tax_config
    return WorkflowWire(
        collection=Collection(alignment=_alignment(workflow.anchored), interval=workflow.collection_interval),
        invoicing=Invoicing(
            auto_advance=workflow.auto_advance,
            draft_period=workflow.draft_period,
            due_after=workflow.due_after,
            progressive_billing=workflow.progressive_billing,
            subscription_end_proration_mode=workflow.end_proration,
            default_tax_config=TaxConfigWire.model_validate(tax) if tax else None,
            corrections=corrections_to_wire(workflow),
        ),
        payment=Payment(collection_method=workflow.collection_method),
        tax=Tax(enabled=workflow.tax_enabled, enforced=workflow.tax_enforced),
    )


def _alignment(anchored: Recurrence | None) -> Alignment:
    if anchored is None:
        return SubscriptionAlignment()
    period = AnchorPeriod(interval=anchored.interval, anchor=anchored.anchor)
    return AnchoredAlignment(type="anchored", recurring_period=period)
