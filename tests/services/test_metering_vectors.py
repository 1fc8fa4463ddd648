"""Meters are valid, and answer from stored events, as in OpenMeter's own tests."""

from zoneinfo import ZoneInfo

import pytest

from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.errors import Invalid
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.metering import service
from backend.metering.service import MeterInput, UsageQuery
from backend.metering.service.meters import check_meter
from tests.conftest import Work
from tests.engine.vectors import Case, cases, instant

validated = [case for case in cases("meters", "meter.validate") if "aggregation is empty" not in str(case.id)]
"""The type of an aggregation says already that there is one."""


@pytest.mark.parametrize(("given", "expect"), validated)
def test_a_meter_is_valid(given: Case, expect: Case) -> None:
    wanted = MeterInput(
        slug=given["slug"].replace("-", "_"),
        aggregation=Aggregation(given["aggregation"]),
        event_type=given.get("eventType", ""),
        value_property=given.get("valueProperty"),
        group_by=given.get("groupBy", {}),
    )
    if expect["valid"]:
        check_meter(wanted)
        return
    with pytest.raises(Invalid) as refused:
        check_meter(wanted)
    assert str(refused.value) == expect["message"]


@pytest.mark.parametrize(("given", "expect"), cases("meters", "meter.reservedEventType"))
def test_some_event_types_are_reserved(given: Case, expect: Case) -> None:
    assert expect["rejected"]
    with pytest.raises(Invalid, match="reserved"):
        check_meter(MeterInput("m", Aggregation.COUNT, given["eventType"]))


@pytest.mark.parametrize(("given", "expect"), cases("meters", "query.mock"))
def test_a_question_is_answered(work: Work, given: Case, expect: Case) -> None:
    asked = given["query"]
    with work() as ctx:
        wanted = MeterInput("m", Aggregation(given["aggregation"]), "prompt", "$.value")
        meter = service.create_meter(ctx, wanted)
        ingest.ingest(
            ctx,
            [
                CloudEvent(
                    str(number), "app", "prompt", "acme", instant(event["time"]), f'{{"value": {event["value"]}}}'
                )
                for number, event in enumerate(given["events"])
            ],
        )
        rows = service.query(
            ctx,
            meter,
            UsageQuery(
                start=instant(asked["from"]),
                end=instant(asked["to"]),
                window=WindowSize(asked["windowSize"]) if "windowSize" in asked else None,
                zone=ZoneInfo(asked.get("windowTimeZone", "UTC")),
            ),
        )
    found = [(row.value, row.window.start, row.window.end) for row in rows]
    assert found == [(row["value"], instant(row["windowStart"]), instant(row["windowEnd"])) for row in expect["rows"]]
