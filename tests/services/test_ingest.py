"""Usage events: what is valid, what is counted once, and how exactly they are kept."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from ulid import ULID

from backend.errors import Invalid, NotFound, TooLarge
from backend.infra.actor import SYSTEM, Identity
from backend.infra.metrics import EVENTS
from backend.ingest import cloudevents, row_ids, service
from backend.ingest.cloudevents import Shape, read
from backend.ingest.receive import receive
from backend.ingest.row_ids import RowIds
from backend.ingest.service import CloudEvent, EventFilter, Ingested
from tests.conftest import Work

NOON = datetime(2026, 3, 1, 12, 0, 0, 700_000, tzinfo=UTC)
EVENT = {"specversion": "1.0", "id": "1", "source": "app", "type": "api.request", "subject": "acme"}


def body(*events: dict[str, Any]) -> bytes:
    return json.dumps(list(events)).encode()


def event(id: str = "1", **more: Any) -> CloudEvent:  # noqa: A002 - the field's name
    return CloudEvent(**({"id": id, "source": "app", "type": "api.request", "subject": "acme"} | more))


def stored(work: Work, **wanted: Any) -> list[Any]:
    with work(writing=False) as ctx:
        return list(service.list_events(ctx, EventFilter(since=cloudevents.EARLIEST, **wanted)))


def test_an_event_without_time_happens_now_on_the_whole_second(work: Work) -> None:
    with work(now=NOON) as ctx:
        assert service.ingest(ctx, [event()]) == Ingested(stored=1, duplicates=0)
    (row,) = stored(work)
    assert row.time == NOON.replace(microsecond=0)
    assert (row.ingested_at, row.stored_at) == (NOON, NOON)


def test_times_are_kept_in_utc_and_whole_seconds() -> None:
    (read_event,) = read(body(EVENT | {"time": "2026-03-01T21:00:00.999+09:00"}), Shape.MANY)
    assert read_event.time is not None
    assert cloudevents.on_the_second(read_event.time) == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_first_of_several_events_with_one_id_counts(work: Work) -> None:
    with work(now=NOON) as ctx:
        first = [event("1", subject="first"), event("1", subject="second"), event("2")]
        assert service.ingest(ctx, first) == Ingested(stored=2, duplicates=1)
    with work(now=NOON + timedelta(days=400)) as ctx:
        again = [event("1", type="other", time=NOON, data='{"n":1}'), event("3")]
        assert service.ingest(ctx, again) == Ingested(stored=1, duplicates=1)
    assert sorted((row.event_id, row.subject) for row in stored(work)) == [("1", "first"), ("2", "acme"), ("3", "acme")]


def test_the_same_id_of_another_source_or_namespace_is_another_event(work: Work) -> None:
    with work() as ctx:
        assert service.ingest(ctx, [event("b-c", source="a"), event("c", source="a-b")]).stored == 2
    with work("other") as ctx:
        assert service.ingest(ctx, [event("c", source="a-b")]).stored == 1


def test_concurrent_requests_with_the_same_events_store_each_once(work: Work) -> None:
    ids = [str(number) for number in range(200)]
    start, results = Barrier(4), []

    def send(order: list[str]) -> None:
        start.wait()
        with work() as ctx:
            results.append(service.ingest(ctx, [event(id_) for id_ in order]))

    threads = [Thread(target=send, args=(order,)) for order in (ids, ids[::-1], ids[100:] + ids[:100], ids)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.stored for result in results) == 200
    assert sum(result.duplicates for result in results) == 600


def test_ten_thousand_events_fit_into_one_request(work: Work) -> None:
    events = [event(str(number), data='{"n": 1}') for number in range(cloudevents.MOST_EVENTS)]
    with work() as ctx:
        assert service.ingest(ctx, events).stored == len(events)


def test_more_events_are_too_many() -> None:
    many = body(*([EVENT] * (cloudevents.MOST_EVENTS + 1)))
    with pytest.raises(TooLarge, match="10000 events"):
        read(many, Shape.MANY)


def test_events_of_a_batch_keep_their_order(work: Work) -> None:
    with work(now=NOON) as ctx:
        service.ingest(ctx, [event(id_) for id_ in ("c", "a", "b")])
        streamed = service.events_for(ctx, "api.request", as_stored=True)
        assert len(list(streamed)) == 3
    assert [row.event_id for row in stored(work)] == ["b", "a", "c"]


def test_data_is_kept_letter_for_letter(work: Work) -> None:
    text = '{ "n": 0.10000000000000000000000001, "big": 12345678901234567890, "z": "\\u0000é" }'
    request = body(EVENT).replace(b'"subject"', b'"data": ' + text.encode() + b', "subject"')
    receive(Identity("default", SYSTEM), request, Shape.EITHER).result()
    assert [row.data for row in stored(work)] == [text]


def test_a_request_is_counted_by_what_became_of_it(work: Work) -> None:
    def counted(outcome: str) -> float:
        return EVENTS.labels(outcome)._value.get()

    before = counted("stored"), counted("duplicate")
    receive(Identity("default", SYSTEM), body(EVENT, EVENT, EVENT | {"id": "2"}), Shape.MANY).result()
    assert (counted("stored") - before[0], counted("duplicate") - before[1]) == (2, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"subject": ""}, "events[1].subject: must not be empty"),
        ({"id": 7}, "events[1].id: Expected str, got int"),
        ({"subject": None}, "events[1].subject: Expected str, got null"),
        ({"specversion": "0.3"}, 'events[1].specversion: must be "1.0"'),
        ({"time": "yesterday"}, "events[1].time: Invalid RFC3339 encoded datetime"),
        ({"time": "2026-03-01T12:00:00"}, "events[1].time: needs a zone"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "events[1].time: must lie between"),
        ({"time": "9999-12-31T23:59:59-12:00"}, "events[1].time: must lie between"),
        ({"datacontenttype": "application/xml"}, "events[1].datacontenttype: must be application/json"),
        ({"data": "text"}, "events[1].data: must be a JSON object"),
        ({"data": [1]}, "events[1].data: must be a JSON object"),
        ({"data_base64": "AAAA"}, "events[1].data_base64: is not supported"),
        ({"source": "a\0b"}, "events[1].source: must be text of at most 1024 bytes"),
        ({"type": "é" * 513}, "events[1].type: must be text of at most 1024 bytes"),
    ],
)
def test_a_mistake_is_named_by_its_place_and_nothing_is_stored(
    work: Work, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        receive(Identity("default", SYSTEM), body(EVENT, EVENT | {"id": "2"} | change), Shape.MANY)
    assert message in str(refused.value)
    assert refused.value.issues[0].field == message.split(":", maxsplit=1)[0]
    assert stored(work) == []


def test_all_mistakes_of_all_events_are_named_at_once() -> None:
    batch: list[Any] = [EVENT, EVENT | {"subject": 7, "id": "", "time": "noon"}, 5, {"data": "text"}, EVENT]
    batch[4] = EVENT | {"specversion": "2.0", "source": "", "time": "2026-03-01T12:00:00"}
    with pytest.raises(Invalid) as refused:
        read(json.dumps(batch).encode(), Shape.MANY)
    assert [(issue.field, issue.message) for issue in refused.value.issues] == [
        ("events[1].subject", "Expected str, got int"),
        ("events[1].time", "Invalid RFC3339 encoded datetime"),
        ("events[1].id", "must not be empty"),
        ("events[2]", "Expected object, got int"),
        *((f"events[3].{field}", "is required") for field in ("id", "source", "specversion", "type", "subject")),
        ("events[3].data", "must be a JSON object"),
        ("events[4].specversion", 'must be "1.0"'),
        ("events[4].time", "needs a zone, such as 2026-01-31T12:00:00Z"),
        ("events[4].source", "must not be empty"),
    ]
    assert str(refused.value).endswith("; 13 mistakes in all")


def test_an_answer_names_only_so_many_mistakes() -> None:
    with pytest.raises(Invalid) as refused:
        read(json.dumps([{}] * 300).encode(), Shape.MANY)
    assert len(refused.value.issues) == 1000
    assert str(refused.value).endswith("; 1500 mistakes in all")


def test_a_list_that_is_too_long_is_refused_before_its_mistakes_are_looked_for() -> None:
    with pytest.raises(TooLarge):
        read(json.dumps([{}] * 10_001).encode(), Shape.MANY)


@pytest.mark.parametrize("field", ["id", "source", "specversion", "type", "subject"])
def test_required_fields_are_required(field: str) -> None:
    broken = {key: value for key, value in EVENT.items() if key != field}
    with pytest.raises(Invalid, match=rf"^events\[0\]\.{field}: is required$"):
        read(body(broken), Shape.MANY)
    with pytest.raises(Invalid, match=rf"^{field}: is required$"):
        read(json.dumps(broken).encode(), Shape.ONE)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"n": 1e401}', "numbers below"),
        (b'{"n": 1e999999999}', "numbers below"),
        (b'{"n": 0e-999999999}', "numbers below"),
        (b'{"n": -1e-401}', "numbers below"),
        (b'{"n": ' + b"9" * 402 + b".0}", "numbers below"),
        (b'{"n": ' + b"9" * 5000 + b"}", "numbers below"),
        (b'{"a": ' * 65 + b"1" + b"}" * 65, "nest"),
    ],
)
def test_data_that_could_not_be_measured_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=f"^data: .*{said}"):
        cloudevents.check(read(json.dumps(EVENT).encode()[:-1] + b', "data": ' + data + b"}", Shape.ONE))


@pytest.mark.parametrize(
    "number",
    ["1.10", "-0.0", "9.99e400", "1e-400", "0e-400", "0." + "0" * 399 + "1", "9" * 401 + ".0", "0." + "7" * 999],
)
def test_numbers_within_the_bounds_keep_every_digit(number: str) -> None:
    (data,) = cloudevents.check([event(data=f'{{"n": {number}}}')])
    assert data is not None
    assert str(data["n"]) == str(Decimal(number))


@pytest.mark.parametrize("data", [b'{"a": ' * 64 + b"1" + b"}" * 64, b'{"a": [' + b"[]," * 100 + b"{}]}"])
def test_data_may_be_wide_and_nest_a_little(data: bytes) -> None:
    (read_event,) = read(json.dumps(EVENT).encode()[:-1] + b', "data": ' + data + b"}", Shape.ONE)
    cloudevents.check([read_event])
    assert read_event.data == data.decode()


@pytest.mark.parametrize(
    "text", [b"", b"{", b"nonsense", b"\xff", b'{"x": ' + b"[" * 100_000, b'{"id": NaN}', b'{"id": "\\ud800"}']
)
def test_what_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(Invalid, match="not valid JSON"):
        read(text, Shape.EITHER)


@pytest.mark.parametrize("data", [None, {}])
def test_events_without_data_are_events(data: Any) -> None:
    (read_event,) = read(json.dumps(EVENT | {"data": data}).encode(), Shape.ONE)
    assert read_event.data == (None if data is None else "{}")


def test_attributes_we_do_not_know_are_allowed() -> None:
    assert len(read(body(EVENT | {"traceparent": "00-1", "dataschema": "https://example.com"}), Shape.MANY)) == 1


@pytest.mark.parametrize(("shape", "text"), [(Shape.ONE, body(EVENT)), (Shape.MANY, json.dumps(EVENT).encode())])
def test_one_is_not_many(shape: Shape, text: bytes) -> None:
    with pytest.raises(Invalid, match="Expected"):
        read(text, shape)


def test_either_shape_is_recognised() -> None:
    assert len(read(b"\n " + body(EVENT, EVENT), Shape.EITHER)) == 2
    assert len(read(json.dumps(EVENT).encode(), Shape.EITHER)) == 1


def test_an_empty_batch_is_nothing(work: Work) -> None:
    assert receive(Identity("default", SYSTEM), b"[]", Shape.MANY).result() == Ingested(0, 0)


def test_lists_are_filtered_newest_first(work: Work) -> None:
    with work(now=NOON) as ctx:
        service.ingest(
            ctx,
            [
                event("order-1", time=NOON - timedelta(hours=2)),
                event("order-2", subject="globex", time=NOON - timedelta(hours=1)),
                event("refund_1", type="refund", time=NOON),
            ],
        )
    ids = {
        "order": {"event_id": "order"},
        "_": {"event_id": "_"},
        "globex": {"subject": "globex"},
        "until": {"until": NOON - timedelta(hours=1, seconds=1)},
        "of": {"subjects": ["acme"], "type": "refund"},
        "none": {"subjects": []},
    }
    found = {name: [row.event_id for row in stored(work, **wanted)] for name, wanted in ids.items()}
    assert found == {
        "order": ["order-2", "order-1"],
        "_": ["refund_1"],
        "globex": ["order-2"],
        "until": ["order-1"],
        "of": ["refund_1"],
        "none": [],
    }


def test_what_is_known_of_all_events(work: Work) -> None:
    earlier = NOON - timedelta(hours=2)
    sent = [event("1"), event("2", type="ai.prompt", subject="beta", time=earlier), event("3", subject="beta")]
    with work(now=NOON) as ctx:
        service.ingest(ctx, sent)
    with work("other", now=NOON) as ctx:
        service.ingest(ctx, [event("1", type="elsewhere")])
    second = NOON.replace(microsecond=0)
    with work(now=NOON, writing=False) as ctx:
        assert service.event_types(ctx) == ["ai.prompt", "api.request"]
        assert service.last_times(ctx, ["ai.prompt", "unknown"]) == {"ai.prompt": earlier.replace(microsecond=0)}
        assert service.count_events(ctx, earlier - timedelta(hours=1), second) == 1
        assert service.events_by_subject(ctx, second) == {"acme": 1, "beta": 1}
    with work("empty", writing=False) as ctx:
        assert service.event_types(ctx) == []


def test_events_are_paged_and_found_by_the_id_they_were_stored_under(work: Work) -> None:
    with work(now=NOON) as ctx:
        service.ingest(ctx, [event(str(n), time=NOON - timedelta(minutes=n)) for n in range(5)])
    with work(writing=False) as ctx:
        (third,) = service.list_events(ctx, EventFilter(since=cloudevents.EARLIEST), limit=1, offset=2)
        assert third.event_id == "2"
        assert service.get_event(ctx, third.id).event_id == "2"
    with work("other", writing=False) as ctx, pytest.raises(NotFound):
        service.get_event(ctx, third.id)


class Readings:
    """Stands in for ULID: one reading of the clock after another."""

    from_int = staticmethod(ULID.from_int)

    def __init__(self, *readings: int) -> None:
        self.readings = iter(readings)

    def __call__(self) -> int:
        return next(self.readings)


def test_row_ids_grow_in_the_order_of_storing_whatever_the_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    start = int(ULID.from_datetime(NOON))
    boundary = (start | (1 << 20) - 1) + (1 << 20) - 1
    monkeypatch.setattr(row_ids, "ULID", Readings(start, start, start - (1 << 90), boundary, start))
    given = RowIds()
    taken = [row_id for number in (3, 5000, 2, 5000, 1) for row_id in given.take(number)]
    assert taken == sorted(set(taken)), "no id repeats, none is less than one before"
    assert [int(ULID.from_str(row_id)) - start for row_id in taken[:3]] == [0, 1, 2]
