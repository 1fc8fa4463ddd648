"""No case from the field gets lost: each one is carried, or the file says why not, or why it differs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.vectors import FOLDER

SOURCES = Path(__file__).parents[3] / "shared" / "vectors"


def _of(file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{file}.json").read_text())
    return found


@pytest.mark.skipif(not SOURCES.exists(), reason="the cases' sources lie beside the repository")
@pytest.mark.parametrize("file", ["meters", "filters"])
def test_each_case_of_the_source_is_accounted_for(file: str) -> None:
    carried = _of(file)
    cases = {(case["kind"], case["name"], json.dumps(case["input"])): case for case in carried["cases"]}
    left_out = {(case["kind"], case["name"]) for case in carried["left_out"]}
    for source in json.loads((SOURCES / f"{file}.json").read_text())["vectors"]:
        case = cases.get((source["kind"], source["name"], json.dumps(source["input"])))
        if case is None:
            assert (source["kind"], source["name"]) in left_out, source
        else:
            assert case["expect"] == source["expected"] or case["differs"], source


@pytest.mark.parametrize("file", ["meters", "filters"])
def test_what_is_left_out_or_differs_says_why(file: str) -> None:
    carried = _of(file)
    assert all(len(case["why"]) > 20 for case in carried["left_out"])
    assert all(len(case["differs"]) > 20 for case in carried["cases"] if "differs" in case)


@pytest.mark.parametrize("file", ["meters", "filters"])
def test_each_kind_of_case_is_tested(file: str) -> None:
    tests = "".join(path.read_text() for path in FOLDER.parent.rglob("test_*.py"))
    assert {case["kind"] for case in _of(file)["cases"] if f'cases("{file}", "{case["kind"]}")' not in tests} == set()
