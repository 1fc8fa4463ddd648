"""What people take away as a file says exactly what the page says, and no spreadsheet runs it as a program."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backend.errors import Invalid
from portal.sheet import MOST_ROWS, Cell, Sheet, check_size, to_csv


def written(*cells: Cell) -> list[str]:
    text = to_csv(Sheet("invoices", ["column"] * len(cells), [cells]))
    return list(csv.reader(io.StringIO(text)))[1]


def test_numbers_and_instants_are_exact() -> None:
    at = datetime(2026, 3, 5, 14, 5, 9, tzinfo=UTC)
    assert written(Decimal("1234567.50"), Decimal("-0.10"), 7, at, None) == [
        "1234567.5",
        "-0.1",
        "7",
        "2026-03-05T14:05:09.000Z",
        "",
    ]


def test_texts_survive_as_they_are() -> None:
    assert written('Ö "quoted", with a comma', "two\nlines") == ['Ö "quoted", with a comma', "two\nlines"]


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-2", "@here", "\t=1"])
def test_a_text_is_never_a_formula(text: str) -> None:
    assert written(text) == [f"'{text}"]


def test_a_file_that_would_leave_rows_out_is_refused() -> None:
    check_size(MOST_ROWS)
    with pytest.raises(Invalid, match="more than 10,000 rows"):
        check_size(MOST_ROWS + 1)
