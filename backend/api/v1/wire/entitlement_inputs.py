"""How entitlements are asked for in version 1: plain access, a configuration, or a quota of usage."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator, TypeAdapter, WithJsonSchema

from backend.api.wire import Instant, Key, Labels, Number, WireInput
from backend.catalog.models import Feature
from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate, StaticTemplate
from backend.customers.models import Customer
from backend.engine.recurrence import Duration, interval
from backend.entitlements.service import EntitlementInput, MeasureFrom
from backend.errors import Invalid

Amount = Annotated[Number, Field(ge=0)]
Priority = Annotated[int, Field(ge=1, le=255)]


def _interval(value: object) -> Duration:
    if isinstance(value, Duration):
        return value
    try:
        return interval(value if isinstance(value, str) else "")
    except Invalid as error:
        raise ValueError(str(error)) from None


Interval = Annotated[
    Duration,
    BeforeValidator(_interval),
    WithJsonSchema({"type": "string", "description": "DAY, WEEK, MONTH, YEAR or an ISO 8601 duration."}),
]


def _measure_from(value: object) -> object:
    if value in tuple(MeasureFrom):
        return MeasureFrom(str(value))
    try:
        return _instant.validate_python(value)
    except ValueError:
        raise ValueError(f"must be {' or '.join(MeasureFrom)}, or a time with a zone") from None


_instant: TypeAdapter[datetime] = TypeAdapter(Instant)
MeasuredFrom = Annotated[
    datetime | MeasureFrom,
    PlainValidator(_measure_from),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "enum": list(MeasureFrom)}, {"type": "string", "format": "date-time"}]}
    ),
]


class RecurringPeriodIn(WireInput):
    """A rhythm, and what it is counted from."""

    interval: Interval
    anchor: Instant | None = None


class FeatureChoice(WireInput):
    """What every entitlement says: the feature by its key or its id, labels of the sender, and maybe a rhythm."""

    feature_key: Key | None = None
    feature_id: Annotated[str, Field(min_length=1, max_length=26)] | None = None
    metadata: Labels | None = None
    usage_period: RecurringPeriodIn | None = None

    def granting(
        self, template: EntitlementTemplate, customer: Customer, feature: Feature, now: datetime
    ) -> EntitlementInput:
        """The entitlement to create, from now on, with what the feature is granted as."""
        period = self.usage_period
        return EntitlementInput(
            customer_id=customer.id,
            feature=feature,
            template=template,
            active_from=now,
            usage_period=None if period is None else period.interval,
            usage_anchor=None if period is None else period.anchor,
        )


class EntitlementBooleanIn(FeatureChoice):
    """Plain access."""

    type: Literal["boolean"]

    def input(self, customer: Customer, feature: Feature, now: datetime) -> EntitlementInput:
        """As the service takes it."""
        return self.granting(BooleanTemplate(self.metadata or {}), customer, feature, now)


class EntitlementStaticIn(FeatureChoice):
    """Access with a configuration: a JSON object, written as text."""

    type: Literal["static"]
    config: str

    def input(self, customer: Customer, feature: Feature, now: datetime) -> EntitlementInput:
        """As the service takes it."""
        return self.granting(StaticTemplate(self.config, self.metadata or {}), customer, feature, now)


class EntitlementMeteredIn(FeatureChoice):
    """A quota of usage. `isUnlimited` is taken and ignored, as OpenMeter does."""

    type: Literal["metered"]
    usage_period: RecurringPeriodIn
    is_soft_limit: bool = False
    is_unlimited: bool = False
    measure_usage_from: MeasuredFrom | None = None
    issue_after_reset: Amount | None = None
    issue_after_reset_priority: Priority | None = None
    preserve_overage_at_reset: bool = False

    def input(self, customer: Customer, feature: Feature, now: datetime) -> EntitlementInput:
        """As the service takes it."""
        template = MeteredTemplate(
            issue_after_reset=self.issue_after_reset,
            issue_after_reset_priority=self.issue_after_reset_priority,
            is_soft_limit=self.is_soft_limit,
            preserve_overage_at_reset=self.preserve_overage_at_reset,
            labels=self.metadata or {},
        )
        wanted = self.granting(template, customer, feature, now)
        return replace(wanted, measure_usage_from=self.measure_usage_from)


EntitlementIn = Annotated[
    EntitlementMeteredIn | EntitlementStaticIn | EntitlementBooleanIn, Field(discriminator="type")
]
