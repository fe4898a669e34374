"""Files cut or changed anywhere: never a crash or a hang, and every row is accounted for."""

import gzip
import json
import threading

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.events.dbn_files import column, metadata, read_all, trade
from tests.events.small_files import (
    BOOKS,
    DBN,
    FILES,
    LOBSTER,
    PAIR,
    ROWS,
    csv_bytes,
    parquet_bytes,
)

from penstock.core.errors import DataError, PenstockError
from penstock.events import Keys, Quarantine
from penstock.events.readers import DbnSource, open_source


def account(path, damaged: bytes) -> tuple[int, Quarantine] | None:
    """Rows delivered and the quarantine of a damaged file; None where it is refused."""
    path.write_bytes(damaged)
    if path.name == LOBSTER:
        path.with_name(BOOKS).write_bytes(PAIR[BOOKS])
    quarantine, keys = Quarantine(), Keys()
    delivered = 0
    try:
        for blocks in open_source(path).chunks(keys, quarantine):
            delivered += rows_of(path.name, blocks)
    except PenstockError:
        return None
    skipped = sum(quarantine.skipped.values()) - quarantine.skipped.get(
        (str(path), "blank line"), 0
    )
    assert quarantine.read.get(str(path), 0) == delivered + quarantine.total + skipped
    return delivered, quarantine


def rows_of(name: str, blocks) -> int:
    """Rows that blocks stand for: an execution of LOBSTER gives a trade and a book, tbbo a trade and a quote."""
    if name == "tbbo.dbn":
        return len(blocks[0])
    if name == LOBSTER:
        alone = np.setdiff1d(blocks[1].columns["time"], blocks[2].columns["time"])
        return len(blocks[0]) + len(blocks[2]) + alone.size
    return sum(len(block) for block in blocks)


FEW = settings(max_examples=30)
MANY = settings(max_examples=1_500)


@pytest.mark.parametrize("name", FILES)
@FEW
@given(data=st.data())
def test_a_file_cut_anywhere_gives_its_good_part(name, tmp_path_factory, data):
    whole = FILES[name]
    at = data.draw(st.integers(0, len(whole) - 1))
    found = account(tmp_path_factory.mktemp("cut") / name, whole[:at])
    if found is not None:
        delivered, quarantine = found
        # the books of messages that are cut off have nothing beside them
        assert quarantine.total <= 1 + (ROWS - delivered if name == LOBSTER else 0)
        assert delivered <= ROWS


