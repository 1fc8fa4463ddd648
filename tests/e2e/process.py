"""The REST API as a process of its own, so that it can be killed while it works."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.browser import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


class ApiProcess:
    """`backend.api.app` under uvicorn on a port that stays the same over restarts; it can be killed."""

    def __init__(self, database_url: str, **settings: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.deaths = 0
        chosen = {"DATABASE_URL": database_url, **settings}
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("METERLINE_")}
        self._environment |= {f"METERLINE_{name}": value for name, value in chosen.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it is ready to answer."""
        app = ["backend.api.app:create_observed_api", "--factory"]
        options = ["--port", str(self.port), "--log-level", "error", "--lifespan", "off"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *app, *options], cwd=ROOT, env=self._environment
        )
        until = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None, "the server did not start"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, as a service manager does, and wait until it has."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=30)

    def kill(self) -> None:
        """Like a power cut: nothing is told to the process. Killing what is dead already changes nothing."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.kill()
        assert self._process.wait(timeout=10) == -signal.SIGKILL
        self.deaths += 1

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/api/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False
