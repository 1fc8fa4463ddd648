"""Requests that arrive together share an answer, but never one that was asked for before they came."""

import asyncio
import threading

import pytest

from backend.api.shared import Shared
from tests.loops import in_a_loop_of_its_own


def test_a_crowd_asks_once_and_latecomers_ask_anew() -> None:
    asked: list[str] = []
    may_answer = threading.Event()

    def ask(question: str) -> int:
        asked.append(question)
        assert may_answer.wait(10)
        return len(asked)

    async def come() -> tuple[int, list[int]]:
        shared = Shared(ask)
        first = asyncio.create_task(shared.answer("who"))
        while not asked:
            await asyncio.sleep(0)
        latecomers = [asyncio.create_task(shared.answer("who")) for _ in range(50)]
        await asyncio.sleep(0)
        may_answer.set()
        return await first, await asyncio.gather(*latecomers)

    assert in_a_loop_of_its_own(come()) == (1, [2] * 50)


def test_everybody_is_told_what_went_wrong_and_may_ask_again() -> None:
    def ask(question: str) -> str:
        raise LookupError(question)

    async def come() -> None:
        shared = Shared(ask)
        for _ in range(2):
            found = await asyncio.gather(*(shared.answer(name) for name in "aab"), return_exceptions=True)
            assert [str(error) for error in found] == ["a", "a", "b"]
        leaving = asyncio.create_task(shared.answer("c"))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(LookupError):
            await shared.answer("c")

    in_a_loop_of_its_own(come())
