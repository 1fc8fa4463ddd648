"""How namespaces, API keys, clocks and the audit log are written; Meterline's own additions to version 1."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from backend.access.models import ApiKey, Namespace, Scope
from backend.access.service import NamespaceInput, NewNamespace, SandboxClock
from backend.api.wire import Instant, PageQuery, Wire, WireInput
from backend.engine.recurrence import Duration
from backend.infra.audit import AuditEntry

Name = Annotated[str, Field(min_length=1, max_length=256)]


class ApiKeyCreate(WireInput):
    """An API key to be made."""

    name: Name
    scope: Scope = Scope.FULL


class ApiKeyOut(Wire):
    """An API key; `prefix` is the beginning of its secret."""

    id: str
    name: str
    scope: Scope
    prefix: str
    created_at: Instant
    last_used_at: Instant | None = None


class NewApiKeyOut(ApiKeyOut):
    """An API key just made: the only answer that carries the secret."""

    secret: str


class NamespaceCreate(WireInput):
    """A namespace to be made. A sandbox has a clock of its own that can be moved forward."""

    key: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$")]
    name: Name
    sandbox: bool = False

    def from_wire(self) -> NamespaceInput:
        return NamespaceInput(self.key, self.name, self.sandbox)


class NamespaceOut(Wire):
    """A namespace."""

    key: str
    name: str
    sandbox: bool
    created_at: Instant


class NewNamespaceOut(NamespaceOut):
    """A namespace just made, with the secret of a key that has full access to it; shown only here."""

    api_key: str


class ClockOut(Wire):
    """What time it is in the namespace; a sandbox may run ahead of the wall by some whole seconds."""

    now: Instant
    sandbox: bool
    ahead_seconds: int | None = None


class ClockAdvance(WireInput):
    """Where to move a sandbox's clock: to an instant, or by an ISO 8601 duration such as P1M."""

    to: Instant | None = None
    by: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.to is None) == (self.by is None):
            raise ValueError("give either 'to', an instant, or 'by', a duration")
        return self

    def target(self, now: datetime) -> datetime:
        """The instant that is meant, seen from now; a malformed duration raises Invalid."""
        return self.to if self.to is not None else Duration.parse(self.by or "").after(now)


class AuditQuery(PageQuery):
    """Which changes are asked for: of one kind of row, of one row, or all."""

    entity: str | None = None
    entity_id: str | None = None


class AuditEntryOut(Wire):
    """Who changed what; `changes` has field → [before, after], or the fields of a new row."""

    id: str
    at: Instant
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    entity: str
    entity_id: str
    changes: dict[str, Any]


def key_to_wire(key: ApiKey) -> ApiKeyOut:
    """An API key without its secret."""
    return ApiKeyOut(**_key_fields(key))


def new_key_to_wire(key: ApiKey, secret: str) -> NewApiKeyOut:
    """An API key with its secret, once."""
    return NewApiKeyOut(**_key_fields(key), secret=secret)


def namespace_to_wire(namespace: Namespace) -> NamespaceOut:
    """A namespace."""
    return NamespaceOut(**_namespace_fields(namespace))


def new_namespace_to_wire(made: NewNamespace) -> NewNamespaceOut:
    """A namespace with the secret of its first key, once."""
    return NewNamespaceOut(**_namespace_fields(made.namespace), api_key=made.secret)


def clock_to_wire(clock: SandboxClock) -> ClockOut:
    """A clock; only a sandbox can be ahead."""
    ahead = clock.ahead // timedelta(seconds=1)
    return ClockOut(now=clock.now, sandbox=clock.sandbox, ahead_seconds=ahead if clock.sandbox else None)


def audit_to_wire(entry: AuditEntry) -> AuditEntryOut:
    """One entry of the audit log."""
    return AuditEntryOut(**entry.model_dump(exclude={"namespace"}))


def _key_fields(key: ApiKey) -> dict[str, Any]:
    return key.model_dump(include=set(ApiKeyOut.model_fields))


def _namespace_fields(namespace: Namespace) -> dict[str, Any]:
    return {
        "key": namespace.key,
        "name": namespace.name,
        "sandbox": namespace.sandbox,
        "created_at": namespace.created_at,
    }
