"""JSONPath, the language in which a meter says where its value and its dimensions stand in an event's data."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import methodcaller
from typing import Any

from jsonpath import JSONPathError
from jsonpath import compile as compile_any

from backend.engine.meter.extract import MISSING
from backend.errors import Invalid

Finder = Callable[[Mapping[str, Any]], object]
"""Finds one value in an event's data, or MISSING."""

_PLAIN = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*)+")


@lru_cache(maxsize=4096)
def compiled(path: str) -> Finder:
    """Make a path ready for many events: RFC 9535, the first match counts. Invalid when it is not a JSONPath."""
    if _PLAIN.fullmatch(path):
        return _finder_of(path.split(".")[1:])
    try:
        query = compile_any(path, strict=True)
    except (JSONPathError, RecursionError) as error:
        raise Invalid(f"{path} is not a valid JSONPath: {str(error).splitlines()[0]}") from error

    def find(data: Mapping[str, Any]) -> object:
        match = query.match(data)
        return MISSING if match is None else match.obj

    return find


def _finder_of(names: list[str]) -> Finder:
    """The short way for `$.a.b`, by far the most frequent kind of path."""
    if len(names) == 1:
        return methodcaller("get", names[0], MISSING)

    def find(data: Mapping[str, Any]) -> object:
        found: Any = data
        for name in names:
            if not isinstance(found, dict) or name not in found:
                return MISSING
            found = found[name]
        return found

    return find
