"""The job that looks whether the installed apps still work, so that a revoked key shows before an invoice needs it."""

from backend import bootstrap
from backend.access import service as access
from backend.infra.context import unit_of_work

NAME = "apps"
EVERY_SECONDS = 600


def run() -> None:
    """Ask each app who we are, and note the answer in every namespace."""
    with unit_of_work(writing=False) as ctx:
        namespaces = access.namespace_keys(ctx)
    for namespace in namespaces:
        bootstrap.check_apps(namespace)
