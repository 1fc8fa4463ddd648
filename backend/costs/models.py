"""A list price of a language model."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Index
from sqlmodel import Field

from backend.engine.cost.price import ListPrice, PriceSource, TokenPricing
from backend.infra.columns import Exact, Instant
from backend.infra.rows import Deletable, Row


class ModelPrice(Row, Deletable, table=True):
    """What a provider asks for one token of a model in [effective_from, effective_to), in USD.

    Provider and model are kept under the one name that stands for all ways to write them.
    """

    __tablename__ = "model_price"
    __table_args__ = (Index("ix_model_price_model", "namespace", "provider", "model_id"),)

    provider: str = Field(max_length=256)
    model_id: str = Field(max_length=256)
    model_name: str = Field(max_length=256)
    input_per_token: Decimal = Field(sa_type=Exact)
    output_per_token: Decimal = Field(sa_type=Exact)
    cache_read_per_token: Decimal | None = Field(default=None, sa_type=Exact)
    cache_write_per_token: Decimal | None = Field(default=None, sa_type=Exact)
    reasoning_per_token: Decimal | None = Field(default=None, sa_type=Exact)
    currency: str = Field(max_length=3)
    source: str = Field(default=PriceSource.MANUAL, max_length=16)
    effective_from: datetime = Field(sa_type=Instant)
    effective_to: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def list_price(self) -> ListPrice:
        """The part that decides what usage costs."""
        pricing = TokenPricing(
            self.input_per_token,
            self.output_per_token,
            self.cache_read_per_token,
            self.cache_write_per_token,
            self.reasoning_per_token,
        )
        source = PriceSource(self.source)
        return ListPrice(self.provider, self.model_id, pricing, source, self.effective_from, self.effective_to)
