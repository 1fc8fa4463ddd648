"""The question about usage in the address of the query page, with the meters to choose from."""

import reflex as rx

from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.service import MeterOrder
from portal import boundary
from portal.explore.question import Question
from portal.explore.state import Explorer

MOST_METERS = 500


class QueryState(Explorer, rx.State):
    """What the query page shows."""

    meters: list[list[str]] = []

    @rx.var
    def link(self) -> str:
        """The whole address of the question."""
        return str(self.router.url)

    async def _fetch(self) -> None:
        self.meters = await boundary.read(self, _meters)
        await super()._fetch()

    def _path(self, question: Question) -> str:
        return "/query?" + question.address()


def _meters(ctx: Context) -> list[list[str]]:
    found, _ = metering.list_meters(ctx, order=MeterOrder.NAME, limit=MOST_METERS)
    return [[meter.slug, meter.name] for meter in found]
