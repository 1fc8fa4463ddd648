"""The namespaces, the keys of programs, and the people with their sessions."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from backend.infra.columns import Instant
from backend.infra.rows import Deletable, Row


class Scope(StrEnum):
    """What an API key is for."""

    INGEST = "ingest"
    READ = "read"
    FULL = "full"

    def allows(self, need: "Scope") -> bool:
        """Full access allows everything; sending events and reading do not include each other."""
        return self is Scope.FULL or self is need


class Namespace(Row, table=True):
    """A world of its own: no row, key, clock or person of one namespace is seen from another.

    Its key is the `namespace` that every row carries. A sandbox has a clock that can be moved forward.
    """

    __tablename__ = "namespace"
    __table_args__ = (UniqueConstraint("namespace", name="uq_namespace_key"),)

    name: str = Field(max_length=256)
    sandbox: bool = False

    @property
    def key(self) -> str:
        return self.namespace


class ApiKey(Row, table=True):
    """A program's way in. Only a hash of the secret is kept, and its first characters to recognise it by."""

    __tablename__ = "api_key"

    name: str = Field(max_length=256)
    scope: str = Field(max_length=16)
    prefix: str = Field(max_length=32)
    secret_hash: str = Field(max_length=64, unique=True)
    root: bool = False
    last_used_at: datetime | None = Field(default=None, sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class User(Row, Deletable, table=True):
    """A person who signs in: a member of staff, or somebody who acts for one customer."""

    __tablename__ = "user_account"
    __table_args__ = (
        Index(
            "uq_user_account_email",
            "namespace",
            "email",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    email: str = Field(max_length=254)
    name: str = Field(max_length=256)
    password_hash: str = Field(max_length=256)
    role: str = Field(max_length=16)
    customer_id: str | None = Field(default=None, max_length=26, index=True)


class UserSession(Row, table=True):
    """A browser that somebody signed in with; only a hash of its token is kept.

    People live on the wall clock, so its instants are the wall's, also in a sandbox whose clock runs ahead.
    """

    __tablename__ = "user_session"
    audited: ClassVar[bool] = False

    user_id: str = Field(foreign_key="user_account.id", max_length=26, index=True)
    token_hash: str = Field(max_length=64, unique=True)
    last_seen_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class SignInAttempt(Row, table=True):
    """A sign-in that was tried and has not succeeded: the brake on guessing counts these."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_email", "namespace", "email", "created_at"),)
    audited: ClassVar[bool] = False

    email: str = Field(max_length=254)
