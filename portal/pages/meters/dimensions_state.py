"""The rows of a form that say by what a meter's usage can be broken down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import reflex as rx

from backend.errors import Invalid, Issue
from portal import boundary

MOST_DIMENSIONS = 20
LONGEST_TEXT = 1024
PLACE = "groupBy."


@dataclass(frozen=True)
class Dimension:
    """A name to break usage down by, and where it stands in an event's data."""

    name: str = ""
    path: str = ""
    problem: str = ""


class Dimensions(rx.State, mixin=True):
    """A page state with a form for the dimensions of a meter. Subclasses may write `_retyped`."""

    dimensions: list[Dimension] = []

    async def _retyped(self) -> None:
        """What is to happen after each change."""

    @rx.event
    @boundary.command
    async def type_dimension(self, index: int, part: str, text: str):
        """Take the name or the path of one dimension."""
        if part not in ("name", "path") or not 0 <= index < len(self.dimensions):
            return
        row = self.dimensions[index]
        name, path = (text, row.path) if part == "name" else (row.name, text)
        self.dimensions[index] = Dimension(name[:LONGEST_TEXT], path[:LONGEST_TEXT])
        await self._retyped()

    @rx.event
    async def add_dimension(self):
        """One more row to break usage down by."""
        if len(self.dimensions) < MOST_DIMENSIONS:
            self.dimensions = [*self.dimensions, Dimension()]

    @rx.event
    @boundary.command
    async def remove_dimension(self, index: int):
        """Take a row away."""
        self.dimensions = [row for number, row in enumerate(self.dimensions) if number != index]
        await self._retyped()

    def _group_by(self) -> dict[str, str]:
        """Name to path of the rows that say something; raises Invalid for two of one name."""
        rows = [row for row in self.dimensions if row.name or row.path]
        names = [row.name for row in rows]
        for name in names:
            if names.count(name) > 1:
                raise Invalid("twice", issues=[Issue(f"{PLACE}{name}", "twice", "This name is there twice.")])
        return {row.name: row.path for row in rows}

    def _say_dimensions(self, problems: Mapping[str, str]) -> None:
        """Put each problem at its row; an empty mapping takes them away. Empty rows are never wrong."""
        self.dimensions = [
            replace(row, problem=problems.get(f"{PLACE}{row.name}", "") if row.name or row.path else "")
            for row in self.dimensions
        ]
