"""Signing in and out of the portal: the only part of the API that works with a cookie."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Cookie, Depends, Request, Response
from pydantic import Field

from backend.access import service
from backend.access.service import SESSION_COOKIE, SignedIn
from backend.api.wire import Instant, Wire, WireInput, WireRoute, encode
from backend.errors import Forbidden, Invalid
from backend.infra.context import DEFAULT_NAMESPACE, unit_of_work
from backend.infra.settings import settings

COOKIE_SECONDS = 14 * 24 * 3600

_sign_ins = ThreadPoolExecutor(4, "sign-in")
# Checking a password takes 64 MiB and a tenth of a second: a flood of sign-ins waits here, and holds up nobody else.

router = APIRouter(prefix="/api/session", tags=["Session"], route_class=WireRoute)


class SignInRequest(WireInput):
    """Who wants to sign in, and where."""

    email: Annotated[str, Field(min_length=1, max_length=254)]
    password: Annotated[str, Field(min_length=1, max_length=1024)]
    namespace: Annotated[str, Field(min_length=1, max_length=64)] = DEFAULT_NAMESPACE


class SessionOut(Wire):
    """Who has signed in; the token itself is only in the cookie."""

    namespace: str
    email: str
    name: str
    role: str
    customer_id: str | None = None
    expires_at: Instant


async def from_own_pages(request: Request) -> None:
    """Refuse what a page of another site makes a browser send: such a page could sign somebody in or out unasked.

    Browsers say where a request comes from; programs without a browser say nothing and are let through.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = {request.headers.get("host"), request.headers.get("x-forwarded-host"), urlsplit(settings().address).netloc}
    foreign = site not in ("same-origin", "none") if site else bool(origin) and urlsplit(str(origin)).netloc not in own
    if foreign:
        raise Forbidden("Sign in and out on the pages of Meterline itself; this request came from another site.")


async def is_json(request: Request) -> None:
    """Refuse a form: unlike JSON, a page of another site can send one without asking."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Invalid("Send JSON, with the header Content-Type: application/json.")


@router.post(
    "", operation_id="signIn", response_model=SessionOut, dependencies=[Depends(from_own_pages), Depends(is_json)]
)
async def sign_in(request: Request, body: SignInRequest) -> Response:
    """Start a session: sets an HttpOnly cookie."""
    loop = asyncio.get_running_loop()
    signed_in = await loop.run_in_executor(_sign_ins, service.sign_in, body.email, body.password, body.namespace)
    response = Response(encode(_to_wire(signed_in)), media_type="application/json")
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=_by_https(request),
    )
    return response


@router.delete("", operation_id="signOut", status_code=204, dependencies=[Depends(from_own_pages)])
def sign_out(request: Request, token: Annotated[str | None, Cookie(alias=SESSION_COOKIE)] = None) -> Response:
    """End the session of the cookie, if there is one, and remove the cookie."""
    if token:
        with unit_of_work() as ctx:
            service.sign_out(ctx, token)
    response = Response(status_code=204)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=_by_https(request))
    return response


def _by_https(request: Request) -> bool:
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return (forwarded or request.url.scheme) == "https"


def _to_wire(signed_in: SignedIn) -> SessionOut:
    person = signed_in.principal
    return SessionOut(
        namespace=person.identity.namespace,
        email=person.email,
        name=person.name,
        role=person.role,
        customer_id=person.customer_id,
        expires_at=signed_in.expires_at,
    )
