"""How lines that a person adds travel in version 1."""

from typing import Annotated

from pydantic import Field

from backend.api.v1.wire.customers import CurrencyCode, Description, Name
from backend.api.v1.wire.invoice_lines import LineOut
from backend.api.v1.wire.invoices import InvoiceOut
from backend.api.v1.wire.prices import (
    DiscountsWire,
    NullableInput,
    PriceWire,
    commitment_from_wire,
    discounts_from_wire,
    price_from_wire,
)
from backend.api.v1.wire.rate_cards import TaxConfigWire
from backend.api.wire import Instant, Key, Labels, Wire, WireInput
from backend.catalog.models import RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.engine.period import Period
from backend.invoicing.service import PendingLineInput


class PeriodIn(WireInput):
    """From an instant until just before another."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant


class LineRateCardIn(NullableInput):
    """What a line is sold as."""

    feature_key: Key | None = None
    tax_config: TaxConfigWire | None = None
    price: PriceWire | None
    discounts: DiscountsWire | None = None


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
            discounts=discounts_from_wire(card.discounts),
            feature_key=card.feature_key,
            tax_config=tax_config,
            description=self.description,
            labels=self.metadata or {},
        )
        return PendingLineInput(terms, Period(self.period.from_, self.period.to), self.invoice_at)


class PendingLinesIn(WireInput):
    """Lines to add, all in one currency."""

    currency: CurrencyCode
    lines: Annotated[list[PendingLineIn], Field(min_length=1)]


class PendingLinesOut(Wire):
    """The lines as they were added, and the invoice they wait on."""

    lines: list[LineOut]
    invoice: InvoiceOut
    is_invoice_new: bool
