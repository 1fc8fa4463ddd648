"""More events than can be stored are refused for the moment, and what was taken in is kept."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import httpx
from sqlalchemy import text
from sqlmodel import func, select

from backend.infra.db import Database
from backend.ingest.cloudevents import MOST_EVENTS
from backend.ingest.group_commit import MOST_WAITING
from backend.ingest.models import UsageEvent
from tests.conftest import Work

REQUESTS = MOST_WAITING // MOST_EVENTS + 2


def batch(number: int) -> list[dict[str, Any]]:
    common = {"specversion": "1.0", "source": f"app-{number}", "type": "prompt", "subject": "acme"}
    return [common | {"id": str(place)} for place in range(MOST_EVENTS)]


def test_overload_is_answered_with_429_and_nothing_acknowledged_is_lost(
    api: httpx.Client, work: Work, database: Database
) -> None:
    def post(number: int) -> httpx.Response:
        return api.post("/api/v1/events", json=batch(number))

    with ThreadPoolExecutor(REQUESTS) as senders:
        with work() as ctx:
            if not database.is_sqlite:
                ctx.session.execute(text("LOCK TABLE usage_event IN EXCLUSIVE MODE"))
            sent = [senders.submit(post, number) for number in range(REQUESTS)]
            refused = next(as_completed(sent)).result()
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        answers = [answer.result() for answer in sent]
    acknowledged = [answer for answer in answers if answer.status_code == 204]
    assert {answer.status_code for answer in answers} == {204, 429}
    with work(writing=False) as ctx:
        assert ctx.session.exec(select(func.count()).select_from(UsageEvent)).one() == MOST_EVENTS * len(acknowledged)
