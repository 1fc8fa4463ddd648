"""A year of twenty customers: what they are offered, what they do, and what they use."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from tests.scenarios.reckoning import PriceList, Sent, Spell, UsagePrice


def on(month: int, day: int, time: str = "00:00:00", year: int = 2024) -> datetime:
    return datetime.fromisoformat(f"{year}-{month:02}-{day:02}T{time}").replace(tzinfo=UTC)


OPENING, TODAY = on(1, 1), on(1, 15, year=2025)

TEAM_TOKENS = UsagePrice("tokens", "graduated", ((1000, "0"), (4000, "0.0313"), (None, "0.0177")))
TEAM = PriceList("team", "USD", 2, "49.99", "15", (TEAM_TOKENS,))
DEARER_TOKENS = UsagePrice("tokens", "graduated", ((500, "0"), (4000, "0.0335"), (None, "0.0199")))
TEAM_DEARER = PriceList("team", "USD", 2, "59.99", "18.5", (DEARER_TOKENS,))
BUSINESS_TOKENS = UsagePrice("tokens", "graduated", ((None, "0.0237"),), percent_off="12.5", minimum="95")
BUSINESS = PriceList("business", "USD", 2, "499", "99", (BUSINESS_TOKENS,))
KANSAI_TOKENS = UsagePrice("tokens", "graduated", ((2000, "1.37"), (None, "0.909")))
KANSAI = PriceList("kansai", "JPY", 0, "7800", "1000", (KANSAI_TOKENS,))
METERED_USAGE = (
    UsagePrice("tokens", "graduated", ((None, "0.0112"),), minimum="12.5"),
    UsagePrice("calls", "packages", ((7, "1.3"),)),
    UsagePrice("users", "graduated", ((None, "3.5"),), maximum="10", free=2),
)
DEARER_USERS = UsagePrice("users", "graduated", ((None, "4.25"),), percent_off="5", free=1)
METERED = PriceList("metered", "USD", 2, "9.9", "0", METERED_USAGE)
VOLUME_TOKENS = UsagePrice("tokens", "volume", ((300, "0.21"), (900, "0.17"), (None, "0.09")), "10", maximum="75")
VOLUME = PriceList("volume", "USD", 2, "0", "20", (VOLUME_TOKENS,))
QUARTERLY = PriceList("quarterly", "USD", 2, "300", "45", (TEAM_TOKENS,), every=3)
EURO = PriceList("euro", "EUR", 2, "199", "0", (DEARER_TOKENS, METERED_USAGE[1]), every=3)
YEARLY = PriceList("yearly", "USD", 2, "1000", "0", (UsagePrice("calls", "packages", ((10, "2"),)),), every=12)

ON_SALE = (TEAM, BUSINESS, KANSAI, METERED, VOLUME, QUARTERLY, EURO, YEARLY)
ACME = ("acme", "acme-eu")
JAN_31, NOV_30, LEAP_DAY = on(1, 31, "09:30:00"), on(11, 30, year=2023), on(2, 29)
BERLIN_SPRING, SYDNEY_AUTUMN, NEW_YORK_SPRING = on(3, 30, "23:00:00"), on(4, 6, "13:00:00"), on(3, 10, "05:00:00")


def spell(
    customer: str,
    prices: PriceList,
    start: datetime,
    end: datetime | None = None,
    *,
    anchor: datetime | None = None,
    by_hand: tuple[datetime, ...] = (),
    subjects: tuple[str, ...] = (),
    revised: tuple[tuple[datetime, UsagePrice], ...] = (),
) -> Spell:
    return Spell(customer, subjects or (customer,), prices, start, end, anchor or start, by_hand, revised)


SPELLS = (
    spell("acme", TEAM, OPENING, subjects=ACME),
    spell("globex", TEAM, on(1, 21, "21:55:18"), on(5, 10, "06:00:00"), anchor=OPENING),
    spell("initech", TEAM, JAN_31, on(5, 31, "09:30:00")),
    spell("initech", BUSINESS, on(5, 31, "09:30:00"), on(8, 31, "09:30:00"), anchor=JAN_31),
    spell("hooli", TEAM_DEARER, on(9, 7, "12:00:00"), on(10, 20, "08:00:00"), anchor=on(9, 1)),
    spell("hooli", BUSINESS, on(10, 20, "08:00:00"), anchor=on(9, 1)),
    spell("osaka", KANSAI, on(3, 10), on(8, 1, "15:00:00"), anchor=on(3, 1, "15:00:00")),
    spell("leap", METERED, LEAP_DAY, on(5, 1, "12:00:00")),
    spell("tyrell", QUARTERLY, on(1, 10, "10:00:00"), anchor=NOV_30),
    spell("wonka", YEARLY, LEAP_DAY),
    spell("gotham", METERED, on(3, 10, "12:00:00"), on(5, 10, "05:00:00"), anchor=NEW_YORK_SPRING),
    spell("axiom", METERED, BERLIN_SPRING, on(5, 30, "23:00:00")),
    spell("axiom", BUSINESS, on(5, 30, "23:00:00"), on(7, 2, "02:30:00"), anchor=BERLIN_SPRING),
    spell("wallaby", METERED, SYDNEY_AUTUMN, on(6, 6, "13:00:00")),
    spell("stark", METERED, on(5, 1), on(7, 1), by_hand=(on(5, 12), on(5, 20, "06:00:00"), on(6, 15))),
    spell("wayne", METERED, on(6, 3, "10:00:00"), on(6, 25, "17:00:00"), by_hand=(on(6, 20),)),
    spell("cyberdyne", TEAM, on(6, 28, "08:00:00"), on(6, 28, "20:00:00")),
    spell("monarch", METERED, on(9, 5), on(9, 12, "07:00:00")),
    spell("monarch", TEAM_DEARER, on(9, 12, "07:00:00"), on(9, 20, "19:00:00"), anchor=on(9, 5)),
    spell("monarch", BUSINESS, on(9, 20, "19:00:00"), on(11, 5), anchor=on(9, 5)),
    spell("aperture", VOLUME, on(2, 15), on(5, 15)),
    spell("massive", METERED, on(7, 31, "23:59:59"), on(10, 31, "23:59:59")),
    spell("soylent", EURO, on(4, 30), on(10, 30)),
    spell("vandelay", BUSINESS, on(10, 31), on(11, 30)),
    spell("vandelay", METERED, on(11, 30), anchor=on(10, 31), revised=((on(12, 10, "12:00:00"), DEARER_USERS),)),
    spell("piper", METERED, on(2, 10), on(4, 10, "03:00:00")),
    spell("piper", TEAM_DEARER, on(11, 1)),
)
"""What becomes of what people do; a spell after another of the same customer is a change of plan or a return."""


@dataclass(frozen=True)
class Deed:
    """What a customer does: `plan` None to leave, and `now` or with the next cycle."""

    at: datetime
    customer: str
    plan: PriceList | None
    now: bool = True


DEEDS = (
    Deed(on(5, 15, "10:00:00"), "initech", BUSINESS, now=False),
    Deed(on(5, 10, "06:00:00"), "globex", None),
    Deed(on(10, 20, "08:00:00"), "hooli", BUSINESS),
    Deed(on(7, 3, "09:00:00"), "osaka", None, now=False),
    Deed(on(5, 1, "12:00:00"), "leap", None),
    Deed(on(5, 1), "gotham", None, now=False),
    Deed(on(5, 2), "axiom", BUSINESS, now=False),
    Deed(on(7, 2, "02:30:00"), "axiom", None),
    Deed(on(5, 10), "wallaby", None, now=False),
    Deed(on(6, 2), "stark", None, now=False),
    Deed(on(6, 25, "17:00:00"), "wayne", None),
    Deed(on(6, 28, "20:00:00"), "cyberdyne", None),
    Deed(on(8, 9), "initech", None, now=False),
    Deed(on(9, 12, "07:00:00"), "monarch", TEAM_DEARER),
    Deed(on(9, 20, "19:00:00"), "monarch", BUSINESS),
    Deed(on(10, 9), "monarch", None, now=False),
    Deed(on(4, 20), "aperture", None, now=False),
    Deed(on(10, 2), "massive", None, now=False),
    Deed(on(8, 1), "soylent", None, now=False),
    Deed(on(11, 15), "vandelay", METERED, now=False),
    Deed(on(4, 10, "03:00:00"), "piper", None),
)


def everyday_usage() -> Iterator[Sent]:
    """About an event a day of everybody who is ever a customer, also shortly before and after; they arrive at once."""
    sizes = {"acme": 180, "acme-eu": 120, "initech": 400, "hooli": 660, "osaka": 190}
    for subject in sorted({subject for spell in SPELLS for subject in spell.subjects}):
        random, size = Random(subject), sizes.get(subject, 90)
        mine = [spell for spell in SPELLS if subject in spell.subjects]
        first = min(spell.start for spell in mine) - timedelta(days=2)
        last = max(spell.end or TODAY for spell in mine) + timedelta(days=2)
        for number in range((last - first).days):
            at = first + timedelta(days=number, seconds=random.randrange(24 * 3600))
            tokens, user = Decimal(random.randrange(size * 1000)) / 1000, f"user-{random.randrange(6)}"
            yield Sent(f"{subject}-{number}", subject, at, at + timedelta(seconds=3), str(tokens), user)


ODD_USAGE = (
    Sent("late", "acme", on(3, 31, "23:50:00"), on(4, 1, "00:59:00"), "100.5", "late"),
    Sent("too-late", "acme", on(3, 31, "23:51:00"), on(4, 1, "01:00:01"), "1000", "late"),
    Sent("late", "acme", on(3, 31, "23:52:00"), on(4, 1, "01:30:00"), "7777", "late"),
    Sent("first-instant", "acme", on(6, 1), on(6, 1, "00:00:05"), "33.333", "first"),
    Sent("last-second", "initech", on(2, 29, "09:29:59"), on(2, 29, "09:30:01"), "12.125", "last"),
    Sent("leap-day", "leap", on(2, 29, "23:59:59"), on(3, 1), "77", "leap"),
    Sent("nobody", "umbrella", on(6, 2), on(6, 2, "00:00:05"), "5000", "nobody"),
    Sent("acme-3", "acme", on(6, 3), on(6, 3, "00:00:05"), "5000", "again"),
    Sent("part-late", "stark", on(5, 11, "23:00:00"), on(5, 12, "00:30:00"), "41", "new"),
    Sent("part-too-late", "stark", on(5, 11, "23:30:00"), on(5, 12, "02:00:00"), "4100", "newer"),
    Sent("quarter-late", "tyrell", on(1, 15), on(2, 28, "18:00:00"), "2000", "slow"),
    Sent("skipped-hour", "gotham", on(3, 10, "07:30:00"), on(3, 10, "07:31:00"), "9", "early"),
    Sent("doubled-hour", "hooli", on(11, 3, "05:30:00"), on(11, 3, "06:30:00"), "9", "twice"),
)
