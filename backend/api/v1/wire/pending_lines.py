"""How lines that a person adds, or only tries out, travel in version 1."""

from typing import Annotated

from pydantic import Field

from backend.api.v1.wire.customers import CurrencyCode, Description, Name
from backend.api.v1.wire.invoice_lines import LineOut
from backend.api.v1.wire.invoices import InvoiceOut
from backend.api.v1.wire.prices import (
    NullableInput,
    PercentageDiscountWire,
    PriceWire,
    UsageDiscountWire,
    commitment_from_wire,
    price_from_wire,
)
from backend.api.v1.wire.rate_cards import TaxConfigWire
from backend.api.wire import Instant, Key, Labels, Text, Wire, WireInput
from backend.catalog.models import RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.engine.exact import ZERO
from backend.engine.period import Period
from backend.engine.rate.prices import Discounts, PercentageDiscount, UsageDiscount
from backend.invoicing.service import MOST_LINES, PendingLineInput, SimulatedLine

UlidText = Annotated[str, Field(pattern=r"^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$")]


class PeriodIn(WireInput):
    """From an instant until just before another."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant


class LinePercentageIn(PercentageDiscountWire):
    """So many percent off; the id tells the discount on every part of a line."""

    correlation_id: UlidText | None = None


class LineFreeUsageIn(UsageDiscountWire):
    """So many units free; the id tells the discount on every part of a line."""

    correlation_id: UlidText | None = None


class LineDiscountsIn(WireInput):
    """What is taken off a line."""

    percentage: LinePercentageIn | None = None
    usage: LineFreeUsageIn | None = None

    def from_wire(self) -> Discounts:
        """The engine's discounts."""
        percentage, usage = self.percentage, self.usage
        return Discounts(
            PercentageDiscount(percentage.percentage, percentage.correlation_id or "") if percentage else None,
            UsageDiscount(usage.quantity, usage.correlation_id or "") if usage else None,
        )


class LineRateCardIn(NullableInput):
    """What a line is sold as."""

    feature_key: Key | None = None
    tax_config: TaxConfigWire | None = None
    price: PriceWire | None
    discounts: LineDiscountsIn | None = None


class PendingLineIn(WireInput):
    """A line to add; price, feature and tax may still stand outside of the rate card, as in earlier days."""

    name: Name
    description: Description | None = None
    metadata: Labels | None = None
    tax_config: TaxConfigWire | None = None
    period: PeriodIn
    invoice_at: Instant
    price: PriceWire | None = None
    feature_key: Key | None = None
    rate_card: LineRateCardIn | None = None

    def from_wire(self) -> PendingLineInput:
        """As the service takes it."""
        card = self.rate_card or LineRateCardIn(
            price=self.price, feature_key=self.feature_key, tax_config=self.tax_config
        )
        tax_config = card.tax_config.model_dump(by_alias=True, exclude_none=True) if card.tax_config else None
        terms = RateCardTerms(
            key=card.feature_key or "line",
            name=self.name,
            kind=RateCardKind.USAGE_BASED,
            price=None if card.price is None else price_from_wire(card.price),
            commitment=commitment_from_wire(card.price),
            discounts=card.discounts.from_wire() if card.discounts else Discounts(),
            feature_key=card.feature_key,
            tax_config=tax_config,
            description=self.description,
            labels=self.metadata or {},
        )
        return PendingLineInput(terms, Period(self.period.from_, self.period.to), self.invoice_at)


class PendingLinesIn(WireInput):
    """Lines to add, all in one currency."""

    currency: CurrencyCode
    lines: Annotated[list[PendingLineIn], Field(min_length=1, max_length=MOST_LINES)]


class SimulatedLineIn(PendingLineIn):
    """A line to simulate, with the quantity that a meter would tell."""

    quantity: Text
    pre_line_period_quantity: Text | None = None
    id: UlidText | None = None

    def simulated(self) -> SimulatedLine:
        """As the service takes it."""
        return SimulatedLine(self.from_wire(), self.quantity, self.pre_line_period_quantity or ZERO, self.id)


class SimulationIn(WireInput):
    """An invoice to simulate, all in one currency."""

    number: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    currency: CurrencyCode
    lines: Annotated[list[SimulatedLineIn], Field(max_length=MOST_LINES)]


class PendingLinesOut(Wire):
    """The lines as they were added, and the invoice they wait on."""

    lines: list[LineOut]
    invoice: InvoiceOut
    is_invoice_new: bool
