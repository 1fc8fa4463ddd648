"""What a rate card entitles its buyer to: plain access, a configuration, or a quota of usage."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from backend.engine.exact import plain
from backend.engine.recurrence import Duration


@dataclass(frozen=True, slots=True)
class BooleanTemplate:
    """The buyer may use the feature."""

    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StaticTemplate:
    """The buyer may use the feature, with a configuration (a JSON object as text) for the seller's own program."""

    config: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MeteredTemplate:
    """The buyer may use so many units in each usage period; with a soft limit also more.

    `issue_after_reset` units are there at the start of every period (missing is allowed on a draft only). No usage
    period means the billing cadence of the rate card. Source: billing spec 1.3, metering spec 7.
    """

    issue_after_reset: Decimal | None = None
    issue_after_reset_priority: int | None = None
    is_soft_limit: bool = False
    preserve_overage_at_reset: bool = False
    usage_period: Duration | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


DEEPEST_CONFIG = 32
"""Levels that a configuration may be nested."""

EntitlementTemplate = BooleanTemplate | StaticTemplate | MeteredTemplate


def is_configuration(text: str) -> bool:
    """Whether a text is a JSON object that every program can read: with real numbers, and not nested without end."""
    try:
        read = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict) and is_shallow(read)


def is_shallow(read: Any) -> bool:
    """Whether what was read from JSON is nested in no more levels than a configuration may be."""
    level = [read]
    for _ in range(DEEPEST_CONFIG):
        level = [part for node in level for part in _parts(node)]
    return not level


def to_document(template: EntitlementTemplate) -> dict[str, Any]:
    """The template as a JSON document, decimals as text."""
    labels = dict(template.labels)
    match template:
        case BooleanTemplate():
            return {"type": "boolean", "labels": labels}
        case StaticTemplate():
            return {"type": "static", "config": template.config, "labels": labels}
        case MeteredTemplate():
            issued = template.issue_after_reset
            return {
                "type": "metered",
                "issue_after_reset": None if issued is None else plain(issued),
                "issue_after_reset_priority": template.issue_after_reset_priority,
                "is_soft_limit": template.is_soft_limit,
                "preserve_overage_at_reset": template.preserve_overage_at_reset,
                "usage_period": None if template.usage_period is None else str(template.usage_period),
                "labels": labels,
            }


def from_document(document: Mapping[str, Any]) -> EntitlementTemplate:
    """The template that a document holds."""
    labels = document["labels"]
    if document["type"] == "boolean":
        return BooleanTemplate(labels)
    if document["type"] == "static":
        return StaticTemplate(document["config"], labels)
    issued, period = document["issue_after_reset"], document["usage_period"]
    return MeteredTemplate(
        issue_after_reset=None if issued is None else Decimal(issued),
        issue_after_reset_priority=document["issue_after_reset_priority"],
        is_soft_limit=document["is_soft_limit"],
        preserve_overage_at_reset=document["preserve_overage_at_reset"],
        usage_period=None if period is None else Duration.parse(period),
        labels=labels,
    )


def _parts(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
