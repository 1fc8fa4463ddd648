"""Facts as data: each file of tests/vectors holds cases of several kinds, and each kind has one test."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.engine.period import Period

FOLDER = Path(__file__).parents[1] / "vectors"
Case = dict[str, Any]


def cases(file: str, kind: str) -> list[Any]:
    """The cases of one kind, ready for parametrize; at least one."""
    found = [case for case in json.loads((FOLDER / f"{file}.json").read_text())["cases"] if case["kind"] == kind]
    assert found, f"{file}.json has no case of kind {kind}"
    return [
        pytest.param(case["input"], case["expect"], id=f"{case.get('id', number)} {case['name']}")
        for number, case in enumerate(found)
    ]


def instant(text: str) -> datetime:
    """A time as the files write it; more than microseconds are cut, a zone name after the offset is left out."""
    return datetime.fromisoformat(text.split("[", maxsplit=1)[0]).astimezone(UTC)


def period(wire: Case) -> Period:
    return Period(instant(wire["from"]), instant(wire["to"]))


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
