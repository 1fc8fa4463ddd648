"""How subjects travel in version 1."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import Field, WithJsonSchema

from backend.api.v1.wire.customers import SubjectKey
from backend.api.wire import Instant, Wire, WireInput, encode
from backend.customers.models import Subject

Anything = Annotated[Any, WithJsonSchema({"type": "object", "additionalProperties": True})]


class SubjectUpsert(WireInput):
    """A subject by its key; what is left out stays, null clears. Periods are accepted and not kept."""

    key: SubjectKey
    display_name: Annotated[str, Field(max_length=1024)] | None = None
    metadata: dict[str, Any] | None = None
    stripe_customer_id: Annotated[str, Field(pattern=r"^cus_", max_length=256)] | None = None
    current_period_start: Instant | None = None
    current_period_end: Instant | None = None

    def from_wire(self) -> tuple[str, dict[str, str | None]]:
        """The key and the fields that were given."""
        labels = None if self.metadata is None else encode(self.metadata).decode()
        fields = {"display_name": self.display_name, "labels": labels, "stripe_customer_id": self.stripe_customer_id}
        given = {"labels" if name == "metadata" else name for name in self.model_fields_set}
        return self.key, {name: value for name, value in fields.items() if name in given}


class SubjectOut(Wire):
    """What is known about a subject."""

    id: str
    key: str
    display_name: str | None = None
    metadata: Anything = None
    stripe_customer_id: str | None = None
    created_at: datetime
    updated_at: datetime


def to_wire(subject: Subject) -> SubjectOut:
    """A subject as it travels."""
    assert subject.created_at is not None
    assert subject.updated_at is not None
    return SubjectOut(
        id=subject.id,
        key=subject.key,
        display_name=subject.display_name,
        metadata=None if subject.labels is None else msgspec.Raw(subject.labels.encode()),
        stripe_customer_id=subject.stripe_customer_id,
        created_at=subject.created_at,
        updated_at=subject.updated_at,
    )
