"""What tiers missed is kept within its bound, and a file that fails does not end the looking after."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from tests.store.backends.places import in_loop, value
from tests.store.online.doubles import DictTier
from tests.store.online.test_store import VIEW, opened, until

from penstock.core.errors import StoreError
from penstock.store.online.hints import Hints


def test_the_room_for_hints_is_that_of_what_is_kept(tmp_path: Path) -> None:
    hints = Hints(tmp_path / "hints.db", maximum=1_000)
    for at in range(100):  # the newest of one row is all that is kept
        hints.add("durable", [(VIEW, b"a", value(at))], cache=False)
    assert hints.pending("durable") == 1
    hints.close()


def test_the_room_for_hints_is_shared_by_all_who_write_them(tmp_path: Path) -> None:
    one, other = (Hints(tmp_path / "hints.db", maximum=300) for _ in range(2))
    one.add("durable", [(VIEW, b"a", value(1, rest=b"x" * 200))], cache=False)
    with pytest.raises(StoreError):
        other.add("durable", [(VIEW, b"b", value(1, rest=b"x" * 200))], cache=False)
    one.close()
    other.close()


def test_a_hint_that_could_not_be_kept_leaves_the_file_usable(tmp_path: Path) -> None:
    hints = Hints(tmp_path / "hints.db")
    size = hints._file.execute("PRAGMA page_count").fetchone()[0]
    hints._file.execute(f"PRAGMA max_page_count={size}")  # as of a disk that is full
    with pytest.raises((StoreError, sqlite3.Error)) as raised:
        hints.add("durable", [(VIEW, b"a", value(1, rest=b"x" * 100_000))], cache=False)
    hints._file.execute("PRAGMA max_page_count=1000000")
    hints.add("durable", [(VIEW, b"a", value(1))], cache=False)
    assert hints.pending("durable") == 1
    assert isinstance(raised.value, StoreError), repr(raised.value)
    hints.close()


@in_loop
async def test_a_tier_is_looked_after_although_the_hints_could_not_be_read_once() -> None:
    tier = DictTier("durable")
    store = await opened(tier)
    pending, failed = store.hints.pending, asyncio.Event()

    def fails(_: str) -> int:
        failed.set()
        raise sqlite3.OperationalError("disk I/O error")

    store.hints.pending = fails  # type: ignore[method-assign]
    await asyncio.wait_for(failed.wait(), 5)
    store.hints.pending = pending  # type: ignore[method-assign]
    tier.away = True
    await store.write(VIEW, [b"a"], [value(1)])
    tier.away = False
    await until(lambda: not store.degraded)
    assert tier.rows == {(VIEW, b"a"): value(1)}
    await store.close()
