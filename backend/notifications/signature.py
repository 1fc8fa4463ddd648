"""How a receiver knows that a webhook is ours and unaltered: the scheme of Svix, which Standard Webhooks took over."""

import base64
import binascii
import hashlib
import hmac
import os
import re
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32
_SECRET = re.compile(r"(whsec_)?[a-zA-Z0-9+/=]{32,100}", re.ASCII)


def new_secret() -> str:
    """A fresh secret, as Svix writes it."""
    return PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Whether a text can sign: base64 of 32 to 100 characters, with or without the prefix (metering spec 12)."""
    if not _SECRET.fullmatch(text):
        return False
    try:
        base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return False
    return True


def headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that sign a body, under the names of Svix and of Standard Webhooks.

    HMAC-SHA256 over `id.seconds.body`, keyed by the decoded secret. Source: metering spec 12.
    """
    seconds = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signature = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    named = {"id": message_id, "timestamp": seconds, "signature": signature}
    return {f"{scheme}-{name}": value for scheme in ("svix", "webhook") for name, value in named.items()}
