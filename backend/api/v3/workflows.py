"""How the workflow of billing is written in version 3: when invoices are drawn, approved, due, paid and taxed."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from backend.api.v1.wire.prices import Iso8601Duration
from backend.api.v3.rate_cards import Reference
from backend.api.v3.wire import Numeric, SnakeInput, Ulid
from backend.api.wire import Instant
from backend.engine.exact import ZERO, plain
from backend.engine.recurrence import HOUR, Duration, Recurrence
from backend.engine.subscribe.prorate import EndProration
from backend.invoicing.workflow import CollectionMethod, CorrectionPolicy, Workflow, from_document


def _positive(interval: Duration) -> Duration:
    if not interval.is_positive:
        raise ValueError("an interval must be longer than zero")
    return interval


class AnchorPeriod(SnakeInput):
    """The rhythm in which invoices are drawn, and what it is counted from."""

    anchor: Instant
    interval: Annotated[Iso8601Duration, AfterValidator(_positive)]


class SubscriptionAlignment(SnakeInput):
    """Invoices are drawn when the periods of a subscription end."""

    type: Literal["subscription"] = "subscription"


class AnchoredAlignment(SnakeInput):
    """Invoices are drawn in a rhythm of their own."""

    type: Literal["anchored"]
    recurring_period: AnchorPeriod


Alignment = Annotated[SubscriptionAlignment | AnchoredAlignment, Field(discriminator="type")]


class Collection(SnakeInput):
    """When invoices are drawn, and how long late usage is waited for."""

    alignment: Alignment = SubscriptionAlignment()
    interval: Iso8601Duration = HOUR


class Corrections(SnakeInput):
    """What happens when an issued invoice turns out wrong: the next one puts it right, or a person is asked first.

    A difference of less than `ignore_below`, in the invoice's currency, is let go. Only Meterline has this.
    """

    policy: CorrectionPolicy = CorrectionPolicy.ADJUST
    ignore_below: Numeric = ZERO


class Invoicing(SnakeInput):
    """Who approves a draft and when, and whether usage is billed before its period ends."""

    auto_advance: bool = True
    draft_period: Iso8601Duration = Duration()
    progressive_billing: bool = True
    subscription_end_proration_mode: EndProration = EndProration.BILL_ACTUAL_PERIOD
    corrections: Corrections | None = None


class ChargeAutomatically(SnakeInput):
    """The customer's payment method is charged."""

    collection_method: Literal["charge_automatically"] = "charge_automatically"


class SendInvoice(SnakeInput):
    """The customer is sent an invoice, and has so long to pay it."""

    collection_method: Literal["send_invoice"]
    due_after: Iso8601Duration = Duration(days=30)


Payment = Annotated[ChargeAutomatically | SendInvoice, Field(discriminator="collection_method")]


class StripeTaxCode(SnakeInput):
    """Stripe's tax code."""

    code: Annotated[str, Field(pattern=r"^txcd_\d{8}$")]


class ExternalTaxCode(SnakeInput):
    """A tax code of the seller's own invoicing system."""

    code: Annotated[str, Field(max_length=64)]


class TaxConfig(SnakeInput):
    """How lines are taxed that do not say it themselves."""

    behavior: Literal["inclusive", "exclusive"] | None = None
    stripe: StripeTaxCode | None = None
    external_invoicing: ExternalTaxCode | None = None
    tax_code_id: Ulid | None = None
    tax_code: Reference | None = None

    def document(self) -> dict[str, Any]:
        """As profiles keep it, in the words of version 1."""
        code = self.tax_code.id if self.tax_code else self.tax_code_id
        kept = {
            "behavior": self.behavior,
            "stripe": self.stripe and {"code": self.stripe.code},
            "customInvoicing": self.external_invoicing and {"code": self.external_invoicing.code},
            "taxCodeId": code,
        }
        return {name: value for name, value in kept.items() if value is not None}


class Tax(SnakeInput):
    """Whether taxes are computed, whether an invoice without them may be issued, and how."""

    enabled: bool = True
    enforced: bool = False
    default_tax_config: TaxConfig | None = None


