"""The usage of one meter: the question in its page's address, and the customers who used most."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import reflex as rx

from portal import boundary
from portal.explore import question as questions
from portal.explore import shown
from portal.explore.answer import answer
from portal.explore.question import CUSTOMER, Question
from portal.explore.shown import TopRow
from portal.explore.state import Explorer
from portal.page_state import last_in_path


class MeterUsageState(Explorer, rx.State):
    """What the usage part of a meter's page shows."""

    top: list[TopRow] = []

    def _take(self, told: Mapping[str, Sequence[str]]) -> None:
        self._hold(replace(questions.read(told), meter=last_in_path(self)))

    def _path(self, question: Question) -> str:
        return f"/meters/{question.meter}?" + replace(question, meter="").address()

    async def _fetch(self) -> None:
        self.top = []
        await super()._fetch()
        most = replace(self._question(), by=(CUSTOMER,), window=questions.WHOLE)
        self.top = await boundary.read(self, lambda ctx: shown.top(answer(ctx, most)))
