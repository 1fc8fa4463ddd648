"""Passwords: kept as Argon2id hashes, and checked in the same time whether or not the person exists."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.errors import Invalid, Issue

SHORTEST, LONGEST = 8, 1024

_hasher = PasswordHasher()

NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$/VH1y6A5upOyIS4sOfHa7A$pNloiOWba0YxoyD/d84kqfwNT1QxLNRXaxF3oHCEZlg"
"""The hash that is checked for somebody who does not exist; no password is known for it."""


def hash_password(password: str) -> str:
    """The hash to keep; raises Invalid for fewer than 8 or more than 1024 characters."""
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"A password has {SHORTEST} to {LONGEST} characters."
        raise Invalid(message, issues=[Issue("password", "password_length", message)])
    return _hasher.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether this is the password; without a hash it takes the same time and is false."""
    try:
        return _hasher.verify(password_hash or NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
