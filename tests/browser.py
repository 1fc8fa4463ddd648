"""A running Meterline and a real browser for the tests that look at pages."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backend.infra import db
from backend.infra.context import Context, unit_of_work
from backend.invoicing import service as invoicing
from backend.invoicing.service import Stage, StageFilter
from tests import chromium

OnServer = Callable[..., AbstractContextManager[Context]]
ROOT = Path(__file__).parents[1]
START_SECONDS = 300
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
EMAIL, PASSWORD = "ada@example.com", "correct horse battery"

# what a page shows in the end is right or wrong; how long a busy machine takes to show it is another matter
expect.set_options(timeout=20_000)


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_meterline(folder: Path, **chosen: str) -> Iterator[str]:
    """`python -m portal` with a database of its own, as `make run` starts it; its address once it is ready.

    `chosen` are settings without their prefix. The portal is built first if its sources changed. Meterline
    must leave with exit code 0 within ten seconds of SIGTERM.
    """
    settings = {
        "PORT": str(free_port()),
        "DATABASE_URL": f"sqlite:///{folder / 'meterline.db'}",
        "ADMIN_EMAIL": EMAIL,
        "ADMIN_PASSWORD": PASSWORD,
        "SEED": "none",
        **chosen,
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("METERLINE_")}
    environment |= {f"METERLINE_{name}": value for name, value in settings.items()}
    output = folder / "output.log"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal"], cwd=ROOT, env=environment, stdout=sink, stderr=subprocess.STDOUT
        )
        try:
            yield _ready(process, output)
        finally:
            process.terminate()
            code = process.wait(timeout=10)
    assert code == 0, output.read_text()[-4000:]


def _ready(process: "subprocess.Popen[bytes]", output: Path) -> str:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        told = re.search(r"ready at (http\S+)", output.read_text())
        if told:
            return told[1]
        time.sleep(0.1)
    pytest.fail(f"Meterline did not start:\n{output.read_text()[-4000:]}", pytrace=False)


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the Meterline of the browser tests keeps its database."""
    return tmp_path_factory.mktemp("meterline")


@pytest.fixture(scope="session")
def base_url(server_folder: Path) -> Iterator[str]:
    """The address of one Meterline for all browser tests; pages are named relative to it."""
    with running_meterline(server_folder) as address:
        yield address


@pytest.fixture(scope="session")
def on_server(base_url: str, server_folder: Path) -> Iterator[OnServer]:
    """`with on_server() as ctx:` is a unit of work beside the running Meterline, on its database, at `now`."""
    opened = db.connect(f"sqlite:///{server_folder / 'meterline.db'}")
    yield lambda **chosen: unit_of_work(on=opened, **chosen)
    opened.close()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The Chromium of this machine, without any traffic of its own."""
    try:
        path = chromium.find()
    except chromium.NoChromium as error:
        pytest.fail(str(error), pytrace=False)
    return {"executable_path": path, "args": list(QUIET)}


@pytest.fixture(scope="session")
def browser_context_args(base_url: str) -> dict[str, Any]:
    """A desk's screen, in English, at Greenwich."""
    return {"base_url": base_url, "viewport": {"width": 1360, "height": 900}, "locale": "en-US", "timezone_id": "UTC"}


@pytest.fixture
def staff_page(page: Page) -> Page:
    """A browser in which the owner is signed in to the namespace `default`."""
    answer = page.request.post("/api/session", data={"email": EMAIL, "password": PASSWORD})
    assert answer.ok, answer.text()
    return page


def invoice_in(on_server: OnServer, stage: Stage, customer_id: str, seconds: int = 60) -> str:
    """The first invoice of a customer that the scheduler has brought to a stage."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with on_server() as ctx:
            found, _ = invoicing.list_by_stage(ctx, StageFilter((stage,), (customer_id,)))
            if found:
                return found[0].id
        time.sleep(0.3)
    pytest.fail(f"The scheduler brought no invoice to the stage {stage}.")
