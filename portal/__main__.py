"""Starts Meterline: settings, database, portal, first start; then everything in one process on one port."""

import os
import signal
import socket
import sys
from types import FrameType

import uvicorn
from sqlalchemy.exc import OperationalError

from backend.infra import migrations
from backend.infra.db import database
from backend.infra.log import configure_logging
from backend.infra.settings import Settings, SettingsError, settings
from portal import build
from portal.first_start import first_start

# Names that Reflex keeps to itself: serve the build that lies there, compile nothing. See tests/portal.
SERVE_THE_BUILD = {
    "REFLEX_ENV_MODE": "prod",
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
}
STOPPED = 0
FAILED = 1
MISUSED = 2


class Server(uvicorn.Server):
    """A server that tells people where it is and how to come in, once it answers."""

    def __init__(self, config: uvicorn.Config, logins: list[str]) -> None:
        super().__init__(config)
        self.logins = logins

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            say(f"\nMeterline is ready at {settings().address}")
            for line in self.logins:
                say(f"  {line}")
            say("  Passwords and keys are shown only now. Stop with Ctrl-C." if self.logins else "  Stop with Ctrl-C.")


def say(line: str) -> None:
    """Tell whoever started this what happens, at once, also when nobody sits at a terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def stop(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM before the server runs: leave as quietly as after it."""
    raise SystemExit(STOPPED)


def check_port(chosen: Settings) -> None:
    """Find out before the slow steps that another program has the port; raises SettingsError."""
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.host, chosen.port))
        except OSError as error:
            raise SettingsError(
                f"METERLINE_HOST, METERLINE_PORT: cannot listen on {chosen.host}:{chosen.port} ({error.strerror})."
            ) from error


def migrate() -> None:
    """Bring the database to the version of this program; SettingsError when there is no way to it."""
    try:
        if migrations.behind(database()):
            say("Database: migrating …")
            migrations.upgrade(database())
    except OperationalError as error:
        reason = str(error.orig).splitlines()[0]
        raise SettingsError(f"METERLINE_DATABASE_URL: the database cannot be used: {reason}") from error


def prepare(chosen: Settings) -> list[str]:
    """Everything that must be true before the server may answer; returns logins just made."""
    check_port(chosen)
    configure_logging()
    migrate()
    if not build.is_built():
        say("Portal: building, this takes about half a minute …")
        build.build()
    return first_start(say)


def serve(chosen: Settings, logins: list[str]) -> int:
    """Answer until a signal comes; 0 after a clean stop."""
    os.environ.update(SERVE_THE_BUILD)
    config = uvicorn.Config(
        "portal.portal:app",
        factory=True,
        host=chosen.host,
        port=chosen.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    server = Server(config, logins)
    server.run()
    return STOPPED if server.started else FAILED


def main() -> int:
    """Prepare, serve, and say in one line what is wrong if that cannot be done."""
    signal.signal(signal.SIGTERM, stop)
    os.chdir(build.ROOT)
    try:
        return serve(settings(), prepare(settings()))
    except SettingsError as error:
        sys.stderr.write(f"Meterline cannot start. {error}\n")
        return MISUSED
    except build.BuildFailed as error:
        sys.stderr.write(f"{error}\nMeterline cannot start. The portal could not be built; see above.\n")
        return FAILED
    except KeyboardInterrupt:
        return STOPPED


if __name__ == "__main__":
    sys.exit(main())
