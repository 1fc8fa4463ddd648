"""Running billing at once instead of waiting for its next turn, with how far it has come."""

import asyncio

import reflex as rx

from backend import clockwork
from backend.access.roles import Permission
from backend.errors import DomainError
from backend.infra.context import Context
from portal import boundary
from portal.pages.settings.jobs.state import JobsState, LeftRow, left_rows

LOOK_EVERY = 1.0


class RunState(rx.State):
    """What the button that runs billing shows and does; `left` is what is still due while it runs."""

    running: bool = False
    percent: int = 0
    left: list[LeftRow] = []
    _namespace: str = ""
    _due: int = 0

    @rx.event
    @boundary.command
    async def run_now(self):
        """Note who may and how much there is, then begin."""
        if self.running:
            return None

        def asked(ctx: Context) -> tuple[str, int, list[LeftRow]]:
            return ctx.namespace, _due(ctx), left_rows(ctx)

        self._namespace, self._due, self.left = await boundary.read(self, asked, need=Permission.INVOICES)
        self.running, self.percent = True, 0
        return RunState.work

    @rx.event(background=True)
    async def work(self):
        """Do everything that is due in the namespace that `run_now` has noted, once, and tell how far it has come."""
        async with self:
            namespace, self._namespace = self._namespace, ""
        if not namespace:
            return None
        try:
            running = asyncio.create_task(asyncio.to_thread(clockwork.run_in_turn, namespace))
            while not running.done():
                await asyncio.wait({running}, timeout=LOOK_EVERY)
                async with self:
                    due, self.left = await boundary.read(self, lambda ctx: (_due(ctx), left_rows(ctx)))
                    self.percent = max(self.percent, 100 - 100 * min(due, self._due) // max(self._due, 1))
            was_ours = await running
        except DomainError as error:
            return rx.toast.error(str(error), duration=8000, close_button=True)
        except Exception as error:  # the page must not stay at work for ever
            return boundary.unexpected(error)
        finally:
            async with self:
                self.running = False
        told = rx.toast.success("Billing has run") if was_ours else rx.toast.info("Billing is at work already")
        return [told, JobsState.load]


def _due(ctx: Context) -> int:
    """For how many things anything is due."""
    return sum(clockwork.left_to_do(ctx).values())
