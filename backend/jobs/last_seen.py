"""The job that writes down when keys and sessions were last used, so that a session in use does not end."""

from backend.access import service as access
from backend.infra.context import unit_of_work

NAME = "last_seen"
EVERY_SECONDS = 60


def run() -> None:
    """Write what this process has seen since the last run, for all namespaces at once."""
    with unit_of_work() as ctx:
        access.save_last_seen(ctx)
