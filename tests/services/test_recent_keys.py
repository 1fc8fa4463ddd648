"""Keys that came not long ago are taken exactly once, whatever the process knows of them and whoever takes some too."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any

import pytest
from sqlmodel import func, select

from backend.infra import db
from backend.infra.context import Context
from backend.infra.db import Database
from backend.ingest import keys, recent_keys
from backend.ingest.models import KEY_BYTES, RecentKeys, SettledKey
from tests.conftest import Work

FEW = 30
POOL = [bytes([first, second]) + bytes(14) for first in range(256) for second in range(8)]
UNITS = 150


@pytest.fixture(autouse=True)
def few_are_known_by_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_keys, "MOST_UNSETTLED", FEW)


@pytest.fixture
def other_program(database_url: str, database: Database) -> Iterator[Database]:
    """A second program with the same database."""
    opened = db.connect(database_url)
    yield opened
    opened.close()


def written(ctx: Context) -> list[bytes]:
    """Every key in a row of recent ones."""
    together = b"".join(ctx.session.exec(select(RecentKeys.keys)))
    return [together[place : place + KEY_BYTES] for place in range(0, len(together), KEY_BYTES)]


def settled(ctx: Context) -> Sequence[bytes]:
    return ctx.session.exec(select(SettledKey.key)).all()


class Claims:
    """Claims keys at random, and knows which are taken."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.taken: set[bytes] = set()

    def claim(self, ctx: Context) -> set[bytes]:
        """What is taken if this is not taken back."""
        asked = self.random.sample(POOL, self.random.choice([1, 2, 20]))
        new = keys.claim(ctx, asked)
        assert new == set(asked) - self.taken
        return self.taken | new

    def commit(self, work: Work, **options: Any) -> None:
        with work(**options) as ctx:
            self.taken = self.claim(ctx)
            if self.random.random() < 0.3:
                self.taken = self.claim(ctx)

    def fail(self, work: Work) -> None:
        with suppress(LookupError), work() as ctx:
            self.claim(ctx)
            raise LookupError

    def rehearse(self, work: Work) -> None:
        with work(rehearsal=True) as ctx:
            self.claim(ctx)

    def within_a_savepoint(self, work: Work) -> None:
        with work() as ctx, ctx.session.begin_nested():
            self.taken = self.claim(ctx)

    def around_a_savepoint(self, work: Work) -> None:
        with work() as ctx:
            self.taken = self.claim(ctx)
            with suppress(LookupError), ctx.session.begin_nested():
                self.claim(ctx)
                raise LookupError
            self.taken = self.claim(ctx)


@pytest.mark.parametrize("seed", range(2))
def test_each_key_is_new_once_whatever_happens_in_between(
    work: Work, database: Database, other_program: Database, seed: int
) -> None:
    claims = Claims(seed)
    happenings: list[Callable[[], None]] = [
        *[partial(claims.commit, work)] * 4,
        partial(claims.commit, work, on=other_program),
        partial(claims.fail, work),
        partial(claims.rehearse, work),
        partial(claims.within_a_savepoint, work),
        partial(claims.around_a_savepoint, work),
        database.close,
    ]
    for _ in range(UNITS):
        claims.random.choice(happenings)()
        with work(writing=False) as ctx:
            assert {*written(ctx), *settled(ctx)} == claims.taken


def test_no_more_than_a_few_wait_for_the_large_table_and_old_rows_are_dropped(work: Work, database: Database) -> None:
    rows = 0
    for key in Random(0).sample(POOL, 500):
        with work() as ctx:
            keys.claim(ctx, [key])
            rows = max(rows, ctx.session.exec(select(func.count()).select_from(RecentKeys)).one())
    with work() as ctx:
        assert len(settled(ctx)) == (500 - FEW if database.is_sqlite else 500)
        assert rows <= (4 * FEW if database.is_sqlite else 0)


def test_a_row_is_dropped_with_the_turn_of_its_last_stretch(
    work: Work, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 256 keys known by heart, one in each stretch, each new one lets one stretch have its turn."""
    monkeypatch.setattr(recent_keys, "MOST_UNSETTLED", 256)
    first, later = ([bytes([first, second]) + bytes(14) for first in range(256)] for second in range(2))
    with work() as ctx:
        keys.claim(ctx, first)
    for number, key in enumerate(later, 1):
        with work() as ctx:
            keys.claim(ctx, [key])
            assert {*written(ctx), *settled(ctx)} == {*first, *later[:number]}
            rows = ctx.session.exec(select(func.count()).select_from(RecentKeys)).one()
            if database.is_sqlite:
                assert rows == (1 + number if number < 256 else 256)


def test_more_keys_at_once_than_are_known_by_heart(work: Work, database: Database) -> None:
    for third in range(3):
        more = [key[:2] + bytes([third]) + key[3:] for key in POOL]
        for _ in range(2):
            with work() as ctx:
                keys.claim(ctx, more[:10])
        with work() as ctx:
            assert keys.claim(ctx, more) == {*more[10:]}
        database.close()
    with work() as ctx:
        assert {*written(ctx), *settled(ctx)} >= {*POOL}
        assert keys.claim(ctx, POOL) == set()
