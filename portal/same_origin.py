"""Lets one build of the portal work on any host, any port and behind any https proxy.

Reflex writes the address of its websocket into the build: the host is replaced by the page's own, the
port is not, and behind https the port is dropped. Here the page's own origin decides all three.
"""

from typing import Any

from reflex.plugins import Plugin

STATE_JS = "utils/state.js"
ANCHOR = "const endpoint = new URL(url_str);"
FROM_PAGE = """
  if (typeof window !== "undefined") {
    const page = new URL(window.location.href);
    const secure = page.protocol === "https:";
    const socket = endpoint.protocol.startsWith("ws");
    endpoint.protocol = socket ? (secure ? "wss:" : "ws:") : page.protocol;
    endpoint.hostname = page.hostname;
    endpoint.port = page.port;
    return endpoint;
  }"""


def take_address_from_page(state_js: str) -> str:
    """The script with every backend address made from the page's origin; LookupError if Reflex changed."""
    if FROM_PAGE in state_js:
        return state_js
    if state_js.count(ANCHOR) != 1:
        raise LookupError(f"{STATE_JS} has no single '{ANCHOR}': this release of Reflex is not the pinned one")
    return state_js.replace(ANCHOR, ANCHOR + FROM_PAGE)


class SameOrigin(Plugin):
    """The build step that takes the baked address out."""

    def pre_compile(self, **context: Any) -> None:
        context["add_modify_task"](STATE_JS, take_address_from_page)