def flipped(name: str, data) -> bytes:
    """A file with some bits flipped."""
    damaged = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) * 8 - 1))
        damaged[at // 8] ^= 1 << at % 8
    return bytes(damaged)


@pytest.mark.parametrize("name", FILES)
@FEW
@given(data=st.data())
def test_a_file_with_a_flipped_bit_accounts_for_every_row(name, tmp_path_factory, data):
    account(tmp_path_factory.mktemp("flip") / name, flipped(name, data))


def spliced(name: str, data) -> bytes:
    """A file with some of its bytes replaced by others, of its own or any."""
    whole = FILES[name]
    cut = st.integers(0, len(whole))
    (a, b), (c, d) = (sorted(data.draw(st.tuples(cut, cut))) for _ in range(2))
    middle = data.draw(st.binary(max_size=60) | st.just(whole[c:d]) | st.just(b"\0" * 500))
    return whole[:a] + middle + whole[b:]


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@MANY
@given(data=st.data())
def test_many_damaged_files_account_for_every_row(name, tmp_path_factory, data):
    damage = data.draw(st.sampled_from([flipped, spliced]))
    account(tmp_path_factory.mktemp("many") / name, damage(name, data))


CELLS = [
    "", "x", "-1", "0", "nan", "inf", "-inf", "1e999", "9" * 400, "9223372036854775808", "1_0", "0x1F",
    "true", "null", "\0", "\u00e9\U0001f600", "'", '"', '"open', "a\tb", "x" * 100_000,
]  # fmt: skip
TEXTS = {"a.csv": ",", "a.tsv": "\t", LOBSTER: ","}


@pytest.mark.parametrize("name", TEXTS)
@FEW
@given(data=st.data())
def test_a_hostile_cell_costs_its_row_at_most(name, tmp_path_factory, data):
    lines = FILES[name].decode().splitlines()
    row = data.draw(st.integers(name != LOBSTER, len(lines) - 1))
    cells = lines[row].split(TEXTS[name])
    cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(st.sampled_from(CELLS))
    lines[row] = TEXTS[name].join(cells)
    found = account(tmp_path_factory.mktemp("cell") / name, "\n".join(lines).encode())
    assert found is not None
    assert found[0] >= ROWS - 2  # a stamp that jumps ahead may cost the next row too


@FEW
@given(data=st.data())
def test_a_hostile_value_costs_its_line_at_most(tmp_path_factory, data):
    rows = [json.loads(line) for line in FILES["a.jsonl"].splitlines()]
    row, name = data.draw(st.integers(0, ROWS - 1)), data.draw(st.sampled_from(list(rows[0])))
    odd = st.sampled_from([None, True, 10**400, -1, 0, [], {}, [1, [2]], {"a": {"b": 1}}, 1e308])
    rows[row][name] = data.draw(odd | st.sampled_from(CELLS))
    text = "\n".join(map(json.dumps, rows)).encode()
    found = account(tmp_path_factory.mktemp("value") / "a.jsonl", text)
    assert found is not None
    assert found[0] >= ROWS - 2


@FEW
@given(data=st.binary(max_size=300))
@pytest.mark.parametrize("name", FILES)
def test_any_bytes_are_refused_or_accounted_for(name, tmp_path_factory, data):
    account(tmp_path_factory.mktemp("any") / name, data)


@FEW
@given(tail=st.binary(min_size=1, max_size=200))
def test_garbage_after_good_records_leaves_them(tmp_path_factory, tail):
    path = tmp_path_factory.mktemp("tail") / "trades.dbn"
    path.write_bytes(DBN["trades"] + tail)
    found, quarantine, _ = read_all(DbnSource(path))
    assert column(found["trade"], "size")[:ROWS] == [float(1 + i) for i in range(ROWS)]
    assert quarantine.total + sum(quarantine.skipped.values()) >= 1


def test_a_cut_dbn_file_keeps_the_rest_as_truncated(tmp_path):
    path = tmp_path / "trades.dbn"
    path.write_bytes(DBN["trades"][:-10])
    found, quarantine, _ = read_all(DbnSource(path))
    assert len(column(found["trade"], "time")) == ROWS - 1
    assert quarantine.counts == {(str(path), "truncated"): 1}


def test_a_cut_zstd_frame_is_seen(tmp_path):
    path = tmp_path / "trades.dbn.zst"
    packed = zstandard.compress(DBN["trades"])
    path.write_bytes(
        zstandard.compress(metadata())
        + packed[:0]
        + zstandard.compress(b"".join(map(trade, range(3))))[:-4]
    )
    found, quarantine, _ = read_all(DbnSource(path))
    assert quarantine.counts == {(str(path), "truncated"): 1}
    assert len(column(found["trade"], "time")) <= 3


def test_a_cut_gzip_keeps_its_unfinished_line_as_truncated(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(csv_bytes())[:-9])
    found, quarantine, _ = read_all(open_source(path))
    assert quarantine.counts == {(str(path), "truncated"): 1}
    assert 0 < len(column(found["trade"], "time")) <= ROWS


def test_a_corrupt_record_length_costs_one_record(tmp_path):
    data = bytearray(DBN["trades"])
    data[len(metadata()) + 48 * 5] = 200
    path = tmp_path / "trades.dbn"
    path.write_bytes(bytes(data))
    found, quarantine, _ = read_all(DbnSource(path))
    assert len(column(found["trade"], "time")) == ROWS - 1
    assert quarantine.counts == {(str(path), "wrong type"): 1}


def test_a_reader_that_is_left_early_ends_its_thread(tmp_path, monkeypatch):
    monkeypatch.setattr("penstock.events.readers.pieces.PIECE", 64)
    monkeypatch.setattr("penstock.events.readers.dbn.BYTES", 96)
    path = tmp_path / "trades.dbn"
    path.write_bytes(DBN["trades"])
    chunks = DbnSource(path).chunks(Keys(), Quarantine())
    next(chunks)
    chunks.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("penstock-read")]


def test_a_parquet_file_that_is_none_is_a_data_error(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet_bytes()[:-8])
    with pytest.raises(DataError, match="must be a Parquet file"):
        open_source(path)
