"""What is printed: one measure divided by another of the same run, and the aim it has to reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median


class NoResult(Exception):
    """What is stored is not what was sent: the run says nothing."""


class Better(Enum):
    """On which side of the aim a ratio should lie."""

    HIGHER = "≥"
    LOWER = "≤"


@dataclass(frozen=True, slots=True)
class Ratio:
    """Measures of one thing and of its yardstick, taken in turn; the ratio is that of the medians."""

    name: str
    ours: Sequence[float]
    yardstick: Sequence[float]
    unit: str
    better: Better
    aim: float

    @property
    def value(self) -> float:
        return median(self.ours) / median(self.yardstick)

    @property
    def reached(self) -> bool:
        return self.value >= self.aim if self.better is Better.HIGHER else self.value <= self.aim

    @property
    def cells(self) -> tuple[str, ...]:
        """One row of the table."""
        ours, yardstick = (f"{median(measures):,.4g} {self.unit}" for measures in (self.ours, self.yardstick))
        aim = f"{self.better.value} {self.aim:.2f}"
        return self.name, ours, yardstick, f"{self.value:.2f}", aim, "yes" if self.reached else "NO"


HEAD = ("ratio", "measured", "yardstick", "ratio", "aim", "reached")


def table(ratios: Sequence[Ratio]) -> str:
    """The ratios as a Markdown table."""
    rows = [HEAD, *(ratio.cells for ratio in ratios)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "-|-".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)
