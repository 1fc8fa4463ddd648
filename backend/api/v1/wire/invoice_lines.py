"""How invoice lines travel in version 1: every line with its price, its detailed lines and what was taken off."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from backend.api.v1.wire.prices import DiscountsWire, PriceWire, discounts_to_wire, price_to_wire
from backend.api.v1.wire.rate_cards import TaxConfigWire
from backend.api.wire import Calculated, Instant, Labels, Number, Wire
from backend.catalog import price_document
from backend.engine.invoice.totals import Totals
from backend.engine.rate.prices import Flat, PaymentTerm
from backend.invoicing.models import Invoice, InvoiceLine
from backend.invoicing.service import DetailView, LineView
from backend.invoicing.tax import tax_of


class TotalsOut(Wire):
    """What something comes to."""

    amount: Calculated
    charges_total: Calculated
    discounts_total: Calculated
    credits_total: Calculated
    taxes_inclusive_total: Calculated
    taxes_exclusive_total: Calculated
    taxes_total: Calculated
    total: Calculated


class PeriodOut(Wire):
    """From an instant until just before another."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant


class IdOut(Wire):
    """Something by its id."""

    id: str


class SubscriptionReferenceOut(Wire):
    """Where in a subscription a line comes from."""

    subscription: IdOut
    phase: IdOut
    item: IdOut
    billing_period: PeriodOut


class DiscountReasonOut(Wire):
    """Why something was taken off."""

    type: str
    percentage: Number | None = None
    quantity: Calculated | None = None
    correlation_id: str | None = None


class AmountDiscountOut(Wire):
    """Money taken off."""

    id: str
    created_at: Instant
    updated_at: Instant
    reason: DiscountReasonOut
    description: str | None = None
    amount: Calculated


class UsageDiscountOut(Wire):
    """Usage taken off."""

    id: str
    created_at: Instant
    updated_at: Instant
    reason: DiscountReasonOut
    quantity: Calculated
    pre_line_period_quantity: Calculated


class LineDiscountsOut(Wire):
    """Everything taken off a line."""

    amount: list[AmountDiscountOut] | None = None
    usage: list[UsageDiscountOut] | None = None


class InvoiceReferenceOut(Wire):
    """The invoice a line is on."""

    id: str
    number: str


class ExternalIdsOut(Wire):
    """Under which id the invoicing app knows it."""

    invoicing: str


class DetailPriceOut(Wire):
    """What one unit of a row costs; calculated, unlike the price of a rate card."""

    type: Literal["flat"] = "flat"
    amount: Calculated
    payment_term: PaymentTerm


class DetailRateCardOut(Wire):
    """The price of one row."""

    price: DetailPriceOut | None
    quantity: Calculated


class RateCardOut(Wire):
    """What a line was sold as."""

    feature_key: str | None = None
    tax_config: TaxConfigWire | None = None
    price: PriceWire | None
    discounts: DiscountsWire | None = None


class _LineOut(Wire):
    id: str
    name: str
    description: str | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    managed_by: str
    discounts: LineDiscountsOut | None = None
    invoice: InvoiceReferenceOut
    currency: str
    tax_config: TaxConfigWire | None = None
    totals: TotalsOut
    period: PeriodOut
    invoice_at: Instant
    external_ids: ExternalIdsOut | None = None
    subscription: SubscriptionReferenceOut | None = None


class DetailOut(_LineOut):
    """One row under a line."""

    status: Literal["detailed"] = "detailed"
    type: Literal["flat_fee"] = "flat_fee"
    per_unit_amount: Calculated
    payment_term: str
    quantity: Calculated
    category: str
    rate_card: DetailRateCardOut


class LineOut(_LineOut):
    """One price over one period."""

    status: Literal["valid"] = "valid"
    type: Literal["usage_based"] = "usage_based"
    price: PriceWire
    feature_key: str | None = None
    rate_card: RateCardOut
    children: list[DetailOut]
    quantity: Calculated | None = None
    metered_quantity: Calculated | None = None
    pre_line_period_quantity: Calculated | None = None
    metered_pre_line_period_quantity: Calculated | None = None


def totals_to_wire(totals: Totals) -> TotalsOut:
    """Totals as version 1 writes them."""
    return TotalsOut.model_validate(totals, from_attributes=True)


