"""Finds a Chromium for the browser tests, or installs one: `python -m tests.chromium`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SETTING = "METERLINE_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
NONE = f"""The browser tests need a Chromium and found none that starts. Any of these helps:
  - install Chromium or Google Chrome so that it is on PATH (Debian: apt-get install chromium);
  - {sys.executable} -m playwright install --with-deps chromium
  - {SETTING}=/path/to/chromium"""


class NoChromium(Exception):
    """There is no browser to test with; the message says how to get one."""


def say(line: str) -> None:
    """Tell whoever waits what takes so long."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def find() -> str:
    """The path of a Chromium that starts: the one of the setting, one on PATH, Playwright's; else NoChromium."""
    named = os.environ.get(SETTING)
    if named:
        if not _starts(named):
            raise NoChromium(f"{SETTING}={named} does not start.")
        return named
    for path in _candidates():
        if _starts(path):
            return path
    raise NoChromium(NONE)


def find_or_install() -> str:
    """Like `find`, after trying Playwright's own build and, as root on Debian, the package."""
    for attempt in (None, _install_playwrights, _install_debians):
        if attempt is not None:
            attempt()
        try:
            return find()
        except NoChromium:
            if os.environ.get(SETTING):
                raise
    raise NoChromium(NONE)


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    yield from MAC_APPS
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow, and seldom needed

    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def _starts(path: str) -> bool:
    return Path(path).exists() and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def _install_playwrights() -> None:
    say("Installing Playwright's Chromium …")
    as_root = ["--with-deps"] if sys.platform == "linux" and os.geteuid() == 0 else []
    _try([sys.executable, "-m", "playwright", "install", *as_root, "chromium"])


def _install_debians() -> None:
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    say("Installing Debian's Chromium …")
    _try(["apt-get", "update", "-qq"])
    _try(["apt-get", "install", "-qq", "--no-install-recommends", "chromium"])


def _try(command: list[str]) -> None:
    """Run an installer; whether it worked shows in whether a Chromium can then be found."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(command, env=environment, capture_output=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        say(f"{command[0]} did not answer within ten minutes.")


if __name__ == "__main__":
    try:
        find_or_install()
    except NoChromium as error:
        sys.exit(str(error))
