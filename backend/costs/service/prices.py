"""List prices of language models: what a namespace says they cost, and which price holds for a feature."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from backend.catalog.models import Feature
from backend.catalog.unit_cost import from_document
from backend.costs import repository
from backend.costs.models import ModelPrice
from backend.costs.repository import PriceFilter
from backend.engine.cost.names import model_id, provider_id
from backend.engine.cost.price import ListPrice, PriceSource, TokenPricing, in_force
from backend.engine.cost.unit_cost import CURRENCY, TokenCost
from backend.engine.exact import ZERO
from backend.engine.filter import Filter
from backend.engine.meter.narrowing import narrowing
from backend.engine.period import truncate
from backend.errors import Invalid, Issue, NotFound
from backend.infra.context import Context

LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class PriceInput:
    """What a provider asks for the tokens of a model in [start, end), as a namespace says it."""

    provider: str
    model: str
    pricing: TokenPricing
    start: datetime
    end: datetime | None = None
    model_name: str | None = None
    currency: str = CURRENCY


def set_override(ctx: Context, wanted: PriceInput) -> ModelPrice:
    """Say what a model costs in this namespace; it comes before any other price of the model (metering spec 14).

    Of two for the same moment, the one that began last holds. Invalid with everything that is wrong.
    """
    found = list(_mistakes(wanted))
    if found:
        raise Invalid("; ".join(f"{issue.field}: {issue.message}" for issue in found), issues=found)
    price = ModelPrice(
        provider=provider_id(wanted.provider),
        model_id=model_id(wanted.model),
        model_name=wanted.model_name or wanted.model.strip(),
        currency=wanted.currency,
        effective_from=wanted.start,
        effective_to=wanted.end,
        **{part.name: getattr(wanted.pricing, part.name) for part in fields(TokenPricing)},
    )
    ctx.session.add(price)
    ctx.session.flush()
    return price


def get_price(ctx: Context, price_id: str) -> ModelPrice:
    """One price. Raises NotFound."""
    price = repository.by_id(ctx, price_id)
    if price is None:
        raise NotFound(f"There is no price {price_id}.")
    return price


def list_prices(ctx: Context, wanted: PriceFilter) -> tuple[Sequence[ModelPrice], int]:
    """One page of the prices that match, and how many match in all."""
    return repository.page(ctx, wanted)


def list_overrides(ctx: Context, wanted: PriceFilter) -> tuple[Sequence[ModelPrice], int]:
    """The same of what the namespace said itself."""
    return repository.page(ctx, replace(wanted, source=PriceSource.MANUAL))


def delete_override(ctx: Context, price_id: str) -> None:
    """Take back what was said about a model; costs are told without it from now on, also of the past. NotFound."""
    price = get_price(ctx, price_id)
    if price.source != PriceSource.MANUAL:
        raise NotFound(f"The price {price_id} is not an override.")
    price.deleted_at = ctx.now
    ctx.session.add(price)


def prices_of(ctx: Context, models: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[ListPrice]]:
    """(provider, model) → its prices; their times are whole seconds, as those of events are."""
    found: dict[tuple[str, str], list[ListPrice]] = {}
    for row in repository.of_models(ctx, models) if models else ():
        price = row.list_price
        end = price.end and truncate(price.end)
        whole = replace(price, start=truncate(price.start), end=end)
        found.setdefault((price.provider, price.model), []).append(whole)
    return found


def pricings(ctx: Context, features: Iterable[Feature]) -> dict[str, TokenPricing]:
    """Feature id → the prices that hold now, of the features that always use one model (metering spec 6)."""
    models = {feature.id: model for feature in features if (model := _only_model(feature)) is not None}
    known = prices_of(ctx, set(models.values()))
    holding = {feature_id: in_force(known.get(model, ()), ctx.now) for feature_id, model in models.items()}
    return {feature_id: price.pricing for feature_id, price in holding.items() if price is not None}


def _only_model(feature: Feature) -> tuple[str, str] | None:
    """The provider and model of a feature that says both, itself or by filters that let through only one text."""
    cost = from_document(feature.unit_cost)
    if not isinstance(cost, TokenCost):
        return None
    filters = narrowing(feature.meter_filters)
    provider = cost.provider or _only_text(filters, cost.provider_property)
    model = cost.model or _only_text(filters, cost.model_property)
    return (provider_id(provider), model_id(model)) if provider and model else None


def _only_text(filters: Mapping[str, Filter], dimension: str | None) -> str | None:
    found = filters.get(dimension or "")
    texts = found.exact_texts if found is not None else None
    return texts[0] if texts and len(texts) == 1 else None


def _mistakes(wanted: PriceInput) -> Iterable[Issue]:
    for field, text in (("provider", wanted.provider), ("model_id", wanted.model)):
        if not text.strip() or len(text) > LONGEST_NAME:
            yield Issue(field, "required", f"must be a name of at most {LONGEST_NAME} characters")
    for part in fields(TokenPricing):
        price = getattr(wanted.pricing, part.name)
        if price is not None and price < ZERO:
            yield Issue(f"pricing.{part.name}", "negative", "a price must not be negative")
    if wanted.currency != CURRENCY:
        yield Issue("currency", "unsupported", f"prices of models are told in {CURRENCY}")
    if wanted.end is not None and wanted.start > wanted.end:
        yield Issue("effective_to", "before_start", "a price must not end before it begins")
