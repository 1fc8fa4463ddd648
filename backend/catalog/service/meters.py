"""A meter can be removed, or lose a dimension, only when no feature in use and nobody entitled to one needs it."""

from collections.abc import Callable, Sequence

from backend.catalog import repository
from backend.catalog.models import Feature
from backend.catalog.unit_cost import from_document
from backend.engine.cost.unit_cost import TokenCost
from backend.errors import Conflict
from backend.infra import locks
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import MeterChange

Guard = Callable[[Context, Sequence[Feature]], None]
"""Raises Conflict when somebody still needs one of these features, which are archived."""

_guards: list[Guard] = []


def guard_with(guard: Guard) -> None:
    """Let somebody who goes on using archived features keep their meters; whoever does says so once."""
    _guards.append(guard)


def update_meter(ctx: Context, id_or_slug: str, change: MeterChange) -> Meter:
    """Change a meter. Raises NotFound, or Conflict while a feature needs a dimension that would go."""
    meter = metering.get_meter(ctx, id_or_slug)
    locks.have_alone(ctx, meter_lock(meter))
    relying = []
    for feature in repository.features_of_meter(ctx, meter.id):
        lost = sorted(_dimensions(feature) - change.group_by.keys())
        if lost and feature.archived_at is None:
            raise Conflict(
                f"The feature {feature.key} needs {', '.join(lost)} of the meter {meter.slug}. Archive it first.",
                conflictingEntityId=feature.id,
            )
        relying += [feature] if lost else []
    _ask_guards(ctx, relying)
    return metering.update_meter(ctx, meter.id, change)


def delete_meter(ctx: Context, id_or_slug: str) -> None:
    """Delete a meter. Raises NotFound, or Conflict while features use it or customers are entitled to them."""
    meter = metering.get_meter(ctx, id_or_slug)
    locks.have_alone(ctx, meter_lock(meter))
    relying = repository.features_of_meter(ctx, meter.id)
    using = [feature.key for feature in relying if feature.archived_at is None]
    if using:
        message = f"The meter {meter.slug} is used by the features {', '.join(using)}. Archive them first."
        raise Conflict(message)
    _ask_guards(ctx, relying)
    metering.delete_meter(ctx, meter.id)


def meter_lock(meter: Meter) -> str:
    """The lock of a meter: shared by new features that rely on it, had alone by whoever changes or deletes it."""
    return f"meter {meter.id}"


def _dimensions(feature: Feature) -> set[str]:
    """By what a feature filters its meter, and what tells the cost of its units."""
    cost = from_document(feature.unit_cost)
    return {*feature.meter_filters, *(cost.properties if isinstance(cost, TokenCost) else ())}


def _ask_guards(ctx: Context, relying: Sequence[Feature]) -> None:
    for guard in _guards if relying else ():
        guard(ctx, relying)
