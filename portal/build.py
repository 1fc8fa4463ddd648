"""Builds what the browser loads, once, and again only after the portal's sources changed."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ("portal", "assets", "rxconfig.py", "requirements.txt", "reflex.lock/bun.lock")
LOCK = ROOT / ".web.lock"
STAMP = ROOT / ".web" / "portal.stamp"
PAGES = ROOT / ".web" / "build" / "client"


class BuildFailed(Exception):
    """The portal could not be built; the message says why, in the builder's own words."""


def is_built() -> bool:
    """Whether the build that lies there was made from the present sources."""
    return (PAGES / "index.html").exists() and STAMP.exists() and STAMP.read_text() == fingerprint()


def build() -> None:
    """Make the portal's pages and scripts with Reflex; raises BuildFailed. Takes about half a minute.

    Two starts from one checkout at once build one after the other, and the second finds the work done.
    """
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_built():
            _export()


def _export() -> None:
    STAMP.unlink(missing_ok=True)
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    environment = os.environ | {"REFLEX_ENV_MODE": "prod", "REFLEX_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(  # noqa: S603 - our own command, no input from outside
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode or not (PAGES / "index.html").exists():
        raise BuildFailed(done.stdout.strip())
    STAMP.write_text(fingerprint())


def fingerprint() -> str:
    """One number for all sources of the portal: it changes when any of them changes."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in SOURCES:
        source = ROOT / name
        files = [source] if source.is_file() else sorted(source.rglob("*"))
        for path in files:
            if path.is_file() and "__pycache__" not in path.parts and "external" not in path.parts:
                yield path
