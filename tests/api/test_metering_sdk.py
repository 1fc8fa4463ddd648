"""The official SDK walks through metering: meters, questions, events, subjects, customers and features."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from corehttp.exceptions import HttpResponseError, ResourceExistsError
from openmeter import Client
from openmeter.models import (
    CustomerCreate,
    CustomerReplaceUpdate,
    CustomerUsageAttribution,
    Event,
    FeatureCreateInputs,
    FeatureManualUnitCost,
    FilterString,
    MeterCreate,
    MeterQueryRequest,
    SubjectUpsert,
)

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def event(number: int, subject: str = "acme", *, at: datetime = NOW, **data: Any) -> Event:
    return Event(
        id=str(number), source="sdk", specversion="1.0", type="prompt", subject=subject, time=at, data=data or None
    )


@pytest.fixture
def metered(sdk: Client) -> Client:
    """An SDK with a meter and events of yesterday."""
    group_by = {"model": "$.model", "kind": "$.kind"}
    sdk.meters.create(
        MeterCreate(slug="tokens", aggregation="SUM", event_type="prompt", value_property="$.tokens", group_by=group_by)
    )
    used = (
        ("acme", {"tokens": "0.1", "model": "gpt-4", "kind": "in"}),
        ("acme", {"tokens": 0.2, "model": "gpt-4o", "kind": "out"}),
        ("acme-eu", {"tokens": 5, "model": "claude", "kind": "in"}),
        ("globex", {"tokens": "many", "model": "claude"}),
    )
    sdk.events.ingest_events(
        [event(number, subject, at=NOW - DAY, **data) for number, (subject, data) in enumerate(used)]
    )
    return sdk


def test_a_question_is_filtered_in_advanced_ways(metered: Client) -> None:
    for wanted, value in (
        ({"model": FilterString(like="gpt%")}, 0.3),
        ({"model": FilterString({"$in": ["gpt-4", "claude"]})}, 5.1),
        ({"model": FilterString(ne="claude"), "kind": FilterString(eq="out")}, 0.2),
        ({"model": FilterString({"$or": [{"$eq": "gpt-4"}, {"$gt": "gpt-4"}]})}, 0.3),
    ):
        asked = MeterQueryRequest(advanced_meter_group_by_filters=wanted)
        assert [row.value for row in metered.meters.query("tokens", asked).data] == [value]
    with pytest.raises(HttpResponseError, match="not a group by"):
        metered.meters.query("tokens", MeterQueryRequest(group_by=["colour"]))


def test_a_customer_is_asked_about_with_all_its_subjects(metered: Client) -> None:
    subjects = CustomerUsageAttribution(subject_keys=["acme-eu"])
    acme = metered.customers.create(CustomerCreate(name="Acme", key="acme", usage_attribution=subjects))
    asked = {"filter_customer_id": [acme.id], "from_parameter": NOW - 2 * DAY, "to": NOW}
    [row] = metered.meters.query_json("tokens", **asked).data
    assert (row.value, row.customer_id, row.subject) == (5.3, acme.id, None)
    rows = metered.meters.query_json("tokens", group_by=["customer_id", "subject"], **asked).data
    assert [(row.subject, row.value) for row in rows] == [("acme", 0.3), ("acme-eu", 5.0)]
    metered.customers.update(acme.id, CustomerReplaceUpdate(name="Acme", key="acme"))
    assert [row.value for row in metered.meters.query_json("tokens", **asked).data] == [0.3]
    with pytest.raises(HttpResponseError):
        metered.meters.query_json("tokens", filter_customer_id=["01J0000000000000000000000Z"])


def test_days_and_months_follow_a_zone(metered: Client) -> None:
    for size, zone in (("DAY", "America/Los_Angeles"), ("MONTH", "Asia/Kolkata"), ("HOUR", "UTC"), ("MINUTE", "UTC")):
        [row] = metered.meters.query_json("tokens", window_size=size, window_time_zone=zone).data
        assert row.window_start <= NOW - DAY < row.window_end
    with pytest.raises(HttpResponseError, match="not a time zone"):
        metered.meters.query_json("tokens", window_size="DAY", window_time_zone="Mars/Olympus")
    with pytest.raises(HttpResponseError, match="cannot be equal"):
        metered.meters.query_json("tokens", from_parameter=NOW, to=NOW)


def test_what_a_dimension_had_is_listed(metered: Client) -> None:
    assert metered.meters.list_group_by_values("tokens", "model", from_parameter=NOW - 2 * DAY) == [
        "claude",
        "gpt-4",
        "gpt-4o",
    ]
    assert metered.meters.list_group_by_values("tokens", "model", from_parameter=NOW) == []
    with pytest.raises(HttpResponseError, match="not a group by"):
        metered.meters.list_group_by_values("tokens", "colour")


def test_a_table_names_subjects_that_have_a_name(metered: Client) -> None:
    metered.subjects.upsert([SubjectUpsert(key="acme", display_name="Acme, Inc.")])
    table = metered.meters.query_csv("tokens", group_by=["subject"])
    lines = (table if isinstance(table, str) else b"".join(table).decode()).splitlines()
    assert lines[0] == "window_start,window_end,subject,subject_display_name,value"
    assert [line.split(",", 2)[2] for line in lines[1:]] == ['acme,"Acme, Inc.",0.300000', "acme-eu,,5.000000"]


def test_events_say_why_they_do_not_count(metered: Client) -> None:
    found = {item.event.id: item.validation_error for item in metered.events_v2.list(limit=2)}
    assert found == {
        "3": "invalid event: value cannot be parsed as float64: many; no customer found for event subject: globex",
        "2": "no customer found for event subject: acme-eu",
        "1": "no customer found for event subject: acme",
        "0": "no customer found for event subject: acme",
    }
    assert [item.event.id for item in metered.events.list(subject="acme-eu")] == ["2"]


def test_subjects_are_told_about_once_more(sdk: Client) -> None:
    first, _ = sdk.subjects.upsert(
        [SubjectUpsert(key="acme", display_name="Acme", metadata={"tier": 1}), SubjectUpsert(key="b")]
    )
    [changed] = sdk.subjects.upsert([SubjectUpsert({"key": "acme", "displayName": None})])
    assert (changed.id, changed.display_name, changed.metadata) == (first.id, None, {"tier": 1})
    assert sdk.subjects.get(first.id).key == sdk.subjects.get("acme").key == "acme"
    sdk.subjects.delete("acme")
    assert [subject.key for subject in sdk.subjects.list()] == ["b"]
    [again] = sdk.subjects.upsert([SubjectUpsert(key="acme")])
    assert again.id != first.id


def test_a_customer_brings_its_subjects(sdk: Client) -> None:
    subjects = CustomerUsageAttribution(subject_keys=["s1", "s2"])
    made = sdk.customers.create(CustomerCreate(name="Acme", usage_attribution=subjects))
    assert [subject.key for subject in sdk.subjects.list()] == ["s1", "s2"]
    with pytest.raises(ResourceExistsError):
        sdk.customers.create(CustomerCreate(name="Other", usage_attribution=subjects))
    with pytest.raises(ResourceExistsError):
        sdk.customers.create(CustomerCreate(name="Other", key="s1"))
    with pytest.raises(ResourceExistsError):
        sdk.customers.create(CustomerCreate(name="Other", key=made.id))
    sdk.customers.delete(made.id)
    sdk.customers.delete(made.id)
    with pytest.raises(HttpResponseError) as gone:
        sdk.customers.update(made.id, CustomerReplaceUpdate(name="Acme", key="acme"))
    assert gone.value.status_code == 412
    assert sdk.customers.create(CustomerCreate(name="Other", key="s1", usage_attribution=subjects)).key == "s1"
    assert sdk.customers.get(made.id).deleted_at is not None


def test_a_feature_narrows_its_meter_and_tells_its_cost(metered: Client) -> None:
    wanted = FeatureCreateInputs(
        key="gpt",
        name="GPT",
        meter_slug="tokens",
        advanced_meter_group_by_filters={"model": FilterString(like="gpt%")},
        unit_cost=FeatureManualUnitCost(type="manual", amount="0.25"),
    )
    made = metered.features.create(wanted)
    assert made.advanced_meter_group_by_filters["model"].like == "gpt%"
    assert dict(made.unit_cost) == {"type": "manual", "amount": "0.25"}
    assert made.meter_group_by_filters is None
    with pytest.raises(ResourceExistsError):
        metered.meters.delete("tokens")
    metered.features.delete(made.id)
    metered.features.delete(made.id)
    metered.meters.delete("tokens")


def test_what_a_feature_leaves_out_is_no_usage_of_its_entitlement(metered: Client, api: httpx.Client) -> None:
    feature = {"key": "gpt", "name": "GPT", "meterSlug": "tokens", "meterGroupByFilters": None}
    wanted = feature | {"advancedMeterGroupByFilters": {"model": {"$like": "gpt%"}}}
    api.post("/api/v1/features", json=wanted).raise_for_status()
    metered.customers.create(
        CustomerCreate(name="Acme", key="acme", usage_attribution=CustomerUsageAttribution(subject_keys=["acme-eu"]))
    )
    entitlement = {
        "type": "metered",
        "featureKey": "gpt",
        "usagePeriod": {"interval": "MONTH", "anchor": (NOW - 3 * DAY).isoformat()},
        "measureUsageFrom": (NOW - 3 * DAY).isoformat(),
        "issueAfterReset": 10,
    }
    api.post("/api/v2/customers/acme/entitlements", json=entitlement).raise_for_status()
    value = api.get("/api/v2/customers/acme/entitlements/gpt/value").json()
    assert (value["usage"], value["balance"]) == (0.3, 9.7)
