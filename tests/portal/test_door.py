"""One door for two apps: who answers, what every answer carries, whose websockets are let in."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message
from starlette.websockets import WebSocket

from portal.door import Door
from tests.loops import in_a_loop_of_its_own


async def pages(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await socket.close()
        return
    await PlainTextResponse(f"portal {scope['path']}")(scope, receive, send)


api = PlainTextResponse("api")


def get(door: Door, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=door)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    return in_a_loop_of_its_own(ask())


@pytest.fixture
def door(tmp_path: Path) -> Door:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "index.html").touch()
    return Door(pages, api, pages=tmp_path, public_url="https://billing.example.com")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/api", "api"),
        ("/api/v1/meters", "api"),
        ("/apiary", "portal /apiary"),
        ("/", "portal /"),
        ("/plans", "portal /plans/"),
        ("/plans/", "portal /plans/"),
        ("/plans/gold", "portal /plans/gold"),
    ],
)
def test_the_path_decides_who_answers(door: Door, path: str, text: str) -> None:
    assert get(door, path).text == text


def test_every_answer_refuses_frames_and_guessing(door: Door) -> None:
    for path in ("/", "/api/v1/meters"):
        headers = get(door, path).headers
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_only_named_assets_are_kept_by_the_browser(door: Door) -> None:
    assert "immutable" in get(door, "/assets/app-1f3a.js").headers["cache-control"]
    assert get(door, "/plans").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        (None, True),
        ("http://localhost:8123", True),
        ("https://billing.example.com", True),
        ("https://proxy.example.com", True),
        ("http://localhost:9999", False),
        ("https://evil.example.com", False),
        ("null", False),
    ],
)
def test_a_websocket_is_only_for_our_own_pages(door: Door, origin: str | None, *, accepted: bool) -> None:
    headers = [(b"host", b"localhost:8123"), (b"x-forwarded-host", b"proxy.example.com")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/_event", "headers": headers, "query_string": b"", "subprotocols": []}
    in_a_loop_of_its_own(door(scope, receive, send))
    assert (sent[0]["type"] == "websocket.accept") is accepted
