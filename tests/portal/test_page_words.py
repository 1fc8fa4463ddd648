"""How pages word what the services say."""

import json

import pytest

from backend.metering.models import Meter
from portal.event_words import sentence, status_of
from portal.formatting import NOTHING
from portal.pages.meters.snippets import snippets
from portal.pages.meters.words import measure_in_words, sample_event
from portal.pages.settings.audit.state import ChangeRow, to_changes

NO_METER, NO_CUSTOMER = "no meter found for event type: x", "no customer found for event subject: y"


@pytest.mark.parametrize(
    ("problems", "status"),
    [([], "counted"), ([NO_CUSTOMER], "no_customer"), ([NO_METER, NO_CUSTOMER], "not_counted")],
)
def test_an_event_without_payer_still_counts_for_its_meter(problems: list[str], status: str) -> None:
    assert status_of(problems) == status


def test_problems_are_sentences() -> None:
    assert sentence(NO_METER) == "No meter counts this type."
    assert sentence("invalid event: value cannot be parsed as float64: a lot") == (
        "Value cannot be read as a number: a lot."
    )


def test_a_meter_is_told_in_words() -> None:
    assert measure_in_words("SUM", "$.usage.tokens") == "Sum of usage.tokens"
    assert measure_in_words("COUNT", None) == "Number of events"


def test_the_sample_event_carries_what_the_meter_reads() -> None:
    event = json.loads(sample_event("SUM", "prompt", "$.usage.tokens", {"model": "$.model", "odd": "$['a b']"}))
    assert event["type"] == "prompt"
    assert event["data"] == {"model": "model-1", "usage": {"tokens": 10}}


def test_snippets_name_this_server() -> None:
    meter = Meter(
        slug="t", name="T", aggregation="SUM", event_type="it's", value_property="$.n", group_by={"model": "$.model"}
    )
    found = snippets(meter, "https://bill.example")
    assert "https://bill.example/api/v1/events" in found.curl
    assert "it'\\''s" in found.curl
    for text in (found.python, found.javascript):
        assert '"it\'s"' in text
        assert "https://bill.example" in text


def test_an_audit_entry_is_told_field_by_field() -> None:
    changes = {"name": ["Old", "New"], "labels": {}, "paid_at": [None, "2026-03-05T14:05:00+00:00"], "root": False}
    assert to_changes(changes) == [
        ChangeRow("Labels", NOTHING, NOTHING),
        ChangeRow("Name", "Old", "New"),
        ChangeRow("Paid at", NOTHING, "5 Mar 2026, 14:05 UTC"),
        ChangeRow("Root", NOTHING, "no"),
    ]
