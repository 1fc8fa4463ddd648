"""What a route is given: a context in the caller's namespace, after checking the API key."""

from contextlib import AbstractContextManager
from functools import partial
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session

from backend.access import service as access
from backend.access.models import Scope
from backend.api.shared import Shared
from backend.errors import Unauthenticated
from backend.infra.actor import Identity
from backend.infra.context import Context, unit_of_work
from backend.infra.db import database

_bearer = HTTPBearer(auto_error=False, description="An API key of Meterline.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _token(credentials: HTTPAuthorizationCredentials | None) -> str:
    if credentials is None:
        raise Unauthenticated("Send an API key as 'Authorization: Bearer <key>'.")
    return credentials.credentials


def _work(
    request: Request,
    credentials: HTTPAuthorizationCredentials | None,
    need: Scope,
    *,
    writing: bool,
    rehearsal: bool = False,
) -> AbstractContextManager[Context]:
    token = _token(credentials)

    def identify(session: Session) -> Identity:
        return access.authenticate(session, token, need)

    request.state.work = unit_of_work(identify=identify, writing=writing, rehearsal=rehearsal)
    return cast(AbstractContextManager[Context], request.state.work)


async def reading(request: Request, credentials: Credentials) -> AbstractContextManager[Context]:
    """A unit of work that can change nothing, for a key that may read."""
    return _work(request, credentials, Scope.READ, writing=False)


async def reading_secrets(request: Request, credentials: Credentials) -> AbstractContextManager[Context]:
    """A unit of work that can change nothing, for a key with full access: what is read could be misused."""
    return _work(request, credentials, Scope.FULL, writing=False)


async def writing(request: Request, credentials: Credentials) -> AbstractContextManager[Context]:
    """A unit of work that commits before the answer leaves, for a key with full access."""
    return _work(request, credentials, Scope.FULL, writing=True)


async def rehearsing(request: Request, credentials: Credentials) -> AbstractContextManager[Context]:
    """A unit of work in which a change is tried out and leaves no trace, for a key that could make it."""
    return _work(request, credentials, Scope.FULL, writing=True, rehearsal=True)


def _identity(token: str, need: Scope) -> Identity:
    with database().session(writing=False) as session:
        return access.authenticate(session, token, need)


def identity_with(need: Scope, credentials: HTTPAuthorizationCredentials | None) -> Identity:
    """Who is asking, for the few routes that open units of work of their own."""
    return _identity(_token(credentials), need)


_senders = Shared(partial(_identity, need=Scope.INGEST))


async def ingesting(credentials: Credentials) -> Identity:
    """Who sends usage events."""
    return await _senders.answer(_token(credentials))


async def sender_of(request: Request) -> Identity:
    """The same, for a route that works out for itself what it needs."""
    return await ingesting(await _bearer(request))


NEEDS_KEY = Depends(_bearer)
"""Says in the documentation of such a route that it needs a key."""


def full_access(credentials: Credentials) -> Identity:
    """Who starts something that takes several transactions, such as advancing an invoice."""
    return identity_with(Scope.FULL, credentials)


Reading = Annotated[Context, Depends(reading)]
ReadingSecrets = Annotated[Context, Depends(reading_secrets)]
Writing = Annotated[Context, Depends(writing)]
Rehearsing = Annotated[Context, Depends(rehearsing)]
"""`WireRoute` opens the unit of work around the endpoint, in the endpoint's own thread: to wake other threads for
opening and closing it would cost more than most queries."""

Ingesting = Annotated[Identity, Depends(ingesting)]
FullAccess = Annotated[Identity, Depends(full_access)]


def request_id(request: Request) -> str:
    """The id of this request, as it stands in the answer and in every log line."""
    return str(request.scope.get("meterline.request_id", ""))
