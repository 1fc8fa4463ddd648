"""An entitlement is granted: checked, scheduled, and given the quota that comes with it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.catalog.templates import EntitlementTemplate, MeteredTemplate, StaticTemplate, to_document
from backend.customers import service as customers
from backend.engine.convert import UnitConfig
from backend.engine.exact import plain
from backend.engine.recurrence import Duration, Recurrence
from backend.entitlements.models import Entitlement, EntitlementKind
from backend.entitlements.quota import MOST_PERIODS, periods_of, start_of_minute
from backend.entitlements.service.grants import LEAST_PRIORITY, SHORTEST, GrantInput, add, add_issued
from backend.entitlements.service.schedule import refuse_managed, refuse_overlap, withdraw
from backend.errors import Invalid, Issue, NotFound
from backend.infra.context import Context


class MeasureFrom(StrEnum):
    """Where measuring usage can start without naming an instant."""

    CURRENT_PERIOD_START = "CURRENT_PERIOD_START"
    NOW = "NOW"


@dataclass(frozen=True, slots=True)
class EntitlementInput:
    """A right to use a feature during [active_from, active_to).

    A metered one needs a usage period, counted from the anchor (default: its start), and measures usage from
    `measure_usage_from` (default: its start). Grants may come with it, unless the template issues an amount.
    """

    customer_id: str
    feature: Feature
    template: EntitlementTemplate
    active_from: datetime
    active_to: datetime | None = None
    usage_period: Duration | None = None
    usage_anchor: datetime | None = None
    measure_usage_from: datetime | MeasureFrom | None = None
    grants: Sequence[GrantInput] = ()
    unit_config: UnitConfig | None = None
    subscription_id: str | None = None
    subscription_item_id: str | None = None


def feature_in_use(ctx: Context, feature_id: str | None, feature_key: str | None) -> Feature:
    """The feature to grant, by its id or key or both. Raises NotFound, also when it is archived (metering spec 6).

    Invalid when neither is given, or they name two features.
    """
    named = feature_id or feature_key
    if named is None:
        message = "Either featureKey or featureId is required."
        raise Invalid(message, issues=[Issue("featureKey", "required", message)])
    feature = features.get(ctx, named)
    if feature.archived_at is not None:
        raise NotFound(f"The feature {named} is archived.")
    if feature_key is not None and feature.key != feature_key:
        message = f"The feature {feature.id} has the key {feature.key}, not {feature_key}."
        raise Invalid(message, issues=[Issue("featureKey", "contradiction", message)])
    return feature


def create(ctx: Context, wanted: EntitlementInput) -> Entitlement:
    """Grant an entitlement. A customer has one per feature at a time: an overlap raises Conflict.

    Raises Invalid, naming everything that does not fit its kind or its meter. Anchor and start of measurement are cut
    to the minute; an amount issued after each reset becomes a grant of its own. Source: metering spec 7.
    """
    customers.lock(ctx, wanted.customer_id)
    issues = list(_issues(wanted))
    if issues:
        raise Invalid("; ".join(issue.message for issue in issues), issues=issues)
    entitlement = Entitlement(
        customer_id=wanted.customer_id,
        feature_id=wanted.feature.id,
        feature_key=wanted.feature.key,
        kind=to_document(wanted.template)["type"],
        active_from=wanted.active_from,
        active_to=wanted.active_to,
        labels=dict(wanted.template.labels),
        subscription_id=wanted.subscription_id,
        subscription_item_id=wanted.subscription_item_id,
    )
    if isinstance(wanted.template, StaticTemplate):
        entitlement.config = wanted.template.config
    if wanted.usage_period is not None:
        entitlement.usage_interval = str(wanted.usage_period)
        entitlement.usage_anchor = start_of_minute(wanted.usage_anchor or wanted.active_from)
    if isinstance(wanted.template, MeteredTemplate):
        _measure(ctx, entitlement, wanted, wanted.template)
    refuse_overlap(ctx, entitlement, wanted.active_to)
    ctx.session.add(entitlement)
    ctx.session.flush()
    _issue(ctx, entitlement, wanted)
    return entitlement


def override(ctx: Context, replaced: Entitlement, wanted: EntitlementInput) -> Entitlement:
    """Put a new entitlement in the place of an active one, without a moment between the two.

    Raises Invalid unless customer and feature are the same, Forbidden when a subscription manages the old one.
    """
    customers.lock(ctx, replaced.customer_id)
    ctx.session.refresh(replaced)
    refuse_managed(replaced)
    if wanted.customer_id != replaced.customer_id or wanted.feature.key != replaced.feature_key:
        raise Invalid(f"An override keeps customer and feature; the entitlement is to {replaced.feature_key}.")
    if replaced.deleted_at is not None or (replaced.active_to is not None and replaced.active_to <= wanted.active_from):
        raise NotFound(f"The entitlement {replaced.id} has ended.")
    if wanted.active_from < replaced.active_from:
        raise Invalid(f"The entitlement {replaced.id} starts later than the one to replace it.")
    replaced.active_to = wanted.active_from
    withdraw(ctx, replaced)
    ctx.session.flush()
    return create(ctx, wanted)


def _issues(wanted: EntitlementInput) -> Iterator[Issue]:
    """Everything that is wrong with what is wanted."""
    if wanted.usage_period is not None and not wanted.usage_period.at_least(SHORTEST):
        yield Issue("usagePeriod.interval", "too_short", "A usage period lasts an hour or longer.")
    if isinstance(wanted.template, StaticTemplate) and not _is_object(wanted.template.config):
        yield Issue("config", "not_an_object", "The configuration must be the text of a JSON object.")
    if isinstance(wanted.template, MeteredTemplate):
        yield from _metered_issues(wanted)
        yield from _issued_issues(wanted.template, wanted)
    elif wanted.measure_usage_from is not None or wanted.grants:
        yield Issue("type", "not_metered", "Only a metered entitlement measures usage and has grants.")


def _metered_issues(wanted: EntitlementInput) -> Iterator[Issue]:
    key = wanted.feature.key
    if wanted.feature.meter_id is None:
        yield Issue("featureKey", "no_meter", f"A metered entitlement needs a meter; the feature {key} has none.")
    if wanted.usage_period is None:
        yield Issue("usagePeriod", "required", f"A metered entitlement needs a usage period; {key} has none.")


def _issued_issues(template: MeteredTemplate, wanted: EntitlementInput) -> Iterator[Issue]:
    """What is wrong with the amount that is issued after each reset."""
    amount, priority = template.issue_after_reset, template.issue_after_reset_priority
    if amount is None and priority is not None:
        message = "A priority after reset needs an amount that is issued after reset."
        yield Issue("issueAfterResetPriority", "without_amount", message)
    if amount is not None and amount < 0:
        yield Issue("issueAfterReset", "negative", "The amount issued after reset cannot be less than zero.")
    if priority is not None and not 1 <= priority <= LEAST_PRIORITY:
        message = f"A priority lies between 1 and {LEAST_PRIORITY}."
        yield Issue("issueAfterResetPriority", "out_of_range", message)
    if amount is not None and wanted.grants:
        message = "Grants cannot be given together with an amount that is issued after reset."
        yield Issue("grants", "with_issue_after_reset", message)


def _is_object(config: str) -> bool:
    try:
        return isinstance(json.loads(config), dict)
    except (ValueError, RecursionError):
        return False


def _measure(ctx: Context, entitlement: Entitlement, wanted: EntitlementInput, template: MeteredTemplate) -> None:
    assert wanted.usage_period is not None
    assert entitlement.usage_anchor is not None
    rhythm = Recurrence(wanted.usage_period, entitlement.usage_anchor)
    start = wanted.measure_usage_from
    if start is MeasureFrom.CURRENT_PERIOD_START:
        start = rhythm.period_at(wanted.active_from).start
    elif start is None or isinstance(start, MeasureFrom):
        start = wanted.active_from
    entitlement.measure_usage_from = start_of_minute(start)
    if rhythm.index_at(ctx.now) - rhythm.index_at(entitlement.measure_usage_from) > MOST_PERIODS:
        message = f"Usage can be measured from at most {MOST_PERIODS} usage periods ago."
        raise Invalid(message, issues=[Issue("measureUsageFrom", "too_early", message)])
    entitlement.is_soft_limit = template.is_soft_limit
    entitlement.issue_after_reset = template.issue_after_reset
    entitlement.issue_after_reset_priority = template.issue_after_reset_priority
    entitlement.preserve_overage_at_reset = template.preserve_overage_at_reset
    if wanted.unit_config is not None:
        factor = plain(wanted.unit_config.factor)
        entitlement.unit_config = {"operation": wanted.unit_config.operation, "factor": factor}


def _issue(ctx: Context, entitlement: Entitlement, wanted: EntitlementInput) -> None:
    """The grants that come with an entitlement; the amount issued after reset is one that fills up at each reset."""
    if entitlement.kind != EntitlementKind.METERED:
        return
    current = periods_of(entitlement, ()).at(ctx.now)
    if entitlement.issue_after_reset:
        priority = entitlement.issue_after_reset_priority or 1
        add_issued(ctx, entitlement, entitlement.issue_after_reset, priority, current)
    for number, grant in enumerate(wanted.grants):
        add(ctx, entitlement, grant, current, place=f"grants[{number}].")
