"""What is done to one version of a plan or an add-on on its page: published, archived, copied, deleted."""

from typing import Any, ClassVar, Protocol

import reflex as rx

from backend.access.roles import Permission
from backend.infra.context import Context
from portal import boundary
from portal.page_state import Loaded, named_in_path


class Catalog(Protocol):
    """The service of plans or of add-ons: each takes the id of a version, and answers the version."""

    def publish(self, ctx: Context, version_id: str, /) -> Any:
        """Put a draft on sale."""

    def archive(self, ctx: Context, version_id: str, /) -> Any:
        """End the sale."""

    def next_version(self, ctx: Context, version_id: str, /) -> Any:
        """Copy a version into a draft."""

    def delete(self, ctx: Context, version_id: str, /) -> None:
        """Remove a draft."""


class VersionEvents(Loaded, mixin=True):
    """What is done to a version. Whoever uses it has `shown` with a pricing card, and says its ADDRESS and CATALOG."""

    ADDRESS: ClassVar[str] = ""
    CATALOG: ClassVar[Catalog]

    @rx.event
    async def enter(self):
        """Forget the version that was shown before."""
        if self.shown.card.id != named_in_path(self):
            self.reset()

    @rx.event
    @boundary.command
    async def publish(self):
        """Put the draft on sale."""
        found = await self._change(self.CATALOG.publish)
        return [rx.toast.success(f"{found.row.name}, version {found.row.version}, is on sale"), type(self).load]

    @rx.event
    @boundary.command
    async def archive(self):
        """End the sale."""
        found = await self._change(self.CATALOG.archive)
        return [rx.toast.success(f"{found.row.name}, version {found.row.version}, is archived"), type(self).load]

    @rx.event
    @boundary.command
    async def next_version(self):
        """Copy this version into a draft and open it in the builder."""
        draft = await self._change(self.CATALOG.next_version)
        return [
            rx.toast.success(f"Draft of version {draft.row.version} made"),
            rx.redirect(f"{self.ADDRESS}/{draft.row.id}/edit"),
        ]

    @rx.event
    @boundary.command
    async def delete(self):
        """Remove the draft."""
        await self._change(self.CATALOG.delete)
        return [rx.toast.success("Draft deleted"), rx.redirect(self.ADDRESS)]

    async def _change(self, use_case: Any) -> Any:
        version_id = named_in_path(self)
        return await boundary.change(self, lambda ctx: use_case(ctx, version_id), need=Permission.CATALOG)
