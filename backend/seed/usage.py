"""Usage of one day, the same whenever it is asked for: who sent which events at what time."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from backend.engine.period import Period
from backend.ingest.service import CloudEvent
from backend.seed.cast import Buyer
from backend.seed.offer import COMPLETION, STORAGE

MODELS = ("aria-large", "aria-mini", "aria-embed")
SHARES = (3, 5, 2)
REGIONS = ("us-east", "eu-west")
REPORTS_A_DAY = 8
SATURDAY = 5
ANYBODY = "staging-key-7"
"""A subject that belongs to no customer: somebody forgot to tell Meterline about a key."""


def events_of(buyer: Buyer, day: datetime, months: int) -> list[CloudEvent]:
    """What a customer's gateways report of one day (midnight UTC), `months` after the customer joined."""
    random = Random(f"{buyer.key} {day:%Y-%m-%d}")
    factor = buyer.growth**months * buyer.peaks.get(day.month, Decimal(1))
    if day.weekday() >= SATURDAY:
        factor *= buyer.weekend
    daily = int(buyer.tokens * 1000 * factor)
    sent = [_report(buyer, day, number, daily, random) for number in range(REPORTS_A_DAY)]
    stored = Decimal(daily) / 40_000_000 * (months + 4)
    kept = {"gigabyte_days": str(stored.quantize(Decimal("0.001")))}
    at = day + timedelta(hours=23, minutes=30)
    return [*sent, _event(buyer.usage_subjects[0], "storage-service", STORAGE, f"{buyer.key}-disk", at, kept)]


def oddities(day: datetime) -> list[CloudEvent]:
    """Events that count for nobody: a key without a customer, and a report without its value."""
    lost = {"model": "aria-mini", "region": "eu-west", "tokens": 48_210, "requests": 97}
    broken = {"model": "aria-large", "region": "us-east", "tokens": "n/a", "requests": 12}
    return [
        _event(ANYBODY, "gateway", COMPLETION, "odd-1", day + timedelta(hours=2, minutes=14), lost),
        _event("fable-build", "gateway", COMPLETION, "odd-2", day + timedelta(hours=3, minutes=41), broken),
    ]


def _report(buyer: Buyer, day: datetime, number: int, daily: int, random: Random) -> CloudEvent:
    """One of the day's reports; most work is done around the middle of the day."""
    weight = 6 - abs(number - 4)
    tokens = daily * weight // 32 * random.randint(82, 118) // 100
    data = {
        "model": random.choices(MODELS, SHARES)[0],
        "region": random.choice(REGIONS),
        "tokens": tokens,
        "requests": max(1, tokens // random.randint(1400, 2600)),
    }
    at = day + timedelta(hours=3 * number, minutes=random.randint(1, 170), seconds=random.randint(0, 59))
    return _event(random.choice(buyer.usage_subjects), "gateway", COMPLETION, f"{buyer.key}-{number}", at, data)


def _event(subject: str, source: str, kind: str, name: str, at: datetime, data: Mapping[str, object]) -> CloudEvent:
    text = json.dumps(data, separators=(",", ":"))
    return CloudEvent(f"{name}-{at:%Y%m%d}", f"northwind/{source}", kind, subject, at, text)


def within(events: list[CloudEvent], period: Period) -> list[CloudEvent]:
    """Those of the events that happened in a period."""
    return [event for event in events if event.time is not None and event.time in period]
