"""Two versions of a plan or an add-on side by side: which ones, and what tells them apart."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from backend.errors import Invalid
from backend.infra.context import Context
from portal import boundary
from portal.page_state import Loaded, asked, named_in_path
from portal.rate_cards.change_rows import ChangeRow


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions: the name, all versions to choose from as (id, label), the older one, what tells them apart."""

    name: str
    choices: list[list[str]]
    before_id: str
    rows: list[ChangeRow]


class ComparingEvents(Loaded, mixin=True):
    """What a page of differences shows. The newer version stands in the path, the older one after `from`.

    Whoever uses it says its ADDRESS and writes `_compared(ctx, after_id, before_id)`.
    """

    ADDRESSED_BY = ("from",)
    ADDRESS: ClassVar[str] = ""

    name: str = ""
    before_id: str = ""
    after_id: str = ""
    choices: list[list[str]] = []
    rows: list[ChangeRow] = []

    async def _fetch(self) -> None:
        after_id, before_id = named_in_path(self), asked(self, "from")
        found = await boundary.read(self, lambda ctx: self._compared(ctx, after_id, before_id))
        self.name, self.choices, self.before_id, self.rows = found.name, found.choices, found.before_id, found.rows
        self.after_id = after_id

    @abstractmethod
    def _compared(self, ctx: Context, after_id: str, before_id: str) -> Comparison:
        """What tells the two versions apart; may raise DomainError."""

    @rx.event
    @boundary.command
    async def compare(self, side: str, version_id: str):
        """Choose the older (`before`) or the newer version (`after`)."""
        if version_id not in [known for known, _ in self.choices]:
            raise Invalid("There is no such version.")
        before = version_id if side == "before" else self.before_id
        after = version_id if side == "after" else self.after_id
        return rx.redirect(f"{self.ADDRESS}/{after}/changes?from={before}", replace=True)


def older(known: Sequence[str], after_id: str, chosen: str) -> str:
    """The version to compare with: the chosen one, else the one before; the first one is compared with itself."""
    if chosen in known:
        return chosen
    place = known.index(after_id) if after_id in known else len(known)
    return known[max(0, place - 1)] if known else after_id
