"""How numbers, money and instants are written for people: exact, grouped, with currency and zone."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from backend.engine.written import MINUS, NOTHING, day, money, period, quantity, unit_price

__all__ = [
    "MINUS",
    "NOTHING",
    "ago",
    "compact",
    "day",
    "exact_instant",
    "initials",
    "instant",
    "money",
    "month",
    "percent",
    "period",
    "plural",
    "quantity",
    "unit_price",
    "words",
]

SCALES = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))


def compact(amount: Decimal | int | None) -> str:
    """A number for a tight place, three significant figures: `12.4M`. The exact one belongs beside it."""
    if amount is None:
        return NOTHING
    size = abs(Decimal(amount))
    for scale, letter in SCALES:
        if size >= scale:
            scaled = size / scale
            places = 0 if scaled >= 100 else 1 if scaled >= 10 else 2
            text = f"{scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
            short = text.rstrip("0").rstrip(".") if "." in text else text
            return f"{MINUS if amount < 0 else ''}{short}{letter}"
    return quantity(Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP))


def percent(share: Decimal | None, places: int = 0) -> str:
    """A share of one as a percentage: `0.254` is `25%`."""
    if share is None:
        return NOTHING
    return f"{(share * 100).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}%"


def instant(at: datetime | None, zone: str = "UTC") -> str:
    """An instant to the minute, with its zone: `5 Mar 2026, 14:05 UTC`."""
    if at is None:
        return NOTHING
    local = at.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def exact_instant(at: datetime | None) -> str:
    """An instant as a machine writes it, for titles and payloads: `2026-03-05T14:05:09.120Z`."""
    return NOTHING if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def month(at: datetime, zone: str = "UTC") -> str:
    """A month, in UTC or in a zone: `Mar 2026`."""
    return f"{at.astimezone(UTC if zone == 'UTC' else ZoneInfo(zone)):%b %Y}"


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, or how soon, in one unit: `3 minutes ago`, `in 2 days`."""
    if at is None:
        return "never"
    seconds = int(abs((now - at).total_seconds()))
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            many = seconds // size
            span = f"{many} {name}{'s' if many != 1 else ''}"
            return f"{span} ago" if at <= now else f"in {span}"
    return "just now" if at <= now else "in a moment"


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: `1 customer`, `1,204 customers`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def words(wire_value: str) -> str:
    """A wire value as words: `payment_processing.pending` is `Payment processing: pending`."""
    head, _, tail = wire_value.replace("_", " ").replace("-", " ").partition(".")
    return head.capitalize() + (f": {tail}" if tail else "")


def initials(name: str) -> str:
    """Two letters that stand for a person: `Ada Lovelace` is `AL`."""
    parts = [part for part in name.replace("@", " ").replace(".", " ").split() if part[0].isalnum()]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()
