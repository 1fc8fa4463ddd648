"""Every query on list prices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlmodel import col, func, select

from backend.costs.models import ModelPrice
from backend.engine.filter import Filter
from backend.infra.context import Context
from backend.infra.filters import condition


class PriceOrder(StrEnum):
    """What a list of prices can be sorted by."""

    ID = "id"
    PROVIDER = "provider"
    MODEL = "model_id"
    EFFECTIVE_FROM = "effective_from"
    EFFECTIVE_TO = "effective_to"


@dataclass(frozen=True, slots=True)
class PriceFilter:
    """Which prices a list shows, and in which order; `columns` compares provider, model, currency and source."""

    columns: Mapping[str, Filter] = field(default_factory=dict)
    source: str | None = None
    order: PriceOrder = PriceOrder.MODEL
    descending: bool = False
    offset: int = 0
    limit: int = 100


def by_id(ctx: Context, price_id: str) -> ModelPrice | None:
    """The living price with this id."""
    return ctx.session.exec(select(ModelPrice).where(*_living(ctx), ModelPrice.id == price_id)).first()


def page(ctx: Context, wanted: PriceFilter) -> tuple[Sequence[ModelPrice], int]:
    """One page of the living prices that match, and how many match in all."""
    conditions = _living(ctx)
    conditions += [condition(ctx, col(getattr(ModelPrice, name)), found) for name, found in wanted.columns.items()]
    if wanted.source is not None:
        conditions.append(ModelPrice.source == wanted.source)
    by, row_id = col(getattr(ModelPrice, wanted.order)), col(ModelPrice.id)
    directed = (by.desc(), row_id.desc()) if wanted.descending else (by.asc(), row_id.asc())
    query = select(ModelPrice).where(*conditions).order_by(*directed).offset(wanted.offset).limit(wanted.limit)
    return ctx.session.exec(query).all(), ctx.session.exec(
        select(func.count()).select_from(ModelPrice).where(*conditions)
    ).one()


def of_models(ctx: Context, models: Collection[tuple[str, str]]) -> Sequence[ModelPrice]:
    """The living prices of these models, each given as provider and model."""
    query = select(ModelPrice).where(
        *_living(ctx),
        col(ModelPrice.provider).in_({provider for provider, _ in models}),
        col(ModelPrice.model_id).in_({model for _, model in models}),
    )
    return [price for price in ctx.session.exec(query) if (price.provider, price.model_id) in models]


def _living(ctx: Context) -> list[Any]:
    return [ModelPrice.namespace == ctx.namespace, col(ModelPrice.deleted_at).is_(None)]
