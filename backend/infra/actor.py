"""Who acts: Meterline's own jobs, a program with an API key, a member of staff or a customer."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The kinds of actors the audit log tells apart."""

    SYSTEM = "system"
    API_KEY = "api_key"
    STAFF = "staff"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it; the audit log keeps kind, id and name."""

    kind: ActorKind
    id: str
    name: str


SYSTEM = Actor(ActorKind.SYSTEM, "system", "Meterline")


@dataclass(frozen=True, slots=True)
class Identity:
    """On whose behalf a unit of work runs, and in which namespace."""

    namespace: str
    actor: Actor
