"""Events are measured and aggregated as in OpenMeter's own tests."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from backend.engine.meter.aggregate import aggregate
from backend.engine.meter.definition import Aggregation, MeterDefinition
from backend.engine.meter.extract import MISSING, NO_DATA, BadValue, Locate, Measured, extract
from backend.engine.meter.window import WindowSize, window_of
from backend.errors import Invalid
from backend.ingest.cloudevents import CloudEvent, check
from tests.engine.vectors import Case, cases, instant, period


def locator(data: str) -> Locate:
    """Finds top-level properties, which is all these cases use."""
    parsed = json.loads(data, parse_float=Decimal)
    return lambda path: NO_DATA if parsed is None else parsed.get(path.removeprefix("$."), MISSING)


def meter(wire: Case) -> MeterDefinition:
    aggregation = Aggregation(wire["aggregation"])
    return MeterDefinition(aggregation, "request", wire.get("valueProperty"), wire.get("groupBy", {}))


@pytest.mark.parametrize(("given", "expected"), cases("meters", "event.parse"))
def test_an_event_is_measured(given: Case, expected: Case) -> None:
    if "failed to parse event data" in (expected["error"] or ""):
        with pytest.raises(Invalid, match="must be"):
            check([CloudEvent("1", "app", "request", "acme", data=given["data"])])
        return
    found = extract(meter(given["meter"]), locator(given["data"]))
    assert found.groups == expected["groupBy"]
    if expected["error"]:
        assert found == BadValue(expected["error"], found.groups)
    else:
        assert isinstance(found, Measured)
        wanted = expected["valueString"] if expected["value"] is None else Decimal(str(expected["value"]))
        assert found.value == wanted


@pytest.mark.parametrize(("given", "expected"), cases("meters", "query.aggregate"))
def test_events_are_aggregated(given: Case, expected: Case) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    values = []
    for event in given["events"]:
        measured = extract(meter(given), locator(event["data"]))
        if isinstance(measured, Measured):
            values.append((start + timedelta(seconds=int(event["offset"].removesuffix("s"))), measured.value))
    found = aggregate(Aggregation(given["aggregation"]), values)
    if expected["rows"] == 0:
        assert found is None
    else:
        assert found is not None
        assert round(found, 13) == round(Decimal(str(expected["value"])), 13)


@pytest.mark.parametrize(("given", "expected"), cases("meters", "query.dst"))
def test_days_follow_the_clock_on_the_wall(given: Case, expected: Case) -> None:
    zone = ZoneInfo(given["windowTimeZone"])
    times = [datetime.fromisoformat(event.split()[0]).replace(tzinfo=zone) for event in given["events"]]
    windows = [window_of(time, WindowSize(given["windowSize"]), zone) for time in times]
    assert len(set(windows)) == expected["rows"]
    assert all(one.end == following.start for one, following in pairwise(windows))
    assert all(window.start.astimezone(zone).time() == datetime.min.time() for window in windows)
    assert period(expected["transitionDay"]) in windows
    assert (windows[0].start, windows[-1].end) == (instant(given["from"]), instant(given["to"]))
