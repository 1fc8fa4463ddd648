"""What all of version 3 shares: names in snake_case, decimals as text, pages, and how a list is sorted."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from backend.api.wire import Text, Wire
from backend.errors import Invalid, Issue

T = TypeVar("T")
PREFIX = "/api/v3/openmeter"
LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?"
RESERVED = ("_", "kong", "konnect", "mesh", "kic")
"""How the key of a label may not begin."""


def _not_reserved(key: str) -> str:
    if key.startswith(RESERVED):
        raise PydanticCustomError(
            "is_label", "a label begins with none of {reserved}", {"reserved": ", ".join(RESERVED)}
        )
    return key


LabelText = Annotated[str, Field(min_length=1, max_length=63, pattern=f"^{LABEL}$")]
LabelKey = Annotated[LabelText, AfterValidator(_not_reserved)]
LabelMap = Annotated[dict[LabelKey, LabelText], Field(max_length=50)]
Name = Annotated[str, Field(min_length=1, max_length=256)]
Description = Annotated[str, Field(max_length=1024)]
Ulid = Annotated[str, Field(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")]


def _written_out(given: Any) -> Any:
    """Version 3 takes a decimal as text only, with all its digits and without an exponent."""
    if not isinstance(given, str):
        raise PydanticCustomError("string_type", 'a number is written as text here, such as "0.10"')
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", given):
        raise PydanticCustomError("string_pattern_mismatch", 'a number is written in digits here, such as "0.10"')
    return given


Numeric = Annotated[Text, BeforeValidator(_written_out)]
"""A decimal that travels as text, in both directions."""


class Snake(Wire):
    """An answer in snake_case."""

    model_config = ConfigDict(alias_generator=None)


class SnakeInput(Snake):
    """A request in snake_case; an unknown field is refused."""

    model_config = ConfigDict(alias_generator=None, extra="forbid")


class PageMeta(Snake):
    """Which page of how many rows."""

    number: int
    size: int
    total: int


class PagedMeta(Snake):
    """What is said about a page beside its rows."""

    page: PageMeta


class Paged(Snake, Generic[T]):
    """One page of a list."""

    data: list[T]
    meta: PagedMeta


class PagedQuery(BaseModel):
    """Which page is asked for: `page[number]` counted from 1, `page[size]`."""

    number: Annotated[int, Query(alias="page[number]", ge=1, le=1_000_000)] = 1
    size: Annotated[int, Query(alias="page[size]", ge=1, le=1000)] = 100

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def of(self, rows: Sequence[Any], total: int) -> "Paged[Any]":
        """The page that answers this question."""
        return Paged(data=list(rows), meta=PagedMeta(page=PageMeta(number=self.number, size=self.size, total=total)))


def labels_to_wire(kept: Mapping[str, str] | None) -> dict[str, str] | None:
    """What is a label among what version 1 calls metadata and where any text may stand; None when nothing is."""
    shown = {key: text for key, text in (kept or {}).items() if _is_label(key) and _is_label(text)}
    return {key: text for key, text in shown.items() if not key.startswith(RESERVED)} or None


def _is_label(text: str) -> bool:
    return len(text) <= 63 and re.fullmatch(LABEL, text) is not None


class Sort(NamedTuple):
    """A field and a direction."""

    field: str
    descending: bool


def read_sort(text: str | None, fields: Collection[str], default: Sort) -> Sort:
    """`name`, `name asc` or `name desc`; without direction as the default goes. Invalid for anything else."""
    if text is None:
        return default
    field, _, direction = text.partition(" ")
    if field not in fields or direction not in ("", "asc", "desc"):
        message = f"sort by one of {', '.join(fields)}, then asc or desc"
        raise Invalid(message, issues=[Issue("sort", "invalid", message)])
    return Sort(field, direction == "desc" if direction else default.descending)
