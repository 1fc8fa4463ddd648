"""How Reflex builds and serves the portal; what an operator may set is in backend/infra/settings.py."""

import os
import sys
from pathlib import Path

import reflex as rx

from backend.infra.settings import settings
from portal.same_origin import SameOrigin
from portal.theme import THEME, Typeface

# bun, which builds the portal, lies beside this Python; nothing needs to be installed on the machine.
os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")

redis = settings().redis_url

config = rx.Config(
    app_name="portal",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    # No other site may call; portal/door.py checks the origin of every websocket.
    cors_allowed_origins=[],
    # A session's page state is short-lived and must not lie on disk.
    state_manager_mode="redis" if redis else "memory",
    redis_url=redis.get_secret_value() if redis else None,
    plugins=[rx.plugins.RadixThemesPlugin(theme=THEME), Typeface(), SameOrigin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
