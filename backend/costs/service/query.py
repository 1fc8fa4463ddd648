"""What the usage of a feature costs the seller, in rows like those of its meter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from backend.catalog.service import features
from backend.catalog.unit_cost import from_document
from backend.costs.service.prices import prices_of
from backend.engine.cost.names import model_id, provider_id
from backend.engine.cost.price import ListPrice, in_force
from backend.engine.cost.unit_cost import LookedUp, ManualCost, TokenCost, TokenType, is_token_type
from backend.engine.exact import EXACT, ZERO
from backend.engine.meter.narrowing import both, narrowing
from backend.engine.period import RESOLUTION, Period, truncate
from backend.errors import Invalid
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import UsageQuery, UsageRow

MOST_TOLD = 5
Prices = Mapping[tuple[str, str], Sequence[ListPrice]]


@dataclass(frozen=True, slots=True)
class CostRow:
    """A row of usage and what it costs in USD; None when a price is missing, `detail` says which."""

    usage: UsageRow
    cost: Decimal | None
    detail: str | None = None


def query(ctx: Context, id_or_key: str, asked: UsageQuery) -> list[CostRow]:
    """The cost of a feature's usage, the dearest row first, rows without a price last (metering spec 6).

    Each token costs what its model cost when it was used. NotFound when there is no such feature; Invalid when it has
    no meter or no unit cost, or when its meter cannot be asked this.
    """
    feature = features.get(ctx, id_or_key)
    cost = from_document(feature.unit_cost)
    if cost is None or feature.meter_id is None:
        raise Invalid(f"The feature {feature.key} has no {'unit cost' if feature.meter_id else 'meter'}.")
    meter = metering.get_meter(ctx, feature.meter_id)
    filters = both(narrowing(feature.meter_filters), asked.advanced_filters)
    narrowed = replace(asked, advanced_filters=filters)
    if isinstance(cost, ManualCost):
        rows = [CostRow(row, EXACT.multiply(row.value, cost.amount)) for row in metering.query(ctx, meter, narrowed)]
    else:
        rows = _priced(ctx, meter, cost, narrowed)
    return sorted(rows, key=lambda row: (row.cost is None, -(row.cost or ZERO)))


@dataclass(slots=True)
class _Sum:
    """Rows that become one again, after they were told apart to find their prices."""

    usage: UsageRow
    cost: Decimal = ZERO
    missing: set[str] = field(default_factory=set)


def _priced(ctx: Context, meter: Meter, cost: TokenCost, asked: UsageQuery) -> list[CostRow]:
    detailed = replace(asked, group_by=tuple(dict.fromkeys([*asked.group_by, *cost.properties])))
    rows = metering.query(ctx, meter, detailed)
    prices = prices_of(ctx, {_model(cost.looked_up(row.groups)) for row in rows})
    sums: dict[object, _Sum] = {}
    for row in rows:
        _add_usage(sums, asked, row)
    for part, at in _parts(ctx, detailed, prices):
        for row in rows if part is detailed else metering.query(ctx, meter, part):
            _add_cost(sums[_key(asked, row)], row.value, cost.looked_up(row.groups), prices, at)
    return [_row(found) for found in sums.values()]


def _parts(ctx: Context, asked: UsageQuery, prices: Prices) -> Iterator[tuple[UsageQuery, datetime]]:
    """The question in parts in which no price changes, each with a moment inside it."""
    start, end = asked.start and truncate(asked.start), asked.end and truncate(asked.end)
    changes = {change for known in prices.values() for price in known for change in (price.start, price.end) if change}
    inside = sorted(at for at in changes if (start is None or start < at) and (end is None or at < end))
    if not inside:
        yield asked, start or (end - RESOLUTION if end else ctx.now)
        return
    edges = [start, *inside, end]
    for first, last in pairwise(edges):
        yield replace(asked, start=first, end=last), first or inside[0] - RESOLUTION


def _add_usage(sums: dict[object, _Sum], asked: UsageQuery, row: UsageRow) -> None:
    key = _key(asked, row)
    groups = {name: row.groups[name] for name in asked.group_by if name in row.groups}
    known = sums.get(key)
    if known is None:
        sums[key] = _Sum(replace(row, groups=groups))
        return
    one, other = known.usage.window, row.window
    window = Period(min(one.start, other.start), max(one.end, other.end))
    known.usage = replace(known.usage, window=window, value=EXACT.add(known.usage.value, row.value))


def _add_cost(found: _Sum, usage: Decimal, wanted: LookedUp, prices: Prices, at: datetime) -> None:
    if not usage:
        return
    provider, model = _model(wanted)
    if not is_token_type(wanted.token_type):
        found.missing.add(f"{wanted.token_type or 'nothing'} is not a type of token")
        return
    kind = TokenType(wanted.token_type)
    price = in_force(prices.get((provider, model), ()), at)
    amount = None if price is None else price.pricing.of(kind)
    if amount is None:
        found.missing.add(f"no price for {kind} tokens of the model {model or '(none)'} of {provider or '(nobody)'}")
        return
    found.cost = EXACT.add(found.cost, EXACT.multiply(usage, amount))


def _row(found: _Sum) -> CostRow:
    if found.missing:
        return CostRow(found.usage, None, _told(sorted(found.missing)))
    return CostRow(found.usage, found.cost)


def _told(missing: Sequence[str]) -> str:
    more = len(missing) - MOST_TOLD
    return "; ".join([*missing[:MOST_TOLD], *([f"and {more} more"] if more > 0 else [])])


def _model(wanted: LookedUp) -> tuple[str, str]:
    return provider_id(wanted.provider), model_id(wanted.model)


def _key(asked: UsageQuery, row: UsageRow) -> object:
    """What a row is about, in the question's own terms."""
    groups = tuple(row.groups[name] for name in asked.group_by if name in row.groups)
    return row.window if asked.window else None, row.subject, row.customer_id, groups
