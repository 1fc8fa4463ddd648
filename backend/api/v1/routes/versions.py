"""What lists of plans and of add-ons have in common: which versions, and in which order."""

import re
from enum import StrEnum
from typing import Annotated

from fastapi import Request
from pydantic import Field

from backend.api.wire import PageQuery
from backend.errors import Invalid, Issue

KeyVersions = tuple[tuple[str, tuple[int, ...]], ...]

_KEY_VERSION = re.compile(r"keyVersion\[([a-z0-9_]{1,64})\](?:\[\d*\])?")
_LISTED = re.compile(r"\[?([0-9]{1,9}(?:, ?[0-9]{1,9})*)\]?")
_WHOLE = re.compile(r"\{(?:['\"]([a-z0-9_]{1,64})['\"]: ?(\[[0-9, ]+\])(?:, ?|(?=\})))+\}")
_PART = re.compile(r"['\"]([a-z0-9_]{1,64})['\"]: ?(\[[0-9, ]+\])")


class VersionOrder(StrEnum):
    """By what versions can be sorted."""

    ID = "id"
    KEY = "key"
    VERSION = "version"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


class VersionQuery(PageQuery):
    """Which versions, and in which order."""

    include_deleted: bool = False
    id: Annotated[list[str], Field(default_factory=list)]
    key: Annotated[list[str], Field(default_factory=list)]
    order: Annotated[str, Field(pattern="^(ASC|DESC)$")] = "ASC"
    order_by: VersionOrder = VersionOrder.CREATED_AT


def key_versions(request: Request) -> KeyVersions:
    """`keyVersion[pro]=1&keyVersion[pro]=2` as ("pro", (1, 2)); several numbers may also be listed: `1,2` or `[1,2]`.

    The official Python SDK writes the whole as one value: `keyVersion={'pro': [1, 2]}`. Raises Invalid.
    """
    wanted: dict[str, list[int]] = {}
    for name, value in request.query_params.multi_items():
        if name == "keyVersion":
            for key, numbers in _whole(value):
                wanted.setdefault(key, []).extend(_numbers(name, numbers))
        elif match := _KEY_VERSION.fullmatch(name):
            wanted.setdefault(match[1], []).extend(_numbers(name, value))
    return tuple((key, tuple(numbers)) for key, numbers in wanted.items())


def _whole(value: str) -> list[tuple[str, str]]:
    if not _WHOLE.fullmatch(value):
        message = "Name the versions of each key: keyVersion[pro]=1."
        raise Invalid(message, issues=[Issue("keyVersion", "dict_parsing", message)])
    return _PART.findall(value)


def _numbers(name: str, value: str) -> list[int]:
    match = _LISTED.fullmatch(value)
    if match is None:
        message = f"{value!r} does not list numbers of versions."
        raise Invalid(message, issues=[Issue(name, "int_parsing", message)])
    return [int(number) for number in match[1].split(",")]
