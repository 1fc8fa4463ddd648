"""Answers that requests arriving together share, so that a crowd of senders does not ask the database one by one."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from fastapi.concurrency import run_in_threadpool

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Shared(Generic[Question, Answer]):
    """Asks one question at a time, in a thread; whoever has it while that runs gets the answer of the next time.

    So every answer was asked for after its request came in: nobody gets one that is out of date.
    """

    def __init__(self, ask: Callable[[Question], Answer]) -> None:
        self._ask = ask
        self._asking: dict[tuple[asyncio.AbstractEventLoop, Question], asyncio.Task[Answer]] = {}
        self._next: dict[tuple[asyncio.AbstractEventLoop, Question], asyncio.Task[Answer]] = {}

    async def answer(self, question: Question) -> Answer:
        """The answer, or what asking raised."""
        place = (asyncio.get_running_loop(), question)
        task = self._next.get(place)
        if task is None:
            task = self._next[place] = asyncio.create_task(self._ask_when_free(place))
        return await asyncio.shield(task)

    async def _ask_when_free(self, place: tuple[asyncio.AbstractEventLoop, Question]) -> Answer:
        before = self._asking.get(place)
        if before is not None:
            await asyncio.wait([before])
        self._asking[place] = self._next.pop(place)
        try:
            return await run_in_threadpool(self._ask, place[1])
        finally:
            del self._asking[place]
