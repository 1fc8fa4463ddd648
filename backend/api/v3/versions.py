"""What plans and add-ons of version 3 share: how their lists are filtered and sorted, and how their faults are told."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from fastapi import Request

from backend.api.v3.fields import field_of
from backend.api.v3.filters import Kind, read_filters
from backend.api.v3.wire import Snake
from backend.engine.filter import Filter, matches
from backend.errors import Invalid, Issue

S = TypeVar("S", bound=StrEnum)
COLUMNS = {"key": Kind.TEXT, "name": Kind.TEXT, "currency": Kind.EXACT}


class CatalogValidationError(Snake):
    """Something that keeps a draft from being published."""

    field: str
    code: str
    message: str


class VersionFilters(NamedTuple):
    """What a list of versions is filtered by; None of `statuses` means any."""

    columns: dict[str, Filter]
    statuses: tuple[str, ...] | None


def read_version_filters(request: Request, statuses: type[StrEnum], *more: str) -> VersionFilters:
    """The filters of a request for plans or add-ons; Invalid for a status that there is not."""
    columns = read_filters(request, COLUMNS | {"status": Kind.EXACT} | dict.fromkeys(more, Kind.EXACT))
    wanted = columns.pop("status", None)
    return VersionFilters(columns, None if wanted is None else statuses_passing(wanted, statuses))


def statuses_passing(wanted: Filter, statuses: type[S]) -> tuple[S, ...]:
    """The statuses that pass a filter; Invalid for a status that there is not."""
    _refuse_unknown(wanted, statuses)
    return tuple(status for status in statuses if matches(wanted, status.value))


def issues_to_wire(issues: Sequence[Issue]) -> list[CatalogValidationError] | None:
    """Issues as version 3 writes them; None when there are none."""
    shown = [
        CatalogValidationError(field=field_of(issue.field), code=issue.code, message=issue.message) for issue in issues
    ]
    return shown or None


def _refuse_unknown(wanted: Filter, statuses: type[StrEnum]) -> None:
    known = [status.value for status in statuses]
    for part in wanted.parts or (wanted,):
        named = part.operand if isinstance(part.operand, tuple) else (part.operand,)
        for text in named:
            if text not in known:
                message = f"{text} is not a status; there are {', '.join(known)}."
                raise Invalid(message, issues=[Issue("filter[status]", "enum", message)])
