"""What only a file does: processes that wait for each other, crashes, disks that are full."""

import asyncio
import json
import os
import signal
import sqlite3

import pytest
from tests.store.backends.places import child, in_loop, listening, make_tier, value

from penstock.core.errors import StoreError, StoreFull
from penstock.store.online import sqlite_file

WRITE_UNTIL_KILLED = """
n = 0
while True:
    n += 1
    await asyncio.gather(*(
        tier.put([("v@v1", b"%d" % (100 * lane + k), value(n, rest=b"%d" % n * 50)) for k in range(20)])
        for lane in range(5)
    ))
    print(n, flush=True)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "online.db"


@pytest.fixture
def place(path):
    return json.dumps({"kind": "sqlite", "path": str(path)})


@in_loop
async def test_a_kill_leaves_a_good_file_with_all_that_was_confirmed(path, place):
    pairs = [("v@v1", b"%d" % (100 * lane + k)) for lane in range(5) for k in range(20)]
    confirmed = 0
    for wait in (3, 40, 111):  # writes before the kill
        writer = child(place, WRITE_UNTIL_KILLED.replace("n = 0", f"n = {confirmed}"))
        while confirmed < wait:
            confirmed = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest, _ = writer.communicate()
        # a last line may have been cut by the kill
        confirmed = max([confirmed, *map(int, rest.split("\n")[:-1])])
        with sqlite3.connect(path) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        file.close()
        tier = make_tier(place)
        await tier.open()
        found = await tier.get(pairs)
        await tier.close()
        for (_, key), data in zip(pairs, found, strict=True):
            assert data in {value(n, rest=b"%d" % n * 50) for n in (confirmed, confirmed + 1)}, key


@in_loop
async def test_a_write_waits_for_another_process_but_not_for_ever(path, place):
    tier = make_tier(place, busy=0.2)
    await tier.open()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        await tier.put([("v@v1", b"k", value(1))])
    with pytest.raises(StoreError, match="locked"):
        await tier.ping()
    assert await tier.get([("v@v1", b"k")]) == [None], "readers do not wait for a writer"
    other.execute("COMMIT")
    assert await tier.put([("v@v1", b"k", value(1))]) == [True]
    other.close()
    await tier.close()


@in_loop
async def test_a_full_disk_refuses_writes_and_keeps_what_it_has(path, place):
    tier = make_tier(place)
    await tier.open()
    await tier.put([("v@v1", b"k", value(1))])
    file = tier._opened.file._write
    pages = file.execute("PRAGMA page_count").fetchone()[0]
    file.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreFull, match="full"):
        await tier.put([("v@v1", b"%d" % i, value(1, rest=b"x" * 1000)) for i in range(100)])
    assert await tier.get([("v@v1", b"k"), ("v@v1", b"1")]) == [value(1), None]
    file.execute("PRAGMA max_page_count = 1000000")
    assert await tier.put([("v@v1", b"k", value(2))]) == [True]
    await tier.close()


@in_loop
async def test_what_waits_shares_a_transaction(place):
    tier = make_tier(place)
    await tier.open()
    begun = asyncio.create_task(tier.put([("v@v1", b"first", value(1))]))
    await asyncio.sleep(0)
    results = await asyncio.gather(
        *(tier.put([("v@v1", b"%d" % i, value(1))]) for i in range(50)), begun
    )
    assert results == [[True]] * 51
    seen, _ = tier._opened.file.position()
    assert seen <= 2, "the first went alone, all others together"
    await tier.close()


@in_loop
async def test_who_gives_up_waiting_does_not_stop_the_others(place):
    tier = make_tier(place)
    await tier.open()
    tasks = [asyncio.create_task(tier.put([("v@v1", b"%d" % i, value(1))])) for i in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[0] == results[2] == [True]
    assert isinstance(results[1], asyncio.CancelledError)
    await tier.close()


@in_loop
async def test_who_fell_behind_in_changes_is_told_so(place, monkeypatch):
    monkeypatch.setattr(sqlite_file, "KEPT_CHANGES", 10)
    one, other = make_tier(place, poll=0.5), make_tier(place)
    await one.open()
    await other.open()
    told = await listening(one)
    first = asyncio.ensure_future(anext(told))
    await asyncio.sleep(0.1)
    for n in range(1, 2 * sqlite_file.TRIM_EVERY):
        await other.put([("v@v1", b"k", value(n))])
    with pytest.raises(StoreError, match="changes from"):
        await first
    await one.close()
    await other.close()


@in_loop
async def test_changes_that_are_long_known_are_forgotten(path, place, monkeypatch):
    monkeypatch.setattr(sqlite_file, "KEPT_BYTES", 10_000)
    tier = make_tier(place)
    await tier.open()
    for n in range(1, 200):
        await tier.put([("v@v1", b"k" * 500, value(n))])
    await tier.close()
    with sqlite3.connect(path) as file:
        kept = file.execute("SELECT count(*), max(seq) FROM changes").fetchone()
    file.close()
    assert kept[0] <= 10_000 // 500 + sqlite_file.TRIM_EVERY
    assert kept[1] == 199


@in_loop
async def test_another_file_is_not_touched(path, place):
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 7")
    file.close()
    with pytest.raises(StoreError, match="format 1 is needed, got 7"):
        await make_tier(place).open()
    path.write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(StoreError, match="not a database"):
        await make_tier(place).open()
    path.unlink()
    path.with_name("file").write_text("")
    with pytest.raises(StoreError, match="file"):
        await make_tier(
            json.dumps({"kind": "sqlite", "path": str(path.parent / "file" / "x.db")})
        ).open()
