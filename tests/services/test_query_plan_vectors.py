"""What the source's own tests say about how a question is put to the store: here, what its answer must be."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.filter import text_filter
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.metering import service
from backend.metering.service import MeterInput, UsageQuery, UsageRow
from tests.conftest import Work
from tests.engine.vectors import Case, cases, instant

GROUPS = ("group", "group1", "group2", "g1", "g2")
SUBJECTS = ("subject1", "subject2", "customer-key-1", "nobody")
TIMES = ("2022-12-31T23:59:59Z", "2023-01-01T00:00:00Z", "2023-01-01T17:30:00Z", "2023-01-02T00:00:00Z")
WIDTH = {"HOUR": timedelta(hours=1), "DAY": timedelta(days=1)}
Event = dict[str, Any]


def events() -> list[Event]:
    """Every subject at every time, with changing dimensions and values, some of which are no numbers."""
    made = []
    for number, (time, subject) in enumerate((time, subject) for time in TIMES for subject in SUBJECTS):
        groups = {name: (f"{name}v{number % 3 + 1}" if number % 2 else "group-value") for name in GROUPS}
        value = [number, str(number), None, "NaN", 7][number % 5]
        made.append({"time": time, "subject": subject, "data": groups | {"value": value}})
    return made


def passes(plan: str | None, given: Case) -> Callable[[Event], bool]:
    """The plan's filter, read: `subject IN [subject1] AND g1 IN [..]`, where two points are what the question lists."""

    def one(part: str) -> Callable[[Event], bool]:
        match = re.fullmatch(r"(\w+) (?:IN \[(.*)\]|= (.*))", part)
        assert match is not None
        name, listed, equal = match.groups()
        texts = given["filterGroupBy"][name]["$in"] if listed == ".." else listed.split(",") if listed else [equal]
        return lambda event: (event["subject"] if name == "subject" else event["data"][name]) in texts

    parts = [one(part) for part in plan.split(" AND ")] if plan else []
    return lambda event: all(part(event) for part in parts)


def question(ctx: Context, given: Case) -> UsageQuery:
    ids = {}
    for customer in given.get("filterCustomer", ()):
        wanted = CustomerInput(customer["id"], customer.get("key"), customer["subjectKeys"])
        ids[customer["id"]] = customers.create(ctx, wanted).id
    return UsageQuery(
        start=instant(given["from"]) if "from" in given else None,
        end=instant(given["to"]) if "to" in given else None,
        window=WindowSize(given["windowSize"]) if "windowSize" in given else None,
        zone=ZoneInfo(given.get("windowTimeZone", "UTC")),
        subjects=given.get("filterSubject", ()),
        customer_ids=list(ids.values()),
        group_by=given.get("groupBy", ()),
        advanced_filters={
            name: found
            for name, node in given.get("filterGroupBy", {}).items()
            if (found := text_filter(node, name)) is not None
        },
    )


@pytest.mark.parametrize(("given", "expect"), cases("meters", "query.plan"))
def test_a_plan_is_followed(work: Work, given: Case, expect: Case) -> None:
    with work() as ctx:
        group_by = {name: f"$.{name}" for name in GROUPS}
        aggregation = Aggregation(given["aggregation"])
        meter = service.create_meter(
            ctx, MeterInput("m", aggregation, given["eventType"], given.get("valueProperty"), group_by)
        )
        sent = [
            CloudEvent(
                str(number),
                "app",
                given["eventType"],
                event["subject"],
                instant(event["time"]),
                json.dumps(event["data"]),
            )
            for number, event in enumerate(events())
        ]
        ingest.ingest(ctx, sent)
        wanted = question(ctx, given)
        rows = service.query(ctx, meter, wanted)
    counted = [event for event in events() if _in_time(event, given) and passes(_filter(given, expect), given)(event)]
    if aggregation in (Aggregation.SUM, Aggregation.COUNT):
        assert sum(row.value for row in rows) == sum(_worth(event, aggregation) for event in counted)
    elif aggregation is Aggregation.UNIQUE_COUNT:
        assert [row.value for row in rows] == [len({str(event["data"]["value"]) for event in counted} - {"None"})]
    else:
        assert [row.value for row in rows] == [_worth([event for event in counted if _is_number(event)][-1])]
    _check_rows(rows, given)


def _filter(given: Case, expect: Case) -> str | None:
    if "filterSubject" in given and "filter" not in expect:
        return f"subject IN [{','.join(given['filterSubject'])}]"
    found: str | None = expect.get("filter")
    return found


def _in_time(event: Event, given: Case) -> bool:
    """[from, to) in whole seconds."""
    at = instant(event["time"])
    starts = instant(given["from"]).replace(microsecond=0) if "from" in given else datetime.min.replace(tzinfo=UTC)
    return starts <= at and ("to" not in given or at < instant(given["to"]))


def _is_number(event: Event) -> bool:
    return event["data"]["value"] not in (None, "NaN")


def _worth(event: Event, aggregation: Aggregation = Aggregation.SUM) -> Decimal:
    if aggregation is Aggregation.COUNT:
        return Decimal(1)
    return Decimal(event["data"]["value"]) if _is_number(event) else Decimal(0)


def _check_rows(rows: list[UsageRow], given: Case) -> None:
    """In the order of their windows, which are whole and begin on the hour or at midnight of the zone."""
    assert [row.window.start for row in rows] == sorted(row.window.start for row in rows)
    for row in rows:
        if "windowSize" in given:
            local = row.window.start.astimezone(ZoneInfo(given.get("windowTimeZone", "UTC")))
            assert (local.minute, local.second) == (0, 0)
            assert given["windowSize"] == "HOUR" or local.hour == 0
            assert row.window.end - row.window.start == WIDTH[given["windowSize"]]
        if "customer_id" in given.get("groupBy", ()):
            assert row.customer_id is not None
        assert set(row.groups) == set(given.get("groupBy", ())) - {"subject", "customer_id"}
