"""A place in a sorted list as an opaque text: the instant and id of the row a page ended with."""

import base64
from datetime import UTC, datetime

from backend.errors import Invalid, Issue


def write_cursor(at: datetime, row_id: str) -> str:
    """The cursor of a row."""
    return base64.urlsafe_b64encode(f"{at.isoformat()},{row_id}".encode()).decode()


def read_cursor(text: str, place: str = "cursor") -> tuple[datetime, str]:
    """The instant and id in a cursor; Invalid when it is none of ours."""
    try:
        at, _, row_id = base64.b64decode(text, altchars=b"-_", validate=True).decode().partition(",")
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None or not row_id.isalnum():
            raise ValueError("incomplete")
        return instant.astimezone(UTC), row_id
    except (ValueError, OverflowError) as error:
        message = "this is not a cursor of a page before"
        raise Invalid(message, issues=[Issue(place, "invalid_cursor", message)]) from error
