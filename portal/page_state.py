"""What every page that shows something has: it loads, it may fail in its place, it can be tried again."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import reflex as rx

from backend.errors import DomainError, Unauthenticated
from backend.infra.context import Context
from backend.infra.log import logger
from portal import boundary
from portal.formatting import plural
from portal.keys import plain_text
from portal.sheet import Sheet, download, to_csv

PAGE_SIZE = 25
LONGEST_SEARCH = 200
ANYWHERE = "anywhere"
"""What is held goes along to the address that the page moves to."""
log = logger(__name__)


def asked(state: rx.State, name: str) -> str:
    """What the address asks for after its question mark: `tab` of `/customers/1?tab=usage`; empty without it."""
    return plain_text(str(state.router.url.query_parameters.get(name, "")), LONGEST_SEARCH)


def last_in_path(state: rx.State) -> str:
    """The last part of the address's path: the id on a page about one thing."""
    return str(state.router.url.path).rstrip("/").rsplit("/", 1)[-1]


def named_in_path(state: rx.State) -> str:
    """What a page and the pages below it are about: `/plans/01J…` and `/plans/01J…/edit` name the same plan."""
    parts = str(state.router.url.path).strip("/").split("/")
    return parts[1] if len(parts) > 1 else ""


class Loaded(rx.State, mixin=True):
    """A page state that fetches what it shows. Subclasses write `_fetch`; the page's on_load is `load`.

    A state outlives a visit, and a browser that comes back is given what it holds before the page loads afresh.
    So what is held counts only at the address it was fetched for: the path, and what ADDRESSED_BY names after the
    question mark.
    """

    ADDRESSED_BY: ClassVar[tuple[str, ...]] = ()

    loaded_at: str = ""
    problem: str = ""

    @rx.var
    def ready(self) -> bool:
        """Whether what is held belongs to the page's address."""
        return bool(self.loaded_at) and self.loaded_at in (ANYWHERE, self._address())

    def _address(self) -> str:
        url = self.router.url
        return "?".join([str(url.path), *(url.query_parameters.get(name, "") for name in self.ADDRESSED_BY)])

    @abstractmethod
    async def _fetch(self) -> None:
        """Read from the services through `boundary` and keep finished text; may raise DomainError."""

    @rx.event
    async def load(self):
        """Fetch afresh. A failure is shown in the page's own section, with Retry."""
        self.problem = ""
        try:
            await self._fetch()
        except Unauthenticated as error:
            return boundary.refused(self, error)
        except DomainError as error:
            self.problem = boundary.wording(error)
        except Exception as error:  # a page must never be blank
            log.error("portal.load_failed", exc_info=error)
            self.problem = boundary.UNEXPECTED
        self.loaded_at = self._address()
        return None


class Listing(Loaded, mixin=True):
    """A page state with a table that the server searches, filters, orders and pages.

    `_fetch` sets rows and `total`. SORTS are the keys that the table may be ordered by.
    """

    SORTS: ClassVar[tuple[str, ...]] = ()

    search: str = ""
    chip: str = ""
    sort: str = ""
    descending: bool = False
    page: int = 1
    total: int = 0
    clearings: int = 0

    @rx.var
    def narrowed(self) -> bool:
        """Whether a search or filter hides something."""
        return bool(self.search or self.chip)

    @rx.var
    def showing(self) -> str:
        """Where in the list the page stands: `26 to 50 of 1,204`."""
        if self.total <= PAGE_SIZE:
            return plural(self.total, "entry", "entries")
        first = (self.page - 1) * PAGE_SIZE + 1
        return f"{first:,} to {min(self.total, self.page * PAGE_SIZE):,} of {self.total:,}"

    @rx.var
    def has_next(self) -> bool:
        return self.page * PAGE_SIZE < self.total

    @rx.var
    def has_previous(self) -> bool:
        return self.page > 1

    @rx.event
    async def look_for(self, text: str):
        """Search as the person types."""
        self.search, self.page = plain_text(text, LONGEST_SEARCH), 1
        return type(self).load

    @rx.event
    async def choose(self, chip: str):
        """Press a filter chip; the empty chip shows all."""
        self.chip, self.page = chip[:LONGEST_SEARCH], 1
        return type(self).load

    @rx.event
    async def show_all(self):
        """Drop search and filter."""
        self.search, self.chip, self.page = "", "", 1
        self.clearings += 1
        return type(self).load

    @rx.event
    async def sort_by(self, column: str):
        """Order by a column; the same column once more turns the order round."""
        if column not in self.SORTS:
            return None
        self.descending = self.sort == column and not self.descending
        self.sort, self.page = column, 1
        return type(self).load

    @rx.event
    async def turn_page(self, step: int):
        """Go to the next page (1) or the previous (-1)."""
        self.page = max(1, self.page + (1 if step > 0 else -1))
        return type(self).load


class Addressed(Listing, mixin=True):
    """A listing whose question stands in the address: it can be kept, sent and gone back to. The on_load is `arrive`.

    What is chosen counts at once and what is chosen next builds on it, although the browser comes to the address a
    moment later. So an address that the page itself asked for says nothing new when the browser arrives there.
    """

    _on_the_way: list[str] = []

    @abstractmethod
    def _take(self, told: Mapping[str, Sequence[str]]) -> None:
        """Ask what an address asks: name → texts, as they stand after its question mark."""

    @rx.event
    async def arrive(self):
        """Take the question from an address that somebody else led to, and fetch the answer."""
        here = _one_spelling(str(self.router.url))
        if here in self._on_the_way:
            self._on_the_way = self._on_the_way[self._on_the_way.index(here) + 1 :]
        else:
            self._on_the_way = []
            self._take(parse_qs(urlsplit(here).query))
        return type(self).load

    def _go(self, address: str, *, replace: bool) -> rx.event.EventSpec:
        """Write the question, which the state holds already, into the address; arriving there fetches the answer."""
        self._on_the_way = [*self._on_the_way, _one_spelling(address)]
        return rx.redirect(address, replace=replace)


def _one_spelling(address: str) -> str:
    """An address without its host, spelled as we spell it: browsers may escape other characters."""
    parts = urlsplit(address)
    return f"{parts.path.rstrip('/')}?{urlencode(parse_qsl(parts.query))}"


class Exporting(rx.State, mixin=True):
    """A page state whose rows can be taken away as CSV. Subclasses write `_sheet`; the button calls `export`."""

    exporting: bool = False

    @abstractmethod
    def _sheet(self, ctx: Context) -> Sheet:
        """Everything that search and filters leave, on all pages; Invalid when it is too much for a file."""

    @rx.event
    async def export(self):
        """Show that the file is on its way, then make it."""
        self.exporting = True
        return type(self).make_file

    @rx.event
    @boundary.command
    async def make_file(self):
        """Send the file to the browser."""

        def written(ctx: Context) -> tuple[str, str]:
            sheet = self._sheet(ctx)
            return sheet.name, to_csv(sheet)

        self.exporting = False
        return download(*await boundary.read(self, written))
