"""Worlds of their own, and the clocks of those that are sandboxes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.access import repository
from backend.access.models import ApiKey, Namespace, Scope
from backend.access.service.api_keys import make_key
from backend.errors import Conflict, Forbidden, Invalid, Issue
from backend.infra import audit
from backend.infra.clock import MICROSECOND, NamespaceClock, now_in, set_ahead
from backend.infra.context import DEFAULT_NAMESPACE, Context

KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
LONGEST_KEY = 64
FARTHEST = timedelta(days=5 * 366)


@dataclass(frozen=True, slots=True)
class NamespaceInput:
    """A namespace to be made."""

    key: str
    name: str
    sandbox: bool = False


@dataclass(frozen=True, slots=True)
class NewNamespace:
    """A namespace just made, with its first key; the secret is never shown again."""

    namespace: Namespace
    api_key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class SandboxClock:
    """What time it is in a namespace, and how far that is ahead of the wall."""

    now: datetime
    sandbox: bool
    ahead: timedelta


def create_namespace(ctx: Context, wanted: NamespaceInput) -> NewNamespace:
    """Make a namespace and a key with full access to it.

    A key belongs to exactly one namespace, so somebody must stand above them all: those who have full
    access to the namespace `default`. Raises Forbidden for anybody else, Conflict if the key is taken.
    """
    if ctx.namespace != DEFAULT_NAMESPACE:
        raise Forbidden(
            f"Only a key of the namespace {DEFAULT_NAMESPACE!r} can make others. "
            f"A key belongs to one namespace, and this one to {ctx.namespace!r}."
        )
    _check(wanted)
    existing = repository.namespace(ctx, wanted.key)
    if existing is not None or wanted.key == DEFAULT_NAMESPACE:
        raise Conflict(f"There already is a namespace {wanted.key!r}.", conflictingEntityId=wanted.key)
    made = Namespace(namespace=wanted.key, name=wanted.name.strip(), sandbox=wanted.sandbox)
    ctx.session.add(made)
    api_key, secret = make_key(ctx, made.key, f"First key of {made.name}", Scope.FULL)
    return NewNamespace(made, api_key, secret)


def ensure_namespace(ctx: Context, name: str, *, sandbox: bool = False) -> Namespace:
    """Give the namespace of this unit of work its name if it has none yet; safe to repeat at every start."""
    found = repository.namespace(ctx, ctx.namespace)
    if found is None:
        found = Namespace(namespace=ctx.namespace, name=name, sandbox=sandbox)
        ctx.session.add(found)
    return found


def list_namespaces(ctx: Context, offset: int = 0, limit: int = 100) -> tuple[Sequence[Namespace], int]:
    """What this namespace may see, by key, and how many there are: `default` sees all, any other only itself."""
    return repository.namespaces_seen(ctx, None if ctx.namespace == DEFAULT_NAMESPACE else ctx.namespace, offset, limit)


def namespace_keys(ctx: Context) -> tuple[str, ...]:
    """The key of every namespace that jobs have to serve."""
    return tuple(sorted({DEFAULT_NAMESPACE, *repository.namespace_keys(ctx)}))


def sandbox_clock(ctx: Context) -> SandboxClock:
    """What time it is here, and whether the clock can be moved."""
    found = repository.namespace(ctx, ctx.namespace)
    return SandboxClock(ctx.now, found is not None and found.sandbox, ahead(ctx))


def request_travel(ctx: Context, to: datetime) -> datetime:
    """Check that this sandbox's clock may be moved to an instant, and note in the audit log who wants it.

    Raises Conflict outside a sandbox, and Invalid unless the instant lies ahead by five years or less.
    """
    clock = _locked_clock(ctx)
    problem = None
    if to <= clock.now:
        problem = f"The clock already shows {clock.now:%Y-%m-%d %H:%M:%S} UTC, and moves only forward."
    elif to - clock.now > FARTHEST:
        problem = "The clock moves at most five years at a time."
    if problem:
        raise Invalid(problem, issues=[Issue("to", "clock_target", problem)])
    audit.record(ctx, "advance", "namespace_clock", ctx.namespace, now=[clock.now, to])
    return to


def move_clock(ctx: Context, to: datetime) -> None:
    """Let this sandbox's clock show an instant, and run on from there, from the next unit of work.

    It never goes back: when the instant has passed by now, because time ran on or somebody else moved the
    clock further, nothing changes. Raises Conflict outside a sandbox.
    """
    clock = _locked_clock(ctx)
    if to > clock.now:
        set_ahead(ctx.session, ctx.namespace, clock.ahead + (to - clock.now))


def ahead(ctx: Context) -> timedelta:
    """How far the clock of this namespace runs ahead of the wall."""
    clock = ctx.session.get(NamespaceClock, ctx.namespace)
    return clock.ahead_us * MICROSECOND if clock else timedelta(0)


def wall_instant(ctx: Context) -> datetime:
    """The instant of this unit of work on the wall clock, which people and their sessions live by."""
    return ctx.now - ahead(ctx)


def _locked_clock(ctx: Context) -> SandboxClock:
    """The clock once nobody else is moving it: read anew, for it may have moved since this unit of work began."""
    found = repository.namespace(ctx, ctx.namespace, lock=True)
    if found is None or not found.sandbox:
        raise Conflict(f"The namespace {ctx.namespace!r} is not a sandbox: its clock is the wall clock.")
    ctx.session.get(NamespaceClock, ctx.namespace, populate_existing=True)
    return SandboxClock(now_in(ctx.session, ctx.namespace), found.sandbox, ahead(ctx))


def _check(wanted: NamespaceInput) -> None:
    issues = []
    if not KEY.fullmatch(wanted.key) or len(wanted.key) > LONGEST_KEY:
        issues.append(Issue("key", "key", "A key has 1 to 64 lower-case letters and digits, joined by - or _."))
    if not wanted.name.strip():
        issues.append(Issue("name", "required", "A namespace needs a name."))
    if issues:
        raise Invalid(" ".join(issue.message for issue in issues), issues=issues)
