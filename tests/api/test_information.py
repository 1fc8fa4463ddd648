"""What programs ask about Meterline itself: the events of today, and how far a question is."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from corehttp.exceptions import ResourceNotFoundError
from openmeter import Client

from tests.contract import Contract

PROGRESS = "/api/v1/info/progress"
CURRENCIES = "/api/v1/info/currencies"


def test_the_events_of_today_are_counted_by_subject(api: httpx.Client, sdk: Client, contract: Contract) -> None:
    now = datetime.now(UTC)
    times = [(now, "acme"), (now, "acme"), (now, 'a "quoted"\\\nname'), (now - timedelta(days=1), "yesterday")]
    events = [
        {"specversion": "1.0", "id": str(n), "source": "t", "type": "x", "subject": who, "time": time.isoformat()}
        for n, (time, who) in enumerate(times)
    ]
    assert api.post("/api/v1/events", json=events).status_code == 204
    text = contract(api.get("/api/v1/debug/metrics"), "GET", "/api/v1/debug/metrics")
    assert text.splitlines() == [
        "# HELP openmeter_events Events since midnight UTC.",
        "# TYPE openmeter_events counter",
        'openmeter_events_total{subject="a \\"quoted\\"\\\\\\nname"} 1',
        'openmeter_events_total{subject="acme"} 2',
        "# EOF",
    ]
    assert sdk.debug.metrics() == text


def test_a_question_can_be_followed_by_its_name(api: httpx.Client, sdk: Client, contract: Contract) -> None:
    api.post("/api/v1/meters", json={"slug": "m", "aggregation": "COUNT", "eventType": "x"}).raise_for_status()
    for path, status, outcome in (
        ("/api/v1/meters/m/query", 200, (1, 0)),
        ("/api/v1/meters/nothing/query", 404, (0, 1)),
        ("/api/v1/events", 200, (1, 0)),
        ("/api/v2/events", 200, (1, 0)),
    ):
        name = f"question-{status}-{path[-6:].replace('/', '')}"
        assert api.get(path, params={"clientId": name}).status_code == status
        found = contract(api.get(f"{PROGRESS}/{name}"), "GET", f"{PROGRESS}/{{id}}")
        assert ((found["success"], found["failed"]), found["total"]) == (outcome, 1)
        assert sdk.progress.get_progress(name).total == 1
    with pytest.raises(ResourceNotFoundError):
        sdk.progress.get_progress("never-asked")


def test_currencies_are_listed_with_their_decimals(api: httpx.Client, contract: Contract) -> None:
    known = {found["code"]: found for found in contract(api.get(CURRENCIES), "GET", CURRENCIES)}
    assert known["USD"] == {"code": "USD", "name": "US dollar", "symbol": "$", "subunits": 2}
    assert (known["JPY"]["subunits"], known["KWD"]["subunits"]) == (0, 3)
