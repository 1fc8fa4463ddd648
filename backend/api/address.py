"""A slash within a key: sent as `%2F` it belongs to the key, a bare one parts the address."""

import re
from urllib.parse import unquote

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

SLASH = "\ufdd0"
"""Stands for the slash of a key while routes are looked for: Unicode keeps it for such use, it is nobody's letter."""

_SENT = re.compile(rb"%2f", re.IGNORECASE)


class SlashesInKeys:
    """Wraps an app: gives it addresses in which the slashes of keys part nothing; `slashes_back` takes it back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _SENT.search(scope["raw_path"]):
            scope["path"] = SLASH.join(unquote(part.decode("latin-1")) for part in _SENT.split(scope["raw_path"]))
        await self.app(scope, receive, send)


def slashes_back(request: Request) -> None:
    """Let the parameters of the request's address hold the slashes that their keys have."""
    if SLASH in request.scope["path"]:
        given = request.scope["path_params"]
        request.scope["path_params"] = {name: value.replace(SLASH, "/") for name, value in given.items()}
