"""A question to a meter and its answer, as version 3 writes them: JSON or a table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Response
from pydantic import Field, WithJsonSchema

from backend.api.table import csv_file
from backend.api.v1.wire.meters import read_zone
from backend.api.v3.wire import Snake, SnakeInput
from backend.api.wire import Calculated, Instant, plain, rfc3339
from backend.customers import service as customers
from backend.engine.filter import Filter, text_filter
from backend.engine.meter.narrowing import MOST_LEVELS
from backend.engine.meter.window import WindowSize
from backend.errors import Invalid, Issue
from backend.infra.context import Context
from backend.metering.service import UsageQuery, UsageRow

OWNERS = ("subject", "customer_id")


class Granularity(StrEnum):
    """How wide a window is, as a duration."""

    MINUTE = "PT1M"
    HOUR = "PT1H"
    DAY = "P1D"
    MONTH = "P1M"


_CHOICES = ", ".join(Granularity)


class QueryFilters(SnakeInput):
    """Which subjects, customers and dimensions count."""

    dimensions: Annotated[dict[str, dict[str, Any]], Field(default_factory=dict, max_length=10)]


class MeterQuery(SnakeInput):
    """What is asked of a meter: events in [from, to), by window and dimension."""

    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None
    granularity: Annotated[str, WithJsonSchema({"type": "string", "enum": list(Granularity)})] | None = None
    time_zone: str = "UTC"
    group_by_dimensions: list[str] = Field(default_factory=list, max_length=100)
    filters: QueryFilters | None = None

    def from_wire(self) -> UsageQuery:
        """As the service takes it; Invalid for a zone or window that does not exist, or a filter that is none."""
        dimensions = self.filters.dimensions if self.filters else {}
        read = {name: text_filter(node, f"filters.dimensions.{name}", MOST_LEVELS) for name, node in dimensions.items()}
        return UsageQuery(
            start=self.from_,
            end=self.to,
            window=None if self.granularity is None else _window(self.granularity),
            zone=read_zone(self.time_zone, "time_zone"),
            subjects=exact_texts(read.get("subject"), "filters.dimensions.subject"),
            customer_ids=exact_texts(read.get("customer_id"), "filters.dimensions.customer_id"),
            group_by=self.group_by_dimensions,
            advanced_filters={name: wanted for name, wanted in read.items() if wanted and name not in OWNERS},
        )


class MeterQueryRow(Snake):
    """The usage of one window by one group."""

    value: Calculated
    from_: datetime = Field(alias="from")
    to: datetime
    dimensions: Mapping[str, str]


class MeterQueryResult(Snake):
    """The answer of a meter, with the question it belongs to."""

    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None
    data: list[MeterQueryRow]


def _window(granularity: str) -> WindowSize:
    try:
        return WindowSize[Granularity(granularity).name]
    except ValueError:
        message = f"must be one of {_CHOICES}"
        issue = Issue("granularity", "invalid_window_size", message)
        raise Invalid(f"granularity: {message}", issues=[issue]) from None


def exact_texts(wanted: Filter | None, place: str) -> tuple[str, ...]:
    """The texts of a filter that can only be eq or in; Invalid for another operator."""
    if wanted is None:
        return ()
    texts = wanted.exact_texts
    if texts is None:
        message = f"{place} can only be eq or in"
        raise Invalid(message, issues=[Issue(place, "invalid", message)])
    return texts


def dimensions_of(row: UsageRow) -> dict[str, str]:
    """What a row is about: subject, customer and the dimensions that were asked for."""
    owners = {"subject": row.subject, "customer_id": row.customer_id}
    return {name: text for name, text in owners.items() if text is not None} | dict(row.groups)


def result_to_wire(asked: MeterQuery, rows: Sequence[UsageRow]) -> MeterQueryResult:
    """Usage as JSON carries it."""
    data = [
        MeterQueryRow(value=row.value, from_=row.window.start, to=row.window.end, dimensions=dimensions_of(row))
        for row in rows
    ]
    return MeterQueryResult(from_=asked.from_, to=asked.to, data=data)


def result_to_csv(ctx: Context, name: str, asked: MeterQuery, rows: Sequence[UsageRow]) -> Response:
    """Usage as a table; whose it is stands there when the question is grouped by it, or narrowed, which groups too."""
    narrowed = asked.filters.dimensions if asked.filters else {}
    wanted = list(dict.fromkeys((*asked.group_by_dimensions, *(owner for owner in OWNERS if narrowed.get(owner)))))
    dimensions = [dimension for dimension in wanted if dimension not in OWNERS]
    by_subject, by_customer = ["subject"] * ("subject" in wanted), ["customer_id"] * ("customer_id" in wanted)
    named = customers.by_id(ctx, {row.customer_id for row in rows if row.customer_id})

    def written(row: UsageRow) -> list[str | None]:
        customer = named.get(row.customer_id or "")
        owner = [row.customer_id, customer.key, customer.name] if customer else [row.customer_id, None, None]
        return [
            rfc3339(row.window.start),
            rfc3339(row.window.end),
            *(row.subject for _ in by_subject),
            *(text for text in owner if by_customer),
            *(row.groups[dimension] for dimension in dimensions),
            plain(row.value),
        ]

    customer_columns = [f"customer_{part}" for part in ("id", "key", "name") if by_customer]
    header = ["from", "to", *by_subject, *customer_columns, *dimensions, "value"]
    return csv_file(name, header, map(written, rows))
