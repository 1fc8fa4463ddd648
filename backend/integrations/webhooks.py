"""Posts webhooks to addresses of customers."""

import time
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache

import httpx

from backend.notifications.service import Answer

TIMEOUT = httpx.Timeout(15, connect=5)
MOST_READ = 4_096


def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Post a body; redirects are not followed, and only the beginning of the answer is read."""
    started = time.monotonic()
    status: int | None = None
    try:
        with _client().stream("POST", url, headers=dict(headers), content=body) as response:
            status = response.status_code
            text = next(response.iter_bytes(MOST_READ), b"").decode(errors="replace")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        status, text = None, f"{type(error).__name__}: {error}"
    return Answer(status, text, timedelta(seconds=time.monotonic() - started))


@lru_cache
def _client() -> httpx.Client:
    """The proxy settings of the machine hold."""
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers={"User-Agent": "Meterline"})
