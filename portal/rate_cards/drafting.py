"""A draft in its builder: opened, judged at every change, saved, published; what plans and add-ons have in common."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import reflex as rx

from backend.access.roles import Permission
from backend.catalog.filters import FeatureFilter
from backend.catalog.service import features as catalog_features
from backend.errors import Invalid, Issue
from backend.infra.context import Context
from portal import boundary
from portal.keys import plain_text, suggested_key
from portal.page_state import ANYWHERE, Loaded
from portal.rate_cards.advice import Advice
from portal.rate_cards.cards import CardEvents
from portal.rate_cards.preview import PreviewEvents

MOST_FEATURES = 500
LONGEST_TEXT = 4000
SETTLED = ("key", "currency")


@dataclass(frozen=True)
class Opened:
    """A draft as it was when the builder opened it; `changed_at` tells whether somebody else changed it since."""

    id: str = ""
    version: str = ""
    changed_at: str = ""


@dataclass(frozen=True)
class Look:
    """What a form says when it is read: what is wrong with it, by place and in all, and what is odd."""

    problems: Mapping[str, str]
    issues: Sequence[Issue]
    advice: Sequence[Advice]

    @property
    def found(self) -> dict[str, str]:
        """Place → what is wrong there; what cannot be read comes first."""
        return {issue.field: issue.message for issue in reversed(self.issues)} | dict(self.problems)

    @property
    def to_do(self) -> list[str]:
        """Everything that keeps it from being published, each once."""
        return list(dict.fromkeys([*self.problems.values(), *(issue.message for issue in self.issues)]))


class DraftEvents(CardEvents, PreviewEvents, Loaded, mixin=True):
    """What is done to a draft. Whoever uses it has a `form` with a name and a key, says its FIELDS and ADDRESS, and

    writes `_named_in_address()`, `_fetch()`, `_refresh()`, `_question()`, and `_write(publish)`, which answers the
    name and id of what was saved.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()
    ADDRESS: ClassVar[str] = ""

    opened: Opened = Opened()
    _saved: Any = None
    _moving: bool = False
    key_is_own: bool = False
    attempted: bool = False
    dirty: bool = False
    places: dict[str, str] = {}
    to_do: list[str] = []
    advice: list[str] = []
    question: str = ""

    @rx.event
    async def open_new(self):
        """Start with nothing."""
        self.reset()
        return type(self).load

    @rx.event
    async def open_draft(self):
        """Start with the draft of the address; one that was saved here a moment ago is open already."""
        named = self._named_in_address()
        if self._moving and named == self.opened.id:
            self._moving, self.loaded_at = False, self._address()
            return None
        self.reset()
        self.opened = Opened(id=named)
        return type(self).load

    @rx.event
    @boundary.command
    async def put(self, field: str, value: str):
        """Take what was typed into a field; the key follows the name until it is written by hand."""
        if field not in self.FIELDS or (self.opened.id and field in SETTLED):
            raise Invalid("This cannot be changed here.")
        if field == "key":
            self.key_is_own = bool(value)
        if field == "cadence":
            self._follow_cadence(value)
        self.form = replace(self.form, **{field: plain_text(str(value), LONGEST_TEXT)})
        if field == "name" and not self.key_is_own:
            self.form = replace(self.form, key=suggested_key(value))
        await self._refresh()

    @rx.event
    @boundary.command
    async def save(self):
        """Keep the draft."""
        is_new = not self.opened.id
        _, saved_id = await self._write(publish=False)
        told = rx.toast.success("Draft saved")
        if not is_new:
            return told
        self._moving, self.loaded_at = True, ANYWHERE
        return [told, rx.redirect(f"{self.ADDRESS}/{saved_id}/edit", replace=True)]

    @rx.event
    @boundary.command
    async def ask_publish(self):
        """Say what publishing changes, and ask; not before everything is right."""
        self.attempted = True
        await self._refresh()
        if self.to_do:
            raise Invalid(f"It cannot be published yet. {self.to_do[0]}")
        self.question = await boundary.read(self, self._question, need=Permission.CATALOG)

    @rx.event
    async def stay(self):
        """Close the question without publishing."""
        self.question = ""

    @rx.event
    @boundary.command
    async def publish(self):
        """Keep the draft and put it on sale, both or neither."""
        self.question = ""
        name, saved_id = await self._write(publish=True)
        return [rx.toast.success(f"{name} is on sale"), rx.redirect(f"{self.ADDRESS}/{saved_id}")]

    def _follow_cadence(self, cadence: str) -> None:
        """What else changes when another billing cadence is chosen."""

    def _take(self, look: Look) -> None:
        """Show what is wrong and what is odd: what is missing only after somebody tried to save or publish."""
        self.dirty = self._whole() != self._saved
        self.to_do = look.to_do
        self.places = {
            place: message for place, message in look.found.items() if self.attempted or self._is_typed(place)
        }
        self.advice = [said.text for said in look.advice if "rateCards" not in said.place]
        self._show_card(look.found, look.advice)

    def _is_typed(self, place: str) -> bool:
        """Whether something stands in the field itself: an empty one is not scolded before saving."""
        return bool(getattr(self.form, place, ""))


def features(ctx: Context) -> tuple[list[list[str]], list[str]]:
    """The features in use as (key, name), and the keys of those with a meter."""
    found, _ = catalog_features.list_features(ctx, FeatureFilter(order_by="name", limit=MOST_FEATURES))
    metered = [feature.key for feature in found if feature.meter_id is not None]
    return [[feature.key, feature.name] for feature in found], metered


def key_taken(known: Iterable[object], what: str) -> list[Issue]:
    """The issue of a new plan or add-on whose key has versions already."""
    message = f"There is {what} with this key: choose another key, or make its next version."
    return [Issue("key", "key_taken", message)] if known else []


def first_problem(problems: Mapping[str, str]) -> None:
    """Refuse to save what cannot be read; raises Invalid."""
    if problems:
        raise Invalid(next(iter(problems.values())))
