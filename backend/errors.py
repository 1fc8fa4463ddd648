"""Everything that can go wrong in Meterline, named by what happened and worded for the person who reads it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with a request: where, which rule, and a sentence that says how to mend it."""

    field: str
    code: str
    message: str


class DomainError(Exception):
    """A rule of the domain refused the request; nothing was changed."""

    def __init__(self, message: str, *, issues: Sequence[Issue] = (), **facts: str) -> None:
        super().__init__(message)
        self.issues = tuple(issues)
        self.facts = facts


class Invalid(DomainError):
    """The request itself is wrong; the same request will always be wrong."""


class Unauthenticated(DomainError):
    """Nobody knows who is asking."""


class Forbidden(DomainError):
    """The one who asks is known, but may not do this."""


class NotFound(DomainError):
    """What the request names does not exist here."""


class Conflict(DomainError):
    """The request is well formed, but clashes with the present state."""


class WrongState(Conflict):
    """What is asked for can be done, but not in the state that its subject is in now."""


class PreconditionFailed(DomainError):
    """Something the request relies on is gone or not ready, such as a deleted customer."""


class Gone(PreconditionFailed):
    """What the request names was deleted; it can still be read, but never changed again."""


class TooLarge(DomainError):
    """The request carries more than one request may."""


class TooManyRequests(DomainError):
    """More comes in than can be taken; the same request will succeed a little later."""


class Unavailable(DomainError):
    """Meterline or somebody it depends on cannot answer at the moment; the same request may succeed later."""


def refuse(issues: Iterable[Issue]) -> None:
    """Raise Invalid with everything that is wrong at once, so that it can be mended at once; nothing, if nothing is."""
    found = list(issues)
    if found:
        raise Invalid(" ".join(issue.message for issue in found), issues=found)
