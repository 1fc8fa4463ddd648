"""Tables to take away: what a page lists, as a CSV file that spreadsheets open as it is meant."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import reflex as rx

from backend.engine.exact import plain
from backend.errors import Invalid
from portal.formatting import exact_instant

MOST_ROWS = 10_000
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes the file for something else than UTF-8."""

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | Decimal | datetime | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's name without its ending, its headings, and its rows; numbers and instants are written exactly."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def check_size(total: int) -> None:
    """Refuse a file that would leave something out: Invalid, with the way to the rest."""
    if total > MOST_ROWS:
        raise Invalid(
            f"That would be more than {MOST_ROWS:,} rows, too many for a file. Narrow the search or the filters; "
            "programs read everything through the API."
        )


def to_csv(sheet: Sheet) -> str:
    """Headings and rows. A text that a spreadsheet would run as a formula is put behind an apostrophe."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(sheet.columns)
    table.writerows([_written(cell) for cell in row] for row in sheet.rows)
    return text.getvalue()


def download(name: str, text: str) -> rx.event.EventSpec:
    """Let the browser save a CSV text as a file."""
    return rx.download(data=BYTE_ORDER_MARK + text, filename=f"{name}.csv", mime_type="text/csv;charset=utf-8")


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return exact_instant(cell)
    if isinstance(cell, Decimal):
        return plain(cell)
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(STARTS_A_FORMULA) else text
