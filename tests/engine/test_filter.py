"""Filters mean what OpenMeter's own tests say, and like, contains and depth follow one rule everywhere."""

from typing import Any

import pytest

from backend.engine.filter import escaped, like, matches, text_filter, time_filter
from backend.errors import Invalid
from tests.engine.vectors import Case, cases

SAID = {
    "ErrFilterMultipleOperators": "multiple operators are set",
    "ErrFilterComplexityExceeded": "complexity exceeded",
}


@pytest.mark.parametrize(("given", "expect"), cases("filters", "filterString.match"))
def test_a_text_passes_a_filter(given: Case, expect: Case) -> None:
    wanted = text_filter(given["filter"] or {}, "filter")
    assert matches(wanted, given["value"]) is expect["match"]


@pytest.mark.parametrize(("given", "expect"), cases("filters", "filterString.validate"))
def test_a_filter_is_valid(given: Case, expect: Case) -> None:
    check(given["filter"], expect["error"])


@pytest.mark.parametrize(("given", "expect"), cases("filters", "filterString.complexity"))
def test_a_filter_is_not_too_deep(given: Case, expect: Case) -> None:
    check(given["filter"], expect["error"], given["maxDepth"])


def check(node: Any, error: str | None, *levels: int) -> None:
    if error is None:
        text_filter(node, "filter", *levels)
        return
    with pytest.raises(Invalid, match=SAID[error]):
        text_filter(node, "filter", *levels)


@pytest.mark.parametrize(("given", "expect"), cases("filters", "like.escape"))
def test_texts_are_escaped_for_like(given: Case, expect: Case) -> None:
    assert escaped(given["value"]) == expect["pattern"]
    assert like(escaped(given["value"]), given["value"])


@pytest.mark.parametrize(("given", "expect"), cases("filters", "like.contains"))
def test_contains_is_an_escaped_like(given: Case, expect: Case) -> None:
    assert f"%{escaped(given['value'])}%" == expect["pattern"]


@pytest.mark.parametrize(
    ("pattern", "text", "passes"),
    [
        ("a%", "abc", True),
        ("a%", "Abc", False),
        ("a_c", "abc", True),
        ("a_c", "ac", False),
        (r"100\%", "100%", True),
        (r"100\%", "1000", False),
        ("a%c", "a\nc", True),
        (".*", "abc", False),
    ],
)
def test_like(pattern: str, text: str, passes: bool) -> None:
    assert like(pattern, text) is passes


@pytest.mark.parametrize(
    "node",
    [
        {"$eq": ""},
        {"$in": []},
        {"$in": [""]},
        {"$in": "a"},
        {"$eq": 1},
        {"$exists": "yes"},
        {"$wibble": "a"},
        {"$and": {}},
        [],
        "a",
        {"$and": [1]},
    ],
)
def test_what_is_no_filter_is_refused_by_its_place(node: Any) -> None:
    with pytest.raises(Invalid, match=r"^filter\.subject: "):
        text_filter(node, "filter.subject")


@pytest.mark.parametrize(
    "node", [{"$eq": "2026-01-01T00:00:00Z"}, {"$gt": "yesterday"}, {"$gt": "2026-01-01T00:00:00"}]
)
def test_times_are_only_compared_and_need_a_zone(node: Any) -> None:
    with pytest.raises(Invalid):
        time_filter(node, "filter.time")


def test_nothing_in_a_filter_filters_nothing() -> None:
    for node in ({}, {"$and": []}, {"$or": [{}, {"$and": [{}]}]}, {"$eq": None}):
        assert text_filter(node, "filter") is None


def test_a_filter_nested_without_end_is_refused() -> None:
    node: Any = {"$eq": "a"}
    for _ in range(500):
        node = {"$and": [node]}
    with pytest.raises(Invalid, match="levels deep"):
        text_filter(node, "filter")
