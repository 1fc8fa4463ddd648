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
    """`keyVersion[pro]=1&keyVersion[pro]=2` as ("pro", (1, 2)); several numbers may also be joined by commas."""
    wanted: dict[str, list[int]] = {}
    for name, value in request.query_params.multi_items():
        match = _KEY_VERSION.fullmatch(name)
        if match is None:
            continue
        for number in value.split(","):
            if not re.fullmatch(r"[0-9]{1,9}", number):
                raise Invalid(f"{number!r} is not a version.", issues=[Issue(name, "int_parsing", "A number, please.")])
            wanted.setdefault(match[1], []).append(int(number))
    return tuple((key, tuple(numbers)) for key, numbers in wanted.items())
