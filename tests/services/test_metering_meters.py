"""Meters: what they may measure, what may change, and what is said about events they cannot count."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.extract import Measured
from backend.errors import Conflict, Invalid, NotFound, PreconditionFailed
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent, EventFilter
from backend.metering import service
from backend.metering.models import Meter
from backend.metering.service import MeterChange, MeterInput, MeterOrder, Uncounted
from tests.conftest import Work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKENS: dict[str, Any] = {
    "slug": "tokens",
    "aggregation": Aggregation.SUM,
    "event_type": "prompt",
    "value_property": "$.tokens",
    "group_by": {"model": "$.model"},
}


def create(ctx: Context, **changes: Any) -> Meter:
    return service.create_meter(ctx, MeterInput(**(TOKENS | changes)))


def test_a_meter_is_found_by_slug_and_by_id_and_named_after_its_slug(work: Work) -> None:
    with work() as ctx:
        created = create(ctx)
    with work(writing=False) as ctx:
        assert service.get_meter(ctx, "tokens").id == created.id
        assert service.get_meter(ctx, created.id).name == "tokens"
        with pytest.raises(NotFound):
            service.get_meter(ctx, "unknown")


def test_a_slug_is_taken_once_among_the_living(work: Work) -> None:
    with work() as ctx:
        first = create(ctx)
        with pytest.raises(Conflict):
            create(ctx)
        service.delete_meter(ctx, "tokens")
        service.delete_meter(ctx, first.id)
        assert create(ctx).id != first.id
        assert service.get_meter(ctx, first.id).deleted_at is not None
        with pytest.raises(PreconditionFailed):
            service.update_meter(ctx, first.id, MeterChange())


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"slug": "No-Slug"}, "slug", "lower-case"),
        ({"event_type": ""}, "eventType", "meter event type is required"),
        ({"event_type": "om.billing"}, "eventType", "reserved"),
        ({"event_type": "_.internal"}, "eventType", "reserved"),
        ({"aggregation": Aggregation.COUNT}, "valueProperty", "not allowed when the aggregation is count"),
        ({"value_property": None}, "valueProperty", "meter value property is required"),
        ({"value_property": ""}, "valueProperty", "meter value property is required"),
        ({"value_property": "tokens"}, "valueProperty", r"must start with \$"),
        ({"value_property": "$.tokens["}, "valueProperty", "not a valid JSONPath"),
        ({"value_property": "$" + ".a" * 600}, "valueProperty", "at most 1024"),
        ({"group_by": {"": "$.a"}}, "groupBy.", "meter group by key cannot be empty"),
        ({"group_by": {"in-valid": "$.a"}}, "groupBy.in-valid", "in-valid is invalid, only alphanumeric"),
        ({"group_by": {"subject": "$.a"}}, "groupBy.subject", "reserved"),
        ({"group_by": {"a": "invalid"}}, "groupBy.a", r"must start with \$ for key a"),
        ({"group_by": {"a": "$.tokens"}}, "groupBy.a", "cannot be the same as value property"),
        ({"group_by": {"a": "$..["}}, "groupBy.a", "not a valid JSONPath"),
    ],
)
def test_a_meter_that_cannot_measure_is_refused(work: Work, changes: dict[str, Any], field: str, message: str) -> None:
    with work() as ctx, pytest.raises(Invalid, match=message) as refused:
        create(ctx, **changes)
    assert refused.value.issues[0].field == field


def test_an_update_replaces_the_words_and_the_dimensions(work: Work) -> None:
    with work() as ctx:
        create(ctx, description="old", labels={"team": "a"})
        service.update_meter(ctx, "tokens", MeterChange(name="Tokens", group_by={"kind": "$.kind"}))
    with work(writing=False) as ctx:
        now = service.get_meter(ctx, "tokens")
        assert (now.name, now.description, now.labels, now.group_by) == ("Tokens", None, None, {"kind": "$.kind"})
        assert (now.aggregation, now.value_property) == ("SUM", "$.tokens")


def test_lists_are_sorted_and_hide_deleted_meters(work: Work) -> None:
    with work() as ctx:
        for slug, name in (("a", "Zebra"), ("b", "Yak"), ("c", "Ant")):
            create(ctx, slug=slug, name=name)
        service.delete_meter(ctx, "b")
        rows, total = service.list_meters(ctx, order=MeterOrder.NAME)
        assert ([row.slug for row in rows], total) == (["c", "a"], 2)
        rows, total = service.list_meters(ctx, descending=True, include_deleted=True, offset=1, limit=1)
        assert ([row.slug for row in rows], total) == (["b"], 3)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.usage.tokens", "7"),
        ("$['usage']['tokens']", "7"),
        ("$.usage['out-put']", "2"),
        ("$.items[0].n", "1"),
        ("$.items[?@.kind == 'b'].n", "4"),
        ("$.items[*].n", "1"),
        ("$.usage.missing", None),
        ("$.items.n", None),
    ],
)
def test_paths_are_json_paths_and_the_first_match_counts(work: Work, path: str, value: str | None) -> None:
    data = '{"usage": {"tokens": 7, "out-put": 2}, "items": [{"n": 1}, {"n": 4, "kind": "b"}]}'
    with work(now=NOON) as ctx:
        ingest.ingest(ctx, [CloudEvent("1", "test", "prompt", "acme", data=data)])
        rows = service.query(ctx, create(ctx, value_property=path), service.UsageQuery())
        assert [str(row.value) for row in rows] == ([] if value is None else [value])


def test_listed_events_say_whose_they_are_and_why_they_do_not_count(work: Work) -> None:
    with work(now=NOON) as ctx:
        acme = customers.create(ctx, CustomerInput("Acme", key="acme")).id
        create(ctx)
        create(ctx, slug="models", aggregation=Aggregation.UNIQUE_COUNT, value_property="$.model", group_by={})
        ingest.ingest(
            ctx,
            [
                CloudEvent("1", "test", "prompt", "acme", data='{"tokens": "many", "model": "x"}'),
                CloudEvent("2", "test", "prompt", "acme", data='{"tokens": 1, "model": "x"}'),
                CloudEvent("3", "test", "prompt", "nobody"),
                CloudEvent("4", "test", "other", "nobody"),
            ],
        )
        listed = service.list_events(ctx, EventFilter(since=NOON))
        assert {found.event.event_id: (found.customer_id, found.problems) for found in listed} == {
            "1": (acme, ("invalid event: value cannot be parsed as float64: many",)),
            "2": (acme, ()),
            "3": (
                None,
                (
                    "invalid event: null and missing value property",
                    "no customer found for event subject: nobody",
                ),
            ),
            "4": (None, ("no meter found for event type: other", "no customer found for event subject: nobody")),
        }
        ids = [found.event.event_id for found in service.list_events(ctx, EventFilter(since=NOON), customer_ids=[acme])]
        assert ids == ["2", "1"]


def test_meters_are_searched_by_slug_name_and_event_type(work: Work) -> None:
    with work() as ctx:
        create(ctx)
        create(ctx, slug="storage", name="Gigabytes", event_type="storage.day")
        for text, slugs in (("TOK", ["tokens"]), ("giga", ["storage"]), ("storage.d", ["storage"]), ("100%", [])):
            found, total = service.list_meters(ctx, search=text)
            assert ([meter.slug for meter in found], total) == (slugs, len(slugs))


def test_usage_that_nobody_pays_is_told_by_subject(work: Work) -> None:
    with work(now=NOON) as ctx:
        customers.create(ctx, CustomerInput(name="Acme", key="acme", subject_keys=["acme-eu"]))
        subjects = ("acme", "acme-eu", "stray", "stray")
        ingest.ingest(ctx, [CloudEvent(str(n), "app", "prompt", subject) for n, subject in enumerate(subjects)])
        assert service.unmatched_subjects(ctx, NOON) == {"stray": 2}
        assert service.unmatched_subjects(ctx, NOON.replace(hour=13)) == {}


def test_a_meter_can_be_tried_on_the_events_that_are_here(work: Work) -> None:
    wanted = MeterInput(**TOKENS)
    with work(now=NOON) as ctx:
        assert service.preview_meter(ctx, wanted).tried == ()
        data = ('{"tokens": 7, "model": "old"}', '{"tokens": "1.5", "model": "new"}', '{"tokens": "many"}', None)
        events = [
            CloudEvent(str(n), "app", "prompt", "acme", NOON.replace(minute=n), text) for n, text in enumerate(data)
        ]
        ingest.ingest(ctx, [*events, CloudEvent("9", "app", "other", "acme")])
        found = service.preview_meter(ctx, wanted)
        assert (len(found.tried), found.counted, found.value) == (4, 2, Decimal("8.5"))
        assert [event.event_id for event, _ in found.tried] == ["3", "2", "1", "0"]
        assert found.tried[2][1] == Measured(Decimal("1.5"), {"model": "new"})
        assert sorted(found.problems.values()) == [1, 1]
        assert service.preview_meter(ctx, wanted, limit=3).value == Decimal("1.5")
        late = replace(wanted, event_from=NOON.replace(minute=1))
        assert service.preview_meter(ctx, late).value == Decimal("1.5")
        assert service.list_meters(ctx)[1] == 0
        with pytest.raises(Invalid, match="must start with"):
            service.preview_meter(ctx, MeterInput(**TOKENS | {"value_property": "tokens"}))


def test_events_that_do_not_count_are_found_and_one_event_is_explained(work: Work) -> None:
    with work(now=NOON) as ctx:
        meter = create(ctx)
        later = create(ctx, slug="later", event_from=NOON.replace(hour=13))
        customers.create(ctx, CustomerInput(name="Acme", key="acme"))
        good, bad = '{"tokens": 7, "model": "new"}', '{"tokens": "many"}'
        times = [NOON.replace(minute=n) for n in range(4)]
        sent = [CloudEvent(str(n), "app", "prompt", "acme", times[n], (good, bad)[n % 2]) for n in range(4)]
        ingest.ingest(ctx, sent)
        everything = EventFilter(since=NOON)
        uncounted = [found.event.event_id for found in service.list_uncounted(ctx, everything)]
        assert uncounted == ["3", "1"]
        (second,) = service.list_uncounted(ctx, everything, limit=1, offset=1)
        told = service.explain_event(ctx, second.event.id)
        assert told.customer_id == second.customer_id
        ((measured_by, result),) = told.measured
        assert (measured_by.id, getattr(result, "reason", None)) == (meter.id, second.problems[0])
        newest_good = service.list_events(ctx, everything)[1].event
        ((_, worth),) = service.explain_event(ctx, newest_good.id).measured
        assert worth == Measured(Decimal(7), {"model": "new"})
        assert told.too_early == (later,)


def test_events_that_do_not_count_are_found_by_their_reason(work: Work) -> None:
    with work(now=NOON) as ctx:
        create(ctx)
        customers.create(ctx, CustomerInput(name="Acme", key="acme"))
        sent = [("prompt", "acme", '{"tokens": "many"}'), ("other", "acme", None), ("prompt", "stray", '{"tokens": 1}')]
        ingest.ingest(ctx, [CloudEvent(str(n), "app", *facts[:2], NOON, facts[2]) for n, facts in enumerate(sent)])
        for because, ids in (
            (Uncounted.BAD_VALUE, ["0"]),
            (Uncounted.NO_METER, ["1"]),
            (Uncounted.NO_CUSTOMER, ["2"]),
            (None, ["2", "1", "0"]),
        ):
            found = service.list_uncounted(ctx, EventFilter(since=NOON), because=because)
            assert [inspected.event.event_id for inspected in found] == ids
