"""What is asked of a meter, as it stands in a page's address: it can be sent to somebody, kept and gone back to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urlencode

from backend.engine.meter.window import WindowSize, window_of
from backend.engine.period import Period, truncate
from backend.errors import Invalid
from portal.explore.zones import zone_named
from portal.keys import plain_text

LENGTHS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "year": timedelta(days=365),
}
RANGES = {
    "1h": "Last hour",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "year": "Last 12 months",
    "month": "This month",
    "last-month": "Last month",
    "dates": "Between two times",
}
WHOLE = "WHOLE"
WINDOWS = {
    WHOLE: "In one sum",
    WindowSize.MINUTE.value: "By minute",
    WindowSize.HOUR.value: "By hour",
    WindowSize.DAY.value: "By day",
    WindowSize.MONTH.value: "By month",
}
WIDTHS = {
    WindowSize.MINUTE: timedelta(minutes=1),
    WindowSize.HOUR: timedelta(hours=1),
    WindowSize.DAY: timedelta(days=1),
    WindowSize.MONTH: timedelta(days=28),
}
FITTING = {"1h": WindowSize.MINUTE, "24h": WindowSize.HOUR}
"""The window that is taken when only such a short time is chosen."""

MOST_WINDOWS = 1500
MOST_GROUPS = 5
LONGEST = 256
CUSTOMER, SUBJECT = "customer", "subject"
WHERE = "where."
USUAL = {"range": "30d", "window": WindowSize.DAY.value, "zone": "UTC"}
TEXTS = ("meter", "range", "start", "end", "window", "zone", "subject", "customer")


@dataclass(frozen=True, slots=True)
class Question:
    """A meter, a time, its windows in a zone, what usage is broken down by and narrowed to. All of it as typed.

    `by` names dimensions of the meter, `subject` or `customer`; `where` is dimension → text.
    """

    meter: str = ""
    range: str = USUAL["range"]
    start: str = ""
    end: str = ""
    window: str = USUAL["window"]
    zone: str = USUAL["zone"]
    by: tuple[str, ...] = ()
    subject: str = ""
    customer: str = ""
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter leaves usage out."""
        return bool(self.subject or self.customer or self.where)

    @property
    def window_size(self) -> WindowSize | None:
        """How wide the windows are; None for one sum over the whole time. Raises Invalid."""
        if self.window not in WINDOWS:
            raise Invalid("Choose a window from the list.")
        return None if self.window == WHOLE else WindowSize(self.window)

    @property
    def time_zone(self) -> tzinfo:
        """The zone of days and months. Raises Invalid."""
        return zone_named(self.zone)

    def period(self, now: datetime) -> Period:
        """The time that is asked about, in whole seconds of UTC. Raises Invalid for a time without sense."""
        zone, size = self.time_zone, self.window_size
        if self.range in LENGTHS:
            start = now - LENGTHS[self.range]
            return Period(truncate(start if size is None else window_of(start, size, zone).start), truncate(now))
        if self.range == "dates":
            found = Period(_instant(self.start, zone), _instant(self.end, zone))
        elif self.range in RANGES:
            this = window_of(now, WindowSize.MONTH, zone)
            before = window_of(this.start - timedelta(days=1), WindowSize.MONTH, zone)
            found = before if self.range == "last-month" else Period(this.start, truncate(now))
        else:
            raise Invalid("Choose a time from the list.")
        if found.is_empty:
            raise Invalid("The end must lie after the start.")
        return found

    def check_windows(self, period: Period) -> None:
        """Refuse more windows than anybody could look at: Invalid."""
        size = self.window_size
        if size is not None and period.length / WIDTHS[size] > MOST_WINDOWS:
            raise Invalid(f"That would be more than {MOST_WINDOWS:,} windows. Choose wider windows or a shorter time.")

    def changed(self, control: str, value: str) -> "Question":
        """The question after one control was set; a short time takes windows that fit, and gives them back."""
        if control.startswith(WHERE):
            rest = {name: text for name, text in self.where.items() if name != control.removeprefix(WHERE)}
            return replace(self, where=rest | ({control.removeprefix(WHERE): value} if value else {}))
        if control not in TEXTS:
            return self
        if control == "meter" and value != self.meter:
            return replace(
                self, meter=value, by=tuple(name for name in self.by if name in (CUSTOMER, SUBJECT)), where={}
            )
        if control == "range" and value in LENGTHS and self.window in (*FITTING.values(), USUAL["window"]):
            return replace(self, range=value, window=FITTING.get(value, WindowSize.DAY).value)
        return replace(self, **{control: value})

    def broken_down(self, name: str) -> "Question":
        """The question with one more group, or without it when it is there."""
        rest = tuple(group for group in self.by if group != name)
        return replace(self, by=rest if name in self.by else (*rest, name)[-MOST_GROUPS:])

    def without_filters(self) -> "Question":
        """The same question of all usage."""
        return replace(self, subject="", customer="", where={})

    def address(self) -> str:
        """What stands behind the question mark; what is usual is left out."""
        texts = [(name, getattr(self, name)) for name in TEXTS]
        pairs = [(name, text) for name, text in texts if text and text != USUAL.get(name)]
        pairs += [("by", name) for name in self.by]
        return urlencode([*pairs, *((WHERE + name, text) for name, text in self.where.items())])


def read(address: Mapping[str, Sequence[str]]) -> Question:
    """The question that an address carries; whatever else stands there is left alone."""
    texts = {name: plain_text(address[name][0], LONGEST) for name in TEXTS if address.get(name)}
    where = {
        name.removeprefix(WHERE): plain_text(given[0], LONGEST)
        for name, given in address.items()
        if name.startswith(WHERE) and given
    }
    by = tuple(dict.fromkeys(plain_text(name, LONGEST) for name in address.get("by", ())))[:MOST_GROUPS]
    return Question(by=by, where={name: text for name, text in where.items() if text}, **texts)


def _instant(text: str, zone: tzinfo) -> datetime:
    """A time as a browser's field gives it, on the clocks of the zone."""
    if not text:
        raise Invalid("Choose when it starts and when it ends.")
    try:
        found = datetime.fromisoformat(text)
        return truncate((found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC))
    except (ValueError, OverflowError):
        raise Invalid(f"{text} is not a time.") from None
