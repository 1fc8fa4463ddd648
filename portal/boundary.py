"""The portal's way into the services: checks who asks, opens one unit of work in a thread, words the errors.

Twin of `backend/api/deps.py` and `problems.py`. Any browser can send any event with any arguments, so the
person is looked up from the session cookie at every call; nothing a page holds is believed.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import reflex as rx
from sqlmodel import Session

from backend.access import service as access
from backend.access.roles import Permission, Principal, require
from backend.errors import DomainError, Forbidden, Unauthenticated
from backend.infra.actor import Identity
from backend.infra.context import Context, unit_of_work
from backend.infra.log import logger

UNEXPECTED = "Something went wrong on our side. Try again; if it stays, tell whoever runs Meterline."

T = TypeVar("T")
Handler = Callable[..., Awaitable[Any]]
log = logger(__name__)


async def read(state: rx.State, use_case: Callable[[Context], T], *, need: Permission = Permission.VIEW) -> T:
    """Run what only looks, for a member of staff; Unauthenticated or Forbidden for anybody else."""
    return await _work(state, lambda ctx, _person: use_case(ctx), need=need, writing=False)


async def change(state: rx.State, use_case: Callable[[Context], T], *, need: Permission) -> T:
    """Run what changes something, for a member of staff whose role has the permission; all or nothing."""
    return await _work(state, lambda ctx, _person: use_case(ctx), need=need, writing=True)


async def rehearse(state: rx.State, use_case: Callable[[Context], T], *, need: Permission) -> T:
    """Run what changes something as `change` would, look at what comes of it, and leave no trace of it."""
    return await _work(state, lambda ctx, _person: use_case(ctx), need=need, writing=True, rehearsal=True)


async def read_mine(state: rx.State, use_case: Callable[[Context, str], T]) -> T:
    """Run what only looks, for a customer; the use case is given the id of their own account."""
    return await _work(state, _for_customer(use_case), need=None, writing=False)


async def change_mine(state: rx.State, use_case: Callable[[Context, str], T]) -> T:
    """Run what changes something of the customer's own; all or nothing."""
    return await _work(state, _for_customer(use_case), need=None, writing=True)


async def perform(state: rx.State, work: Callable[[Identity], T], *, need: Permission) -> T:
    """Run what takes its own units of work, such as a step in which an app is asked; permission is checked before."""

    def permitted(_ctx: Context, person: Principal) -> Identity:
        require(person, need)
        return person.identity

    return await asyncio.to_thread(work, await with_person(state, permitted))


async def with_person(state: rx.State, use_case: Callable[[Context, Principal], T]) -> T:
    """Run what only looks, for anybody who is signed in; the use case is given the person."""
    return await _work(state, use_case, need=None, writing=False)


def command(handler: Handler) -> Handler:
    """Let an event handler raise DomainError: the person reads it as a toast, and nothing else happens."""

    @functools.wraps(handler)
    async def safely(self: rx.State, *args: Any, **kwargs: Any) -> Any:
        try:
            return await handler(self, *args, **kwargs)
        except DomainError as error:
            return refused(self, error)

    return safely


def refused(state: rx.State, error: DomainError) -> rx.event.EventSpec:
    """What the person sees of a refusal: the sign-in page when nobody is signed in, else the reason."""
    if isinstance(error, Unauthenticated):
        place = urlsplit(str(state.router.url))
        address = (place.path.rstrip("/") or "/") + (f"?{place.query}" if place.query else "")
        return rx.redirect("/login?next=" + quote(address))
    return rx.toast.error(wording(error), duration=8000, close_button=True)


def wording(error: DomainError) -> str:
    """The error as one text: its sentence, then each thing that is wrong."""
    found = [issue.message for issue in error.issues if issue.message not in str(error)]
    return " ".join([str(error), *found[:3]])


def field_problems(error: DomainError) -> dict[str, str]:
    """Field → what is wrong with it, to be shown where it was typed; empty when the error names no field."""
    found: dict[str, str] = {}
    for issue in error.issues:
        found.setdefault(issue.field, issue.message or str(error))
    return found


def unexpected(exception: Exception) -> rx.event.EventSpec:
    """A fault of ours inside an event handler: logged with its cause, worded without it."""
    log.error("portal.handler_failed", exc_info=exception)
    return rx.toast.error(UNEXPECTED, duration=8000, close_button=True)


async def _work(
    state: rx.State,
    use_case: Callable[[Context, Principal], T],
    *,
    need: Permission | None,
    writing: bool,
    rehearsal: bool = False,
) -> T:
    token = session_token(state)

    def work() -> T:
        found: list[Principal] = []

        def identify(session: Session) -> Identity:
            person = access.session_principal(session, token)
            if need is not None:
                require(person, need)
            found.append(person)
            return person.identity

        with unit_of_work(identify=identify, writing=writing, rehearsal=rehearsal) as ctx:
            return use_case(ctx, found[0])

    return await asyncio.to_thread(work)


def _for_customer(use_case: Callable[[Context, str], T]) -> Callable[[Context, Principal], T]:
    def own(ctx: Context, person: Principal) -> T:
        if person.customer_id is None:
            raise Forbidden("This page belongs to customers; you are signed in as a member of staff.")
        return use_case(ctx, person.customer_id)

    return own


def session_token(state: rx.State) -> str:
    """The session cookie of the browser's connection; empty when it sent none."""
    try:
        cookies = SimpleCookie(state.router.headers.cookie)
    except CookieError:
        return ""
    return cookies[access.SESSION_COOKIE].value if access.SESSION_COOKIE in cookies else ""
