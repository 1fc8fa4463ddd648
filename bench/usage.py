"""The usage that is sent: the n-th event of a year-like month, the same in every run and in every program.

Ids look random, as senders' ids do; times advance through January 2026 with one event in sixteen up to two days late;
1,000 customers take turns in no order. DuckDB makes the same events from the same arithmetic (SQL below).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 2, 1, tzinfo=UTC)
SECONDS = int((END - START).total_seconds())
LATEST = 2 * 86_400
CUSTOMERS, USERS_OF_ONE, MODELS = 1_000, 20, 4
SOURCE, TYPE = "bench", "prompt"
TOKENS = {"slug": "tokens", "eventType": TYPE, "aggregation": "SUM", "valueProperty": "$.tokens"}
USERS = {"slug": "users", "eventType": TYPE, "aggregation": "UNIQUE_COUNT", "valueProperty": "$.user"}
PRIME = 2_147_483_647
BY_CUSTOMER, BY_USER, BY_TOKENS, BY_LATENESS = 1_103_515_245, 1_220_703_125, 1_078_318_381, 1_289_706_101
SQL = f"""
    SELECT 'customer-' || (n * {BY_CUSTOMER} % {PRIME} // 1024 % {CUSTOMERS}) AS subject,
           'user-' || (n * {BY_USER} % {PRIME} // 1024 % {USERS_OF_ONE}) AS "user",
           CAST(n * {BY_TOKENS} % {PRIME} // 1024 % 1000 AS DECIMAL(18, 0)) * 0.1::DECIMAL(2, 1) AS tokens,
           TIMESTAMP '2026-01-01' + to_seconds(greatest(0, n * {SECONDS} // $events
               - CASE WHEN n % 16 = 7 THEN n * {BY_LATENESS} % {PRIME} // 1024 % {LATEST} ELSE 0 END)) AS time
    FROM range($events) AS numbers(n)
"""
"""Event n = 0, 1, … as DuckDB makes it, with the columns that the questions read."""


def scatter(number: int, by: int, among: int) -> int:
    """One of `among` for each event, in no visible order."""
    return number * by % PRIME // 1024 % among


@dataclass(frozen=True, slots=True)
class Usage:
    """The first so many events: every event is a function of its number and of how many there are.

    `live` ones are sent without a time: they happen when they arrive.
    """

    events: int
    live: bool = False

    def sum_of(self, first: int, end: int) -> Decimal:
        """What the events [first, end) come to on the meter `tokens`."""
        return Decimal(sum(scatter(number, BY_TOKENS, 1000) for number in range(first, end))) / 10

    def customer(self, number: int) -> str:
        """Whose event it is."""
        return f"customer-{scatter(number, BY_CUSTOMER, CUSTOMERS)}"

    def data(self, number: int) -> str:
        """The event's data, as JSON."""
        tenths, user = scatter(number, BY_TOKENS, 1000), scatter(number, BY_USER, USERS_OF_ONE)
        return (
            f'{{"tokens":{tenths // 10}.{tenths % 10},"user":"user-{user}",'
            f'"model":"model-{number % MODELS}","region":"eu-west-1"}}'
        )

    def time(self, number: int) -> datetime:
        """When it happened, on the whole second."""
        late = scatter(number, BY_LATENESS, LATEST) if number % 16 == 7 else 0
        return START + timedelta(seconds=max(0, number * SECONDS // self.events - late))

    def id(self, number: int) -> str:
        """The sender's id: unlike its neighbours."""
        return f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}-{number}"

    def event(self, number: int) -> str:
        """One CloudEvent, as JSON."""
        time = "" if self.live else f'"time":"{self.time(number):%Y-%m-%dT%H:%M:%SZ}",'
        return (
            f'{{"specversion":"1.0","id":"{self.id(number)}","source":"{SOURCE}","type":"{TYPE}",'
            f'"subject":"{self.customer(number)}",{time}"data":{self.data(number)}}}'
        )

    def bodies(self, first: int, end: int, batch: int) -> Iterator[bytes]:
        """The events [first, end) as bodies of requests; a batch of one is the event alone."""
        if batch == 1:
            yield from (self.event(number).encode() for number in range(first, end))
            return
        for start in range(first, end, batch):
            events = map(self.event, range(start, min(start + batch, end)))
            yield f"[{','.join(events)}]".encode()
