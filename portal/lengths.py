"""Lengths of time as people type them, a number and its unit; ISO 8601 where the rules are."""

from collections.abc import Collection

from backend.engine.recurrence import Duration

UNITS = {"TM": "minutes", "TH": "hours", "D": "days", "W": "weeks", "M": "months", "Y": "years"}
"""The units by the letters that ISO 8601 has for them; `T` marks those below a day."""


def typed(duration: Duration, units: Collection[str] = tuple(UNITS)) -> tuple[str, str]:
    """A duration as a number and one of the units; one that has several parts stays as ISO 8601 in the number."""
    for unit in units:
        count = str(getattr(duration, UNITS[unit]))
        if count != "0" and written(count, unit) == str(duration):
            return count, unit
    return ("0" if duration == Duration() else str(duration)), "D"


def written(count: str, unit: str) -> str:
    """What was typed, in ISO 8601; what is ISO 8601 already stays as it is."""
    return count if count.startswith("P") else f"P{unit[:-1]}{count}{unit[-1]}"
