"""Meters that many companies need, to start from."""

from dataclasses import dataclass

from backend.engine.meter.definition import Aggregation


@dataclass(frozen=True, slots=True)
class Template:
    """A meter to start from; everything in it can be changed before it is created."""

    key: str
    label: str
    icon: str
    teaches: str
    aggregation: Aggregation
    event_type: str
    value_property: str = ""
    group_by: tuple[tuple[str, str], ...] = ()


TEMPLATES = (
    Template(
        "api_requests",
        "API requests",
        "webhook",
        "One for each call",
        Aggregation.COUNT,
        "api.request",
        group_by=(("method", "$.method"), ("route", "$.route")),
    ),
    Template(
        "llm_tokens",
        "LLM tokens",
        "sparkles",
        "Tokens added up, by model and kind",
        Aggregation.SUM,
        "llm.completion",
        "$.tokens",
        (("model", "$.model"), ("kind", "$.kind")),
    ),
    Template(
        "storage",
        "Storage",
        "hard-drive",
        "The latest size in gigabytes",
        Aggregation.LATEST,
        "storage.snapshot",
        "$.gigabytes",
    ),
    Template(
        "active_users",
        "Active users",
        "users",
        "Different people, each counted once",
        Aggregation.UNIQUE_COUNT,
        "user.active",
        "$.user_id",
    ),
    Template(
        "gpu_minutes",
        "GPU minutes",
        "cpu",
        "Minutes added up, by GPU",
        Aggregation.SUM,
        "gpu.run",
        "$.minutes",
        (("gpu", "$.gpu"),),
    ),
)
