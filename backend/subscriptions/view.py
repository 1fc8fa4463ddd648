"""A subscription as billing sees it: the schedule for the engine, and beside it what each item was sold as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.catalog import price_document
from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.engine.convert import UnitConfig
from backend.engine.meter.narrowing import Wanted
from backend.engine.period import FOREVER, Period
from backend.engine.rate.prices import Commitment, Discounts
from backend.engine.recurrence import Duration
from backend.engine.subscribe.view import ItemView, PhaseView, SubscriptionView
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.models import Subscription, SubscriptionItem, SubscriptionPhase


@dataclass(frozen=True, slots=True)
class SoldItem:
    """What an item was sold as; its price and its times stand in the schedule under the same id."""

    id: str
    key: str
    name: str
    description: str | None
    kind: str
    unit_config: UnitConfig | None
    commitment: Commitment
    discounts: Discounts
    feature_id: str | None
    feature_key: str | None
    meter_id: str | None
    meter_slug: str | None
    meter_filters: Mapping[str, Wanted]
    tax_config: Mapping[str, Any] | None
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BillingView:
    """The schedule of a subscription, by item id what is billed, and by phase key the phase's id."""

    schedule: SubscriptionView
    items: Mapping[str, SoldItem]
    phase_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PhaseRows:
    """A phase with its items, as they are kept."""

    row: SubscriptionPhase
    active_to: datetime | None
    items: tuple[SubscriptionItem, ...]


def rows(ctx: Context, subscription: Subscription) -> tuple[PhaseRows, ...]:
    """The phases of a subscription in order; each ends where the next one starts."""
    return rows_of(ctx, [subscription])[subscription.id]


def rows_of(ctx: Context, subscriptions: Sequence[Subscription]) -> dict[str, tuple[PhaseRows, ...]]:
    """The same of several subscriptions, by id."""
    phases: dict[str, list[SubscriptionPhase]] = {subscription.id: [] for subscription in subscriptions}
    for phase in repository.phases(ctx, phases):
        phases[phase.subscription_id].append(phase)
    items: dict[str, list[SubscriptionItem]] = {}
    for item in repository.items(ctx, [phase.id for found in phases.values() for phase in found]):
        items.setdefault(item.phase_id, []).append(item)
    return {subscription.id: _rows(subscription, phases[subscription.id], items) for subscription in subscriptions}


def schedule(subscription: Subscription, phases: tuple[PhaseRows, ...]) -> SubscriptionView:
    """What the engine needs to know to place periods and lines."""
    return SubscriptionView(
        id=subscription.id,
        active_from=subscription.active_from,
        active_to=subscription.active_to,
        billing_anchor=subscription.billing_anchor,
        billing_cadence=Duration.parse(subscription.billing_cadence),
        phases=tuple(
            PhaseView(
                key=phase.row.key,
                active_from=phase.row.active_from,
                active_to=phase.active_to,
                items=tuple(_item(phase, item) for item in phase.items),
            )
            for phase in phases
        ),
    )


def view(ctx: Context, subscription: Subscription) -> BillingView:
    """Everything billing needs of a subscription, from its own snapshot and never from the plan."""
    phases = rows(ctx, subscription)
    items = [item for phase in phases for item in phase.items]
    known = features.by_id(ctx, {item.feature_id for item in items if item.feature_id})
    sold = {item.id: _sold(item, known.get(item.feature_id or "")) for item in items}
    return BillingView(schedule(subscription, phases), sold, {phase.row.key: phase.row.id for phase in phases})


def end_of(lasting: Period) -> datetime | None:
    """The end of a period; None when it has none."""
    return None if lasting.end == FOREVER else lasting.end


def _rows(
    subscription: Subscription, phases: list[SubscriptionPhase], items: Mapping[str, list[SubscriptionItem]]
) -> tuple[PhaseRows, ...]:
    ends = [*(phase.active_from for phase in phases[1:]), subscription.active_to]
    return tuple(PhaseRows(phase, end, tuple(items.get(phase.id, ()))) for phase, end in zip(phases, ends, strict=True))


def _item(phase: PhaseRows, item: SubscriptionItem) -> ItemView:
    return ItemView(
        key=item.key,
        version=item.version,
        active_from=item.active_from or phase.row.active_from,
        active_to=item.active_to or phase.active_to,
        cadence=None if item.billing_cadence is None else Duration.parse(item.billing_cadence),
        price=price_document.price_from_document(item.price),
        id=item.id,
    )


def _sold(item: SubscriptionItem, feature: Feature | None) -> SoldItem:
    return SoldItem(
        id=item.id,
        key=item.key,
        name=item.name,
        description=item.description,
        kind=item.kind,
        unit_config=price_document.unit_config_from_document(item.price),
        commitment=price_document.commitment_from_document(item.price),
        discounts=price_document.discounts_from_document(item.discounts),
        feature_id=item.feature_id,
        feature_key=item.feature_key,
        meter_id=None if feature is None else feature.meter_id,
        meter_slug=None if feature is None else feature.meter_slug,
        meter_filters={} if feature is None else feature.meter_filters,
        tax_config=item.tax_config,
        labels=item.labels,
    )
