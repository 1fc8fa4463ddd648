"""How invoice lines are written in version 3: each with the price it was sold at and the rows it comes to."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from backend.api.v3.prices import AnyPrice, UnitConversion, price_to_wire, unit_config_to_wire
from backend.api.v3.rate_cards import RateCardDiscounts, RateCardTax, Reference, discounts_to_wire
from backend.api.v3.wire import Description, LabelMap, Name, Snake, SnakeInput, Ulid, labels_to_wire
from backend.api.wire import Calculated, Instant, Key
from backend.catalog import price_document
from backend.engine.invoice.totals import Totals
from backend.invoicing.models import Invoice, InvoiceLine, ManagedBy
from backend.invoicing.service import DetailView, LineView
from backend.invoicing.tax import tax_of


class ClosedPeriod(SnakeInput):
    """From an instant until just before another."""

    from_: Instant = Field(alias="from")
    to: Instant


class TotalsOut(Snake):
    """What something comes to."""

    amount: Calculated
    taxes_total: Calculated
    taxes_inclusive_total: Calculated
    taxes_exclusive_total: Calculated
    charges_total: Calculated
    discounts_total: Calculated
    credits_total: Calculated
    total: Calculated


class DiscountOut(Snake):
    """Money or usage taken off, and why."""

    id: str
    reason: str
    description: str | None = None


class AmountDiscountOut(DiscountOut):
    """Money taken off."""

    amount: Calculated


class UsageDiscountOut(DiscountOut):
    """Usage taken off."""

    quantity: Calculated


class DiscountsOut(Snake):
    """Everything taken off."""

    amount: list[AmountDiscountOut] | None = None
    usage: list[UsageDiscountOut] | None = None


class LineReferencesOut(Snake):
    """Under which id the invoicing app knows a row."""

    invoicing_id: str | None = None


class PhaseReferenceOut(Snake):
    """Where in a subscription a line comes from."""

    id: str
    item: Reference


class SubscriptionReferenceOut(Snake):
    """The subscription a line comes from."""

    id: str
    phase: PhaseReferenceOut


class LineRateCard(SnakeInput):
    """What a line is sold as."""

    price: AnyPrice
    tax_config: RateCardTax | None = None
    feature_key: Key | None = None
    discounts: RateCardDiscounts | None = None


class LineRateCardOut(LineRateCard):
    """What a line was sold as."""

    unit_config: UnitConversion | None = None


class QuantityOut(Snake):
    """How much was metered, and how much of it was billed in converted units."""

    raw_quantity: Calculated
    invoiced_quantity: Calculated
    display_unit: str | None = None


class DetailOut(Snake):
    """One row under a line."""

    id: str
    name: str
    created_at: Instant
    updated_at: Instant
    service_period: ClosedPeriod
    totals: TotalsOut
    category: str
    discounts: DiscountsOut | None = None
    external_references: LineReferencesOut | None = None
    quantity: Calculated
    unit_price: Calculated


class LineOut(Snake):
    """One price over one period."""

    id: str
    type: Literal["standard_line"] = "standard_line"
    name: str
    description: str | None = None
    labels: dict[str, str] | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    lifecycle_controller: Literal["system", "manual"]
    service_period: ClosedPeriod
    totals: TotalsOut
    discounts: DiscountsOut | None = None
    subscription: SubscriptionReferenceOut | None = None
    rate_card: LineRateCardOut
    detailed_lines: list[DetailOut]
    usage_quantity_detail: QuantityOut | None = None


class LineUpdate(SnakeInput):
    """A line as it is to be; without an id it is a new one."""

    id: Ulid | None = None
    type: Literal["standard_line"]
    name: Name
    description: Description | None = None
    labels: LabelMap | None = None
    service_period: ClosedPeriod
    rate_card: LineRateCard


def totals_to_wire(totals: Totals) -> TotalsOut:
    """What something comes to."""
    return TotalsOut(**{name: getattr(totals, name) for name in TotalsOut.model_fields})


def line_to_wire(invoice: Invoice, view: LineView) -> LineOut:
    """A line as version 3 writes it."""
    line = view.line
    assert line.created_at is not None
    assert line.updated_at is not None
    return LineOut(
        id=line.id,
        name=line.name,
        description=line.description,
        labels=labels_to_wire(line.labels),
        created_at=line.created_at,
        updated_at=line.updated_at,
        deleted_at=line.deleted_at,
        lifecycle_controller="manual" if line.managed_by == ManagedBy.MANUAL else "system",
        service_period=ClosedPeriod(**{"from": line.period_start, "to": line.period_end}),
        totals=totals_to_wire(view.totals),
        discounts=_usage_discounts(line.usage_discounts),
        subscription=_subscription(line),
        rate_card=_rate_card(invoice, line),
        detailed_lines=[_detail_to_wire(line, detail) for detail in view.details],
        usage_quantity_detail=_quantity(view),
    )


def _rate_card(invoice: Invoice, line: InvoiceLine) -> LineRateCardOut:
    price = price_document.price_from_document(line.price)
    said = tax_of(invoice, line) or {}
    code = said.get("taxCodeId")
    tax = RateCardTax(behavior=said.get("behavior"), code=Reference(id=code)) if code else None
    return LineRateCardOut(
        price=price_to_wire(price),
        tax_config=tax,
        feature_key=line.feature_key,
        discounts=discounts_to_wire(price_document.discounts_from_document(line.discounts)),
        unit_config=unit_config_to_wire(price, price_document.unit_config_from_document(line.price)),
    )


def _quantity(view: LineView) -> QuantityOut | None:
    config = price_document.unit_config_from_document(view.line.price)
    if config is None or view.metered_quantity is None or view.quantity is None:
        return None
    return QuantityOut(
        raw_quantity=view.metered_quantity, invoiced_quantity=view.quantity, display_unit=config.display_unit
    )


def _detail_to_wire(line: InvoiceLine, detail: DetailView) -> DetailOut:
    assert line.created_at is not None
    assert line.updated_at is not None
    return DetailOut(
        id=detail.id,
        name=detail.name,
        created_at=line.created_at,
        updated_at=line.updated_at,
        service_period=ClosedPeriod(**{"from": detail.period_start, "to": detail.period_end}),
        totals=totals_to_wire(detail.totals),
        category=detail.category,
        discounts=_amount_discounts(detail.amount_discounts),
        external_references=LineReferencesOut(invoicing_id=detail.external_id) if detail.external_id else None,
        quantity=detail.quantity,
        unit_price=detail.per_unit_amount,
    )


def _amount_discounts(kept: Sequence[Mapping[str, Any]]) -> DiscountsOut | None:
    names = ("id", "reason", "description", "amount")
    found = [AmountDiscountOut(**{name: discount[name] for name in names}) for discount in kept]
    return DiscountsOut(amount=found) if found else None


def _usage_discounts(kept: Sequence[Mapping[str, Any]]) -> DiscountsOut | None:
    names = ("id", "reason", "quantity")
    found = [UsageDiscountOut(**{name: discount[name] for name in names}) for discount in kept]
    return DiscountsOut(usage=found) if found else None


def _subscription(line: InvoiceLine) -> SubscriptionReferenceOut | None:
    subscription, phase, item = line.subscription_id, line.subscription_phase_id, line.subscription_item_id
    if subscription is None or phase is None or item is None:
        return None
    return SubscriptionReferenceOut(id=subscription, phase=PhaseReferenceOut(id=phase, item=Reference(id=item)))
