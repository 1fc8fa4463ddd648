"""Saying no with everything that is wrong at once, so that it can be mended at once."""

from collections.abc import Iterable

from backend.errors import Invalid, Issue


def refuse(issues: Iterable[Issue]) -> None:
    """Raise Invalid with all issues, if there are any."""
    found = list(issues)
    if found:
        raise Invalid(" ".join(issue.message for issue in found), issues=found)
