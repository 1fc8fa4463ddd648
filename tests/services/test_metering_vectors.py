"""Meters are valid, and answer from stored events, as in OpenMeter's own tests."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from backend.api.v1.wire.meters import MeterCreate
from backend.engine.filter import time_filter
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.errors import DomainError, Invalid, NotFound
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent, EventSearch
from backend.metering import service
from backend.metering.service import MeterInput, UsageQuery
from backend.metering.service.meters import check_meter
from tests.conftest import Work
from tests.engine.vectors import Case, cases, instant


@pytest.mark.parametrize(("given", "expect"), cases("meters", "meter.validate"))
def test_a_meter_is_valid(given: Case, expect: Case) -> None:
    slug = given["slug"].replace("-", "_")
    if "aggregation" not in given:
        with pytest.raises(ValidationError, match="aggregation"):
            MeterCreate.model_validate(given | {"slug": slug})
        return
    wanted = MeterInput(
        slug=slug,
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


def store(work: Work, given: Case) -> None:
    """Store each event in a unit of work of its own, at the moment it says."""
    for number, event in enumerate(given["events"]):
        with work(now=instant(event.get("storedAt", event["time"]))) as ctx:
            data = json.dumps({"value": event["value"]})
            ingest.ingest(ctx, [CloudEvent(str(number), "app", "prompt", "acme", instant(event["time"]), data)])


def asked(query: Case) -> UsageQuery:
    return UsageQuery(
        start=instant(query["from"]),
        end=instant(query["to"]),
        window=WindowSize(query["windowSize"]) if "windowSize" in query else None,
        zone=ZoneInfo(query.get("windowTimeZone", "UTC")),
    )


def stored_when(ctx: Context, query: Case) -> list[tuple[Decimal, datetime, datetime]]:
    """Usage of the events that were stored then; only lists of events can be asked for that."""
    start, end = instant(query["from"]), instant(query["to"])
    wanted = time_filter(query["filterStoredAt"], "storedAt")
    found = ingest.find_events(ctx, EventSearch({"stored_at": wanted}))
    values = [Decimal(json.loads(event.data or "")["value"]) for event in found if start <= event.time < end]
    return [(sum(values, Decimal(0)), start, end)]


@pytest.mark.parametrize(("given", "expect"), cases("meters", "query.mock"))
def test_a_question_is_answered(work: Work, given: Case, expect: Case) -> None:
    with work() as ctx:
        if "error" in expect:
            with pytest.raises(NotFound):
                service.query(ctx, service.get_meter(ctx, "m"), asked(given["query"]))
            return
        service.create_meter(ctx, MeterInput("m", Aggregation(given["aggregation"]), "prompt", "$.value"))
    store(work, given)
    with work() as ctx:
        if "filterStoredAt" in given["query"]:
            found = stored_when(ctx, given["query"])
        else:
            rows = service.query(ctx, service.get_meter(ctx, "m"), asked(given["query"]))
            found = [(row.value, row.window.start, row.window.end) for row in rows]
    assert found == [(row["value"], instant(row["windowStart"]), instant(row["windowEnd"])) for row in expect["rows"]]


@pytest.mark.parametrize(("given", "expect"), cases("meters", "query.validate"))
def test_a_question_makes_sense(work: Work, given: Case, expect: Case) -> None:
    wanted = UsageQuery(
        instant(given["from"]),
        instant(given["to"]),
        WindowSize(given["windowSize"]),
        customer_ids=[customer["id"] for customer in given["filterCustomer"] or ()],
    )
    with work() as ctx:
        meter = service.create_meter(ctx, MeterInput("m", Aggregation.COUNT, "prompt"))
        with pytest.raises(DomainError) as refused:
            service.query(ctx, meter, wanted)
    assert str(refused.value) == expect["error"]


@pytest.mark.parametrize(("given", "expect"), cases("meters", "v3.dimension"))
def test_usage_is_broken_down_by_the_dimensions_of_a_meter(work: Work, given: Case, expect: Case) -> None:
    with work() as ctx:
        group_by = {name: f"$.{name}" for name in given["meterGroupBy"]}
        meter = service.create_meter(ctx, MeterInput("m", Aggregation.COUNT, "prompt", group_by=group_by))
        wanted = UsageQuery(group_by=[given["dimension"]])
        if expect["supported"]:
            assert service.query(ctx, meter, wanted) == []
            return
        with pytest.raises(Invalid):
            service.query(ctx, meter, wanted)


@pytest.mark.parametrize(("given", "expect"), cases("meters", "dedupe"))
def test_an_event_is_new_once(work: Work, given: Case, expect: Case) -> None:
    event = CloudEvent(given["id"], given["source"], "prompt", "acme")
    new = []
    for _ in range(given["times"]):
        with work(given["namespace"]) as ctx:
            new.append(ingest.ingest(ctx, [event]).stored == 1)
    assert new == expect["unique"]


@pytest.mark.parametrize(("given", "expect"), cases("meters", "events.plan"))
def test_events_are_found_in_order(work: Work, given: Case, expect: Case) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    for number, hour in enumerate((2, 0, 1, 0)):
        with work(now=start.replace(day=2 + number)) as ctx:
            ingest.ingest(ctx, [CloudEvent(str(number), "app", "prompt", "acme", start.replace(hour=hour))])
    descending = "ASC" not in expect["plan"]
    order = ingest.EventOrder(given.get("sort", "time"))
    filters = {"ingested_at": time_filter({"$gte": "2024-01-01T00:00:00Z"}, "ingestedAt")}
    with work() as ctx:
        everything = ingest.find_events(ctx, EventSearch(filters, order=order, descending=descending))
        assert [getattr(event, order) for event in everything] == sorted(
            (getattr(event, order) for event in everything), reverse=descending
        )
        assert f"ORDER BY {order} {'DESC' if descending else 'ASC'}" in expect["plan"]
        if "cursor" in given:
            after = (everything[0].time, everything[0].id)
            rest = ingest.find_events(ctx, EventSearch(filters, order=order, descending=descending, after=after))
            assert [event.id for event in rest] == [event.id for event in everything[1:]]