def line_to_wire(invoice: Invoice, view: LineView) -> LineOut:
    """A line as version 1 writes it."""
    line = view.line
    price = price_document.price_from_document(line.price)
    assert price is not None, "a line without a price is never made"
    written = price_to_wire(price, price_document.commitment_from_document(line.price))
    is_flat = isinstance(price, Flat)
    tax = tax_of(invoice, line)
    tax_config = TaxConfigWire.model_validate(tax) if tax else None
    return LineOut(
        **_common(invoice, line),
        id=line.id,
        name=line.name,
        description=line.description,
        metadata=dict(line.labels) or None,
        managed_by=line.managed_by,
        discounts=_usage_discounts(line),
        tax_config=tax_config,
        totals=totals_to_wire(view.totals),
        period=PeriodOut(from_=line.period_start, to=line.period_end),
        price=written,
        feature_key=line.feature_key,
        rate_card=RateCardOut(
            feature_key=line.feature_key,
            tax_config=tax_config,
            price=written,
            discounts=discounts_to_wire(price_document.discounts_from_document(line.discounts)),
        ),
        children=[_detail_to_wire(invoice, line, detail) for detail in view.details],
        quantity=view.quantity,
        metered_quantity=view.metered_quantity,
        pre_line_period_quantity=None if is_flat else view.before,
        metered_pre_line_period_quantity=None if is_flat else view.metered_before,
    )


def _common(invoice: Invoice, line: InvoiceLine) -> dict[str, Any]:
    """What a line and its rows share."""
    return {
        "created_at": line.created_at,
        "updated_at": line.updated_at,
        "deleted_at": line.deleted_at,
        "invoice": InvoiceReferenceOut(id=invoice.id, number=invoice.number),
        "currency": line.currency,
        "invoice_at": line.invoice_at,
        "subscription": _subscription_reference(line),
    }


def _detail_to_wire(invoice: Invoice, line: InvoiceLine, detail: DetailView) -> DetailOut:
    price = DetailPriceOut(amount=detail.per_unit_amount, payment_term=PaymentTerm(detail.payment_term))
    return DetailOut(
        **_common(invoice, line),
        id=detail.id,
        name=detail.name,
        managed_by="system",
        discounts=_amount_discounts(line, detail.amount_discounts),
        totals=totals_to_wire(detail.totals),
        period=PeriodOut(from_=detail.period_start, to=detail.period_end),
        external_ids=ExternalIdsOut(invoicing=detail.external_id) if detail.external_id else None,
        per_unit_amount=detail.per_unit_amount,
        payment_term=detail.payment_term,
        quantity=detail.quantity,
        category=detail.category,
        rate_card=DetailRateCardOut(price=price, quantity=detail.quantity),
    )


def _subscription_reference(line: InvoiceLine) -> SubscriptionReferenceOut | None:
    ids = (line.subscription_id, line.subscription_phase_id, line.subscription_item_id)
    if None in ids or line.billing_period_start is None or line.billing_period_end is None:
        return None
    subscription, phase, item = (IdOut(id=str(reference)) for reference in ids)
    period = PeriodOut(from_=line.billing_period_start, to=line.billing_period_end)
    return SubscriptionReferenceOut(subscription=subscription, phase=phase, item=item, billing_period=period)


def _amount_discounts(line: InvoiceLine, discounts: Sequence[Mapping[str, Any]]) -> LineDiscountsOut | None:
    if not discounts:
        return None
    stamps = {"created_at": line.created_at, "updated_at": line.updated_at}
    written = [
        AmountDiscountOut(
            **stamps,
            id=discount["id"],
            reason=_reason(line, discount["reason"]),
            description=discount["description"],
            amount=Decimal(discount["amount"]),
        )
        for discount in discounts
    ]
    return LineDiscountsOut(amount=written)


def _usage_discounts(line: InvoiceLine) -> LineDiscountsOut | None:
    if not line.usage_discounts:
        return None
    stamps = {"created_at": line.created_at, "updated_at": line.updated_at}
    written = [
        UsageDiscountOut(
            **stamps,
            id=discount["id"],
            reason=_reason(line, discount["reason"]),
            quantity=Decimal(discount["quantity"]),
            pre_line_period_quantity=Decimal(discount["before"]),
        )
        for discount in line.usage_discounts
    ]
    return LineDiscountsOut(usage=written)


def _reason(line: InvoiceLine, kind: str) -> DiscountReasonOut:
    """The reason with the rate card's own figures."""
    kept = line.discounts
    if kind == "ratecard_percentage":
        return DiscountReasonOut(
            type=kind, percentage=Decimal(kept["percentage"]), correlation_id=kept["percentage_id"]
        )
    if kind == "ratecard_usage":
        return DiscountReasonOut(type=kind, quantity=Decimal(kept["usage"]), correlation_id=kept["usage_id"])
    return DiscountReasonOut(type=kind)