class WorkflowWire(SnakeInput):
    """How a profile bills."""

    collection: Collection = Collection()
    invoicing: Invoicing = Invoicing()
    payment: Payment = ChargeAutomatically()
    tax: Tax = Tax()

    def from_wire(self) -> Workflow:
        """As the service takes it."""
        alignment, invoicing, payment, tax = self.collection.alignment, self.invoicing, self.payment, self.tax
        period = alignment.recurring_period if isinstance(alignment, AnchoredAlignment) else None
        return Workflow(
            collection_interval=self.collection.interval,
            anchored=Recurrence(period.interval, period.anchor) if period else None,
            auto_advance=invoicing.auto_advance,
            draft_period=invoicing.draft_period,
            progressive_billing=invoicing.progressive_billing,
            end_proration=invoicing.subscription_end_proration_mode,
            tax_enabled=tax.enabled,
            tax_enforced=tax.enforced,
            default_tax_config=tax.default_tax_config.document() if tax.default_tax_config else None,
            **payment_from_wire(payment),
            **corrections_from_wire(invoicing.corrections),
        )


def corrections_from_wire(wanted: Corrections | None) -> dict[str, Any]:
    """The settings of corrections by their names."""
    given = wanted or Corrections()
    return {"corrections": given.policy, "corrections_ignored_below": given.ignore_below}


def corrections_to_wire(workflow: Workflow) -> Corrections | None:
    """What happens to wrong invoices; None is the default, as in version 1."""
    if (workflow.corrections, workflow.corrections_ignored_below) == (CorrectionPolicy.ADJUST, ZERO):
        return None
    return Corrections.model_validate(
        {"policy": workflow.corrections, "ignore_below": plain(workflow.corrections_ignored_below)}
    )


def payment_from_wire(payment: ChargeAutomatically | SendInvoice) -> dict[str, Any]:
    """The settings of payment by their names; only who is sent an invoice has a time to pay of its own."""
    due = {"due_after": payment.due_after} if isinstance(payment, SendInvoice) else {}
    return {"collection_method": CollectionMethod(payment.collection_method), **due}


def payment_to_wire(workflow: Workflow) -> ChargeAutomatically | SendInvoice:
    """How payment is collected."""
    if workflow.collection_method is CollectionMethod.SEND_INVOICE:
        return SendInvoice(collection_method="send_invoice", due_after=workflow.due_after)
    return ChargeAutomatically()


def workflow_to_wire(document: Mapping[str, Any]) -> WorkflowWire:
    """A workflow as version 3 writes it."""
    workflow = from_document(document)
    alignment: SubscriptionAlignment | AnchoredAlignment = SubscriptionAlignment()
    if workflow.anchored is not None:
        period = AnchorPeriod(anchor=workflow.anchored.anchor, interval=workflow.anchored.interval)
        alignment = AnchoredAlignment(type="anchored", recurring_period=period)
    return WorkflowWire(
        collection=Collection(alignment=alignment, interval=workflow.collection_interval),
        invoicing=Invoicing(
            auto_advance=workflow.auto_advance,
            draft_period=workflow.draft_period,
            progressive_billing=workflow.progressive_billing,
            subscription_end_proration_mode=workflow.end_proration,
            corrections=corrections_to_wire(workflow),
        ),
        payment=payment_to_wire(workflow),
        tax=Tax(
            enabled=workflow.tax_enabled,
            enforced=workflow.tax_enforced,
            default_tax_config=_tax_to_wire(workflow.default_tax_config),
        ),
    )


def _tax_to_wire(kept: Mapping[str, Any] | None) -> TaxConfig | None:
    if not kept:
        return None
    code = kept.get("taxCodeId")
    return TaxConfig(
        behavior=kept.get("behavior"),
        stripe=StripeTaxCode(**kept["stripe"]) if kept.get("stripe") else None,
        external_invoicing=ExternalTaxCode(**kept["customInvoicing"]) if kept.get("customInvoicing") else None,
        tax_code_id=code,
        tax_code=Reference(id=code) if code else None,
    )
