"""One door for two apps: /api/ goes to the REST API, everything else to the portal, all with safe headers."""

from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
# Reflex starts its pages with an inline script, styles elements inline and evaluates the toasts it is sent.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
FOREVER = "public, max-age=31536000, immutable"


class Door:
    """The outermost app: decides who answers, refuses other sites, completes the headers."""

    def __init__(self, portal: ASGIApp, api: ASGIApp, *, pages: Path, public_url: str | None = None) -> None:
        self.portal = portal
        self.api = api
        self.pages = pages
        self.public_host = urlsplit(public_url).netloc if public_url else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not self._from_here(scope):
            await send({"type": "websocket.close", "code": 1008, "reason": "another site"})
            return
        if scope["type"] != "http":
            await self.portal(scope, receive, send)
            return
        path = scope["path"]
        is_api = path == "/api" or path.startswith("/api/")

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), path, is_api=is_api)
            await send(message)

        if is_api:
            await self.api(scope, receive, send_safely)
        else:
            await self.portal(self._page_scope(scope), receive, send_safely)

    def _page_scope(self, scope: Scope) -> Scope:
        """A page lies in a folder of its own; serve it at its address without a detour over `/page/`."""
        path = scope["path"]
        if path.endswith("/") or not (self.pages / path.lstrip("/") / "index.html").is_file():
            return scope
        return {**scope, "path": f"{path}/", "raw_path": f"{path}/".encode()}

    def _from_here(self, scope: Scope) -> bool:
        """Whether the page that opens this websocket is our own: browsers send cookies along with it."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        hosts = {headers.get("host"), headers.get("x-forwarded-host"), self.public_host}
        return origin is None or urlsplit(origin).netloc in hosts


def _complete(headers: MutableHeaders, path: str, *, is_api: bool) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if is_api:
        return
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["Cache-Control"] = FOREVER if path.startswith("/assets/") else "no-cache"
