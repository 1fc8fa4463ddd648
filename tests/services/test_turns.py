"""Only one may have a turn at a time, and who does not want to wait is told so."""

from collections import defaultdict
from threading import Lock

import pytest

from backend.infra import turns
from backend.infra.db import Database
from backend.infra.turns import turn


@pytest.mark.usefixtures("database")
def test_a_turn_is_had_by_one_and_given_back() -> None:
    with turn("mill"):
        with turn("mill", wait=False) as is_ours:
            assert not is_ours
        with turn("bakery", wait=False) as is_ours:
            assert is_ours
    with turn("mill", wait=False) as is_ours:
        assert is_ours


@pytest.mark.usefixtures("database")
def test_a_turn_is_given_back_when_the_work_fails() -> None:
    with pytest.raises(RuntimeError), turn("mill"):
        raise RuntimeError("broken")
    with turn("mill", wait=False) as is_ours:
        assert is_ours


def test_postgresql_tells_other_processes_apart(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with turn("mill"):
        monkeypatch.setattr(turns, "_LOCKS", defaultdict(Lock))  # as another process would have its own
        with turn("mill", wait=False) as is_ours:
            assert is_ours is database.is_sqlite
