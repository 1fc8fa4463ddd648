"""What a newcomer meets: the first start, the second one, one that was cut short, and settings that are wrong."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from portal.__main__ import MISUSED
from tests.browser import START_SECONDS, free_port

ROOT = Path(__file__).parents[2]


@dataclass
class Started:
    """`python -m portal` in a process of its own, and everything it says."""

    folder: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        chosen = {"PORT": str(self.port), "DATABASE_URL": f"sqlite:///{self.folder / 'meterline.db'}", **self.settings}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("METERLINE_")}
        environment |= {f"METERLINE_{name}": value for name, value in chosen.items()}
        self.output = self.folder / f"output-{self.port}.log"
        with self.output.open("wb") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal"], cwd=ROOT, env=environment, stdout=sink, stderr=subprocess.STDOUT
            )

    def said(self, pattern: str) -> re.Match[str]:
        """Wait until it has said something."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            ended = self.process.poll() is not None
            found = re.search(pattern, self.output.read_text())
            if found:
                return found
            if ended:
                break
            time.sleep(0.05)
        pytest.fail(f"Nothing like {pattern!r} in:\n{self.output.read_text()[-4000:]}", pytrace=False)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.exit_code()

    def exit_code(self) -> int:
        """Wait until it has ended."""
        return self.process.wait(timeout=60)


Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts Meterline in one folder, with settings; nothing of it outlives the test."""
    running: list[Started] = []

    def start(**settings: str) -> Started:
        running.append(Started(tmp_path, settings))
        return running[-1]

    yield start
    for started in running:
        started.process.kill()
        started.process.wait()


def sign_in(address: str, email: str, password: str) -> str:
    answer = httpx.post(f"{address}/api/session", json={"email": email, "password": password}, timeout=30)
    return str(answer.raise_for_status().json()["role"])


def test_a_first_start_tells_the_demo_and_how_to_come_in_and_a_second_start_is_quiet(start: Start) -> None:
    first = start()
    address = first.said(r"ready at (http\S+)")[1]
    staff = first.said(r"Staff +(\S+) +(\S+)").groups()
    customer = first.said(r"Customer +(\S+) +(\S+)").groups()
    key = first.said(r"API key +(\S+)")[1]
    assert sign_in(address, *staff) == "owner"
    assert sign_in(address, *customer) == "customer"
    answer = httpx.get(f"{address}/api/v1/customers", headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["totalCount"] == 12
    assert first.stop() == 0
    kept = b"".join(path.read_bytes() for path in first.folder.glob("meterline.db*"))
    assert not any(secret.encode() in kept for secret in (staff[1], customer[1], key))

    second = start()
    address = second.said(r"ready at (http\S+)")[1]
    assert sign_in(address, *staff) == "owner"
    assert second.stop() == 0
    assert not re.search("Staff|Customer|API key|Database:|Portal:", second.output.read_text())


def test_a_first_start_that_was_killed_half_way_is_noticed(start: Start) -> None:
    killed = start()
    killed.said(r"\n  \w+ \d{4}\n  \w+ \d{4}\n")
    assert killed.stop(signal.SIGKILL) == -signal.SIGKILL
    again = start()
    assert again.exit_code() == MISUSED
    again.said("Meterline cannot start. METERLINE_DATABASE_URL: the demo company .* was interrupted")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("DATABASE_URL", "mysql://localhost/billing"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing"),
        ("API_KEY", "too short"),
        ("SEED", "everything"),
        ("PUBLIC_URL", "billing.example.com"),
        ("ADMIN_EMAIL", "nobody"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(start: Start, name: str, value: str) -> None:
    stopped = start(**{name: value})
    assert stopped.exit_code() == MISUSED
    stopped.said(rf"\AMeterline cannot start\. METERLINE_{name}\b.*\n\Z")
