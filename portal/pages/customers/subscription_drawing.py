"""A subscription drawn on an axis of time: its phases as bars, its items below them, and today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from backend.engine.period import FOREVER, Period
from portal.formatting import day

MARGIN = timedelta(days=30)
"""How far the axis goes on after the last known date of what has no end yet, at least."""
LETTER = 0.9
"""How much of the axis a letter takes on a desk's screen, in percent."""
APART = 20.0
"""Dates nearer to each other than this share of the axis, in percent, are not both written."""


@dataclass(frozen=True)
class Bar:
    """A stretch of the axis: where it starts and how long it is, in CSS, and whether it was, is or will be.

    `text` is written on it; where it is too short for its words, they stand `beside` it, in room of their own.
    """

    text: str
    beside: str
    beside_left: str
    beside_width: str
    title: str
    left: str
    width: str
    time: str


@dataclass(frozen=True)
class Track:
    """A line of the drawing with its bars, one after the other."""

    name: str
    bars: list[Bar]


@dataclass(frozen=True)
class Tick:
    """A date on the axis; `look` keeps the words of the first and the last one inside."""

    text: str
    left: str
    look: str


@dataclass(frozen=True)
class Drawing:
    """The whole drawing; `today` is empty where today is not on the axis. `told` says it to who cannot see it."""

    tracks: list[Track]
    ticks: list[Tick]
    today: str
    told: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something that lasts: on which line it is drawn, what is written on it, and when."""

    track: str
    text: str
    lasting: Period


def drawn(phases: Sequence[Stretch], items: Sequence[Stretch], now: datetime) -> Drawing:
    """The phases on the first line, then a line for each item in the order of their first appearance."""
    everything = [*phases, *items]
    axis = _axis([stretch.lasting for stretch in everything], now)
    order = list(dict.fromkeys(stretch.track for stretch in items))
    ranked = sorted(items, key=lambda stretch: (order.index(stretch.track), stretch.lasting.start))
    tracks = [Track("Phases", _bars(phases, axis, now))]
    tracks += [Track(name, _bars(found, axis, now)) for name, found in groupby(ranked, key=attrgetter("track"))]
    return Drawing(
        tracks=tracks,
        ticks=_ticks(_dates(everything), axis),
        today=f"{_place(now, axis):.2f}%" if now in axis else "",
        told="; ".join(f"{stretch.text} {lasts(stretch.lasting)}" for stretch in phases),
    )


def lasts(lasting: Period) -> str:
    """From when until when, in days: `since 1 Jan 2026`, `1 Jan 2026 to 1 Feb 2026`."""
    return f"since {day(lasting.start)}" if lasting.end == FOREVER else f"{day(lasting.start)} to {day(lasting.end)}"


def _axis(lastings: Sequence[Period], now: datetime) -> Period:
    """From the first start to the last end, and beyond it where something goes on; today is on it until all is over."""
    start = min(lasting.start for lasting in lastings)
    end = max(lasting.start if lasting.end == FOREVER else lasting.end for lasting in lastings)
    if any(now < lasting.end for lasting in lastings):
        start, end = min(start, now), max(end, now)
        room = max((end - start) / 4, MARGIN)
        return Period(start, end + room)
    return Period(start, end)


def _bars(stretches: Iterable[Stretch], axis: Period, now: datetime) -> list[Bar]:
    """The bars of one line; the words of a short one stand in the larger gap beside it."""
    found = list(stretches)
    places = [(_place(one.lasting.start, axis), _place(min(one.lasting.end, axis.end), axis)) for one in found]
    following = [*(left for left, _ in places[1:]), 100.0]
    bars, taken = list[Bar](), 0.0
    for stretch, (left, right), until in zip(found, places, following, strict=True):
        gap = max((taken, left), (right, until), key=lambda edges: edges[1] - edges[0])
        is_beside = right - left < min(len(stretch.text) * LETTER, gap[1] - gap[0])
        bars.append(_bar(stretch, (left, right), gap if is_beside else None, now))
        taken = until if is_beside and gap == (right, until) else right
    return bars


def _bar(stretch: Stretch, edges: tuple[float, float], beside: tuple[float, float] | None, now: datetime) -> Bar:
    lasting, (left, right) = stretch.lasting, edges
    time = "past" if lasting.end <= now else "ahead" if lasting.start > now else "now"
    start, end = beside or edges
    return Bar(
        text="" if beside else stretch.text,
        beside=stretch.text if beside else "",
        beside_left=f"{start:.2f}%",
        beside_width=f"{end - start:.2f}%",
        title=f"{stretch.text}, {lasts(lasting)}",
        left=f"{left:.2f}%",
        width=f"{right - left:.2f}%",
        time=f"{time} open" if lasting.end == FOREVER else time,
    )


def _dates(stretches: Sequence[Stretch]) -> list[datetime]:
    """When something starts or ends, the earliest first."""
    dates = {at for stretch in stretches for at in (stretch.lasting.start, stretch.lasting.end)}
    return sorted(dates - {FOREVER})


def _ticks(dates: Sequence[datetime], axis: Period) -> list[Tick]:
    """The last date and as many before it as can be read."""
    kept: list[datetime] = []
    for at in [*dates[:1], *reversed(dates)]:
        if all(abs(_place(at, axis) - _place(other, axis)) >= APART for other in kept):
            kept.append(at)
    return [_tick(at, _place(at, axis)) for at in sorted(kept)]


def _tick(at: datetime, place: float) -> Tick:
    return Tick(day(at), f"{place:.2f}%", "first" if place < APART / 2 else "last" if place > 100 - APART / 2 else "")


def _place(at: datetime, axis: Period) -> float:
    """Where on the axis an instant lies, in percent of its length."""
    return 100 * ((at - axis.start) / max(axis.length, timedelta(seconds=1)))
