"""The real REST API as a process of its own, with its logs in a file as a service manager would keep them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from backend.api.app import create_api
from backend.api.deps import Ingesting
from backend.api.observe import Observed
from backend.infra.log import configure_logging
from tests.browser import free_port

ROOT = Path(__file__).parents[1]
START_SECONDS = 60
NO_OP = "/bench/no-op"


def app() -> ASGIApp:
    """What uvicorn serves: the API, and beside it an endpoint that checks the key and does nothing."""
    configure_logging()
    api = create_api()
    api.add_api_route(NO_OP, _do_nothing, methods=["POST"], status_code=204)
    return Observed(api)


def _do_nothing(_: Ingesting) -> None:
    return None


@contextmanager
def serving(database_url: str, log: Path) -> Iterator[str]:
    """The address of a server on this database while the block runs; one worker, stopped cleanly."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("METERLINE_")}
    options = ["--port", str(port), "--no-access-log", "--lifespan", "off"]
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "bench.server:app", "--factory", *options],
            cwd=ROOT,
            env=environment | {"METERLINE_DATABASE_URL": database_url},
            stdout=lines,
            stderr=lines,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait_until_ready(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(f"{address}/api/ready", timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"The server did not start:\n{log.read_text()}")
        time.sleep(0.05)
