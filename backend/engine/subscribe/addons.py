"""Add-ons lie over the items of a phase: each item is cut where how often an add-on was bought changes.

Source: billing spec 3.7. What the rate cards come to where they lie over each other is not decided here, but in
`overlay`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise, zip_longest

from backend.engine.period import FOREVER, Period


@dataclass(frozen=True, slots=True)
class Bought:
    """From an instant on an add-on is had so many times, until its next entry."""

    active_from: datetime
    quantity: int


@dataclass(frozen=True, slots=True)
class Instance:
    """An add-on that is had so many times during a period; `addon` is the caller's id, handed through."""

    addon: str
    lasting: Period
    quantity: int


@dataclass(frozen=True, slots=True)
class Sold:
    """An item as it is sold without add-ons; `id` is the caller's, handed through."""

    id: str
    lasting: Period


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which one item is sold with the same add-ons over it; without `sold`, by add-ons alone."""

    lasting: Period
    sold: str | None
    additions: tuple[tuple[str, int], ...] = ()


def instances(addon: str, timeline: Iterable[Bought]) -> list[Instance]:
    """The entries of a timeline, each until the next one; the last has no end."""
    entries = sorted(timeline, key=lambda entry: entry.active_from)
    return [
        Instance(addon, Period(entry.active_from, following.active_from if following else FOREVER), entry.quantity)
        for entry, following in zip_longest(entries, entries[1:])
    ]


def stretches(phase: Period, sold: Sequence[Sold], bought: Collection[Instance]) -> list[Stretch]:
    """The history of one item of a phase with add-ons over it, in order of time; what never lasts is left out.

    `bought` are the instances of the add-ons that have a rate card of the item's key. While nothing of the key is sold,
    the add-ons make an item of their own.
    """
    cuts = sorted(
        {
            instant
            for lasting in (phase, *(item.lasting for item in sold), *(instance.lasting for instance in bought))
            for instant in (lasting.start, lasting.end)
            if phase.start <= instant <= phase.end
        }
    )
    found: list[Stretch] = []
    for start, end in pairwise(cuts):
        own = next((item.id for item in sold if start in item.lasting), None)
        over = tuple((one.addon, one.quantity) for one in bought if start in one.lasting and one.quantity > 0)
        if own is None and not over:
            continue
        stretch = Stretch(Period(start, end), own, over)
        if found and found[-1].lasting.end == start and replace(found[-1], lasting=stretch.lasting) == stretch:
            found[-1] = replace(stretch, lasting=Period(found[-1].lasting.start, end))
        else:
            found.append(stretch)
    return found
