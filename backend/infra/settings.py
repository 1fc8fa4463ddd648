"""What an operator may set, read once from environment variables that start with METERLINE_."""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, EmailStr, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "METERLINE_"


class Seed(StrEnum):
    """What an empty database is filled with at the first start."""

    DEMO = "demo"
    NONE = "none"


class SettingsError(Exception):
    """A setting is wrong; the message is one line that names it."""


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must be an http:// or https:// address")
    return value.rstrip("/")


def _database_url(value: str) -> str:
    scheme = urlsplit(value).scheme
    if scheme == "sqlite":
        return value
    if scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return "postgresql+psycopg" + value[len(scheme) :]
    raise ValueError("must start with sqlite:/// or postgresql://")


def _api_key(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if len(secret) < 16 or not secret.isascii() or any(c.isspace() for c in secret):
        raise ValueError("must have at least 16 characters, plain ASCII, without spaces")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Settings(BaseSettings):
    """Every setting, with its default; see README.md for what each one does."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    public_url: HttpUrl | None = None
    database_url: Annotated[str, AfterValidator(_database_url)] = "sqlite:///data/meterline.db"
    api_key: Annotated[SecretStr, AfterValidator(_api_key)] | None = None
    admin_email: EmailStr | None = None
    admin_password: SecretStr | None = Field(None, min_length=8)
    seed: Seed = Seed.DEMO
    stripe_api_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_api_base: HttpUrl | None = None
    smtp_url: SecretStr | None = None
    redis_url: SecretStr | None = None

    @property
    def address(self) -> str:
        """The address people and webhooks use to reach this server."""
        host = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1") else self.host  # noqa: S104 - compares, binds nothing
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def data_folder(self) -> Path | None:
        """The folder of the SQLite file, if the database is one."""
        if not self.database_url.startswith("sqlite:///") or ":memory:" in self.database_url:
            return None
        return Path(self.database_url.removeprefix("sqlite:///")).parent


@lru_cache
def settings() -> Settings:
    """The settings of this process; raises SettingsError with one line that names the wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
