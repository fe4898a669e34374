"""The suites of starting and reading on tiny shapes: what they count and write; no time is asserted."""

import json
from pathlib import Path

import numpy as np
import pytest

from penstock.bench import SUITES
from penstock.bench.messages import RECORDED, repeated, resting
from penstock.bench.read import FILES, of_file, to_book, write_files
from penstock.bench.recordings import Repeated, gathered, joined, picked
from penstock.bench.startup import first_row, snapshot_1000
from penstock.bench.table_files import LOBSTER
from penstock.cli.bench import against
from penstock.events import Block, Keys, Mbo, Quarantine, Trade
from penstock.events.books.builder import BookBuilder
from penstock.events.readers import open_source
from penstock.events.simulator import Simulator
from penstock.events.writers import write_dbn

MACHINE = {"cpu": "one", "platform": "a", "load": [0.1, 0.2, 0.3]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("read")
    write_files(place, 500, Simulator(seconds=30))
    return place


def trades(*times):
    count = len(times)
    return Block.of(
        Trade,
        time=list(times),
        receive=list(times),
        key=[0] * count,
        price=[1.0] * count,
        size=[1.0] * count,
        side=[1] * count,
    )


def books(source):
    """The last book of a source's instruments, by key."""
    quarantine, last = Quarantine(), {}
    for _, block in BookBuilder(source).chunks(Keys(), quarantine):
        numbers, levels = (block.columns[name].tolist() for name in ("key", "levels"))
        last |= dict(zip(numbers, levels, strict=True))
    return last, quarantine


def test_the_suites_are_known_by_name():
    assert {"startup", "read"} <= set(SUITES)


def test_a_first_row_comes_from_another_process_and_says_what_was_cached():
    found = first_row(str(Path.home()), "book", ("microstructure.mid_price",))
    assert found["row"] == [100.5]
    assert found["hits"] + found["misses"] > 0
    assert found["seconds"] > 0


def test_a_program_that_fails_is_no_figure():
    with pytest.raises(RuntimeError, match="first_row"):
        first_row(str(Path.home()), "book", ("microstructure.no_such_feature",))


def test_a_snapshot_is_measured_in_bytes_of_all_keys():
    found = snapshot_1000(keys=2, rounds=2, repeats=1)
    assert found["columns"] == 500
    assert found["bytes_per_key"] == found["bytes"] // 2


def test_repeated_blocks_never_go_back_in_time():
    source = Repeated("three", (("A",),), trades(5, 5, 9), trades(7, 9), times=3)
    keys, quarantine = Keys(), Quarantine()
    times = np.concatenate([b.columns["time"] for (b,) in source.chunks(keys, quarantine)])
    assert times.size == 7
    assert (np.diff(times) >= 0).all()
    assert quarantine.read == {"three": 7}
    assert keys.names == [("A",)]


def test_what_is_repeated_decides_the_hash():
    one, two = trades(5), trades(6)
    hashes = {
        Repeated("x", (("A",),), *blocks).content_hash()
        for blocks in ((one, one, 2), (one, two, 2), (one, one, 3))
    }
    assert len(hashes) == 3


def test_picked_and_joined_blocks_are_the_whole_again():
    block = trades(1, 2, 3)
    again = joined(picked(block, slice(0, 1)), picked(block, slice(1, None)))
    assert again.columns["time"].tolist() == [1, 2, 3]


def test_resting_orders_follow_adds_modifies_cancels_and_clears():
    steps = [("A", 1, 10.0), ("A", 2, 5.0), ("M", 1, 8.0), ("C", 1, 3.0), ("C", 2, 5.0)]
    block = Block.of(
        Mbo,
        time=range(5),
        receive=range(5),
        key=[0] * 5,
        order=[number for _, number, _ in steps],
        price=[100.0] * 5,
        size=[size for _, _, size in steps],
        action=[ord(letter) for letter, _, _ in steps],
        side=[1] * 5,
        flags=[128] * 5,
        sequence=range(5),
    )
    assert {number: order.size for number, order in resting(block, {}).items()} == {(0, 1): 5.0}
    clear = picked(block, slice(0, 1))
    clear.columns["action"] = np.array([ord("R")])
    assert resting(clear, resting(block, {})) == {}


def test_repeated_messages_end_in_the_orders_they_began_with(tmp_path):
    day = Simulator(("A", "B"), seconds=20)
    source = repeated(day, 4 * len(gathered(day, Mbo)[0]))
    assert source.times > 2
    path = tmp_path / "mbo.dbn"
    write_dbn(path, source)
    last, quarantine = books(open_source(path))
    once, _ = books(Repeated("once", source.names, source.first, source.again, times=1))
    assert quarantine.counts == {}
    assert last == once


def test_the_recorded_day_repeats_without_an_unknown_order(tmp_path):
    if not RECORDED.is_file():
        pytest.skip("../shared is absent: no recorded day of messages to repeat")
    source = repeated(open_source(RECORDED), 140_000)
    path = tmp_path / "mbo.dbn"
    write_dbn(path, source)
    _, quarantine = books(open_source(path))
    assert {reason for _, reason in quarantine.counts} <= {"crossed book"}


@pytest.mark.parametrize("name", ["trades.dbn", "mbp-10.dbn.zst", "mbo.dbn"])
def test_a_file_is_read_alone_into_an_engine_and_by_a_peer(folder, name, monkeypatch):
    monkeypatch.setattr("penstock.bench.read.child", lambda *said: {"asked": said})
    found = of_file(folder / name, repeats=1)
    assert found["rows"] > 0
    assert found["bad_rows"] == 0
    assert found["reader_rows_per_s"] > 0
    assert found["engine_rows_per_s"] > 0
    assert found["peers"]["asked"] == (f"peers.{FILES[name][1]}", str(folder / name))


def test_every_measured_file_is_written(folder):
    names = {path.name for path in folder.iterdir()}
    assert set(FILES) | {LOBSTER.replace("message", "orderbook")} == names


def test_messages_are_counted_on_the_way_to_books(folder):
    found = to_book(folder / "mbo.dbn", "a simulation", repeats=1)
    assert found["messages"] > found["books"] > 0
    assert found["books_aside"] == 0


def test_a_machine_of_another_load_is_the_same_machine(capsys):
    run = {"machine": MACHINE, "suite": "read", "results": [{"case": "x", "rows_per_s": 1.0}]}
    busy = json.loads(json.dumps(run)) | {"machine": MACHINE | {"load": [9.0, 9.0, 9.0]}}
    other = json.loads(json.dumps(run)) | {"machine": MACHINE | {"cpu": "two"}}
    assert against(run, busy) == 0
    assert "different machines" not in capsys.readouterr().err
    against(run, other)
    assert "different machines" in capsys.readouterr().err
