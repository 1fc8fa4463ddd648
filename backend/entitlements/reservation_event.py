"""The usage events that a commit writes: exactly what the feature's meter counts as the amount that was used."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import msgspec

from backend.engine.convert import Operation, UnitConfig, convert
from backend.engine.exact import EXACT, ZERO, plain, quotient
from backend.engine.filter import matches
from backend.engine.meter.definition import Aggregation, MeterDefinition
from backend.engine.meter.extract import BadValue
from backend.engine.meter.narrowing import Wanted, narrowing
from backend.entitlements.quota import Quota
from backend.errors import Invalid, Issue
from backend.ingest.service import CloudEvent
from backend.metering.measure import measuring

MOST_EVENTS = 1_000
RESERVABLE = frozenset({Aggregation.SUM, Aggregation.COUNT})
"""Meters whose usage grows by exactly what an event brings, whatever other events there are."""

_FINEST = Decimal("1E-19")
_PLAIN_PATH = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*)+")
_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Counting:
    """How usage of a feature comes about: its meter, the dimensions an event must have, the units of the quota."""

    meter: MeterDefinition
    filters: Mapping[str, Wanted] = field(default_factory=dict)
    unit_config: UnitConfig | None = None

    def check(self, amount: Decimal) -> None:
        """Refuse an amount of which no events could be written when it is committed; Invalid says why."""
        self._events(amount)

    def most(self, free: Decimal) -> Decimal:
        """The most of what is free that events can be written for; 0 when there is no such amount."""
        if self.meter.aggregation not in RESERVABLE or free <= 0:
            return ZERO
        metered = free if self.unit_config is None else self._unconverted(free)
        if self.meter.aggregation is Aggregation.COUNT:
            metered = min(metered.to_integral_value(ROUND_FLOOR), Decimal(MOST_EVENTS))
        else:
            metered = metered.quantize(_FINEST, ROUND_FLOOR, EXACT)
        amount = metered if self.unit_config is None else convert(self.unit_config, metered)
        return amount if amount <= free and self._comes_to(amount) else ZERO

    def events(self, amount: Decimal, event: CloudEvent, data: Mapping[str, Any]) -> list[CloudEvent]:
        """The events that the meter counts as this amount, made from one without data.

        SUM: one event with the amount as its value. COUNT: one event for each unit, their ids numbered from 1 when
        there are several. What the feature filters by is filled in where `data` does not say it. Invalid when the meter
        would count something else, with each reason.
        """
        count, value = self._events(amount)
        document = self._filled(data, value)
        text = _encoder.encode(document).decode()
        issues = list(self._miscounted(text, value))
        if issues:
            raise Invalid("; ".join(issue.message for issue in issues), issues=issues)
        ids = [event.id] if count == 1 else [f"{event.id}-{number}" for number in range(1, count + 1)]
        return [CloudEvent(id_, event.source, event.type, event.subject, event.time, text) for id_ in ids]

    def counts_alike(self, one: str | None, other: str | None) -> bool:
        """Whether the data of two events is worth the same to the meter, and both count for the feature."""
        measure = measuring(self.meter)
        first, second = measure(one), measure(other)
        if isinstance(first, BadValue) or isinstance(second, BadValue) or first.value != second.value:
            return False
        return not any(self._uncounted(measured.groups) for measured in (first, second))

    def _uncounted(self, groups: Mapping[str, str]) -> list[str]:
        """The dimensions by which the feature leaves an event out."""
        return [name for name, wanted in narrowing(self.filters).items() if not matches(wanted, groups[name])]

    def _events(self, amount: Decimal) -> tuple[int, Decimal]:
        """How many events, and the value of each."""
        if self.meter.aggregation not in RESERVABLE:
            raise _wrong(
                "featureKey",
                f"A feature measured by {self.meter.aggregation} cannot be reserved, only by SUM or COUNT: "
                "what an event adds to its usage depends on the other events.",
            )
        quantity = self._metered(amount)
        if self.meter.aggregation is Aggregation.SUM:
            return 1, quantity
        if quantity != quantity.to_integral_value() or quantity > MOST_EVENTS:
            raise _wrong("amount", f"must be a whole number of at most {MOST_EVENTS} events, which the meter counts")
        return int(quantity), Decimal(1)

    def _metered(self, amount: Decimal) -> Decimal:
        """The amount in the meter's units."""
        if self.unit_config is None:
            return Decimal(plain(amount))
        metered = self._unconverted(amount)
        if convert(self.unit_config, metered) != amount:
            raise _wrong("amount", "is not a number that usage can come to in the units of this quota")
        return Decimal(plain(metered))

    def _unconverted(self, amount: Decimal) -> Decimal:
        assert self.unit_config is not None
        if self.unit_config.operation is Operation.DIVIDE:
            return EXACT.multiply(amount, self.unit_config.factor)
        return quotient(amount, self.unit_config.factor)

    def _comes_to(self, amount: Decimal) -> bool:
        try:
            self.check(amount)
        except Invalid:
            return False
        return True

    def _filled(self, data: Mapping[str, Any], value: Decimal) -> dict[str, Any]:
        document = copy.deepcopy(dict(data))
        for name, wanted in narrowing(self.filters).items():
            texts = wanted.exact_texts or ()
            if len(texts) == 1:
                _fill(document, self.meter.group_by.get(name), texts[0])
        if self.meter.aggregation is Aggregation.SUM:
            _fill(document, self.meter.value_property, value)
        return document

    def _miscounted(self, text: str, value: Decimal) -> Iterator[Issue]:
        measured = measuring(self.meter)(text)
        if isinstance(measured, BadValue) or measured.value != value:
            said = f"must be {plain(value)} at {self.meter.value_property}, or left out"
            yield Issue("event.data", "value_mismatch", f"event.data: {said}")
        for name in self._uncounted(measured.groups):
            said = f"needs another {name} at {self.meter.group_by[name]}: the feature does not count this one"
            yield Issue("event.data", "not_counted", f"event.data: {said}")


def counting_of(quota: Quota) -> Counting:
    """How usage of a quota comes about."""
    return Counting(quota.meter.definition, quota.meter_filters, quota.unit_config)


def _fill(document: dict[str, Any], path: str | None, value: object) -> None:
    """Put a value where a plain path such as `$.a.b` leads, if nothing is there."""
    if path is None or not _PLAIN_PATH.fullmatch(path):
        return
    *parents, last = path.split(".")[1:]
    place: Any = document
    for name in parents:
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            return
    place.setdefault(last, value)


def _wrong(place: str, message: str) -> Invalid:
    return Invalid(f"{place}: {message}", issues=[Issue(place, "not_reservable", message)])
