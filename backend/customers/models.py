"""A customer, and the subjects in usage events that stand for it."""

from typing import Any

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from backend.infra.columns import Document
from backend.infra.rows import Deletable, Row

LIVING = text("deleted_at IS NULL")


class Customer(Row, Deletable, table=True):
    """Who uses the product and pays for it; `key` is the name the seller's own systems know it by."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("uq_customer_key", "namespace", "key", unique=True, sqlite_where=LIVING, postgresql_where=LIVING),
    )

    key: str | None = Field(default=None, max_length=256)
    name: str = Field(max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    labels: dict[str, str] | None = Field(default=None, sa_type=Document)
    currency: str | None = Field(default=None, max_length=3)
    primary_email: str | None = Field(default=None, max_length=320)
    billing_address: dict[str, Any] | None = Field(default=None, sa_type=Document)


class CustomerSubject(Row, Deletable, table=True):
    """A subject of usage events that counts as one customer's; `position` keeps the order they were given in."""

    __tablename__ = "customer_subject"
    __table_args__ = (
        Index(
            "uq_customer_subject", "namespace", "subject_key", unique=True, sqlite_where=LIVING, postgresql_where=LIVING
        ),
    )
    customer_id: str = Field(foreign_key="customer.id", index=True, max_length=26)
    subject_key: str = Field(max_length=1024)
    position: int = 0


class Subject(Row, Deletable, table=True):
    """What is known about a subject of usage events beside its key; events need none. `labels` is a JSON object."""

    __tablename__ = "subject"
    __table_args__ = (
        Index("uq_subject_key", "namespace", "key", unique=True, sqlite_where=LIVING, postgresql_where=LIVING),
    )

    key: str = Field(max_length=1024)
    display_name: str | None = Field(default=None, max_length=1024)
    labels: str | None = Field(default=None, sa_type=Text)
    stripe_customer_id: str | None = Field(default=None, max_length=256)
