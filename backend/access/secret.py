"""Secrets that Meterline makes: random, shown once, kept only as a hash."""

import hashlib
import secrets
import string

ALPHABET = string.digits + string.ascii_letters
RANDOM_BITS = 256
DIGITS = 43  # 62 ** 43 > 2 ** 256


def random_text() -> str:
    """256 random bits as 43 digits of base 62, which survive any shell, URL and header."""
    number = secrets.randbits(RANDOM_BITS)
    digits = []
    for _ in range(DIGITS):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def fingerprint(secret: str) -> str:
    """SHA-256 in hex: enough for a secret that nobody can guess, and fast enough for every request."""
    return hashlib.sha256(secret.encode()).hexdigest()
