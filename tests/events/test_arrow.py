"""Arrow IPC and Parquet: the same rows, no copy, and what a file says of itself."""

import io

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from tests.engine.feeds import Memory
from tests.events.dbn_files import column, metadata, read_all, trade
from tests.events.test_types import GOOD, TYPES

from penstock.core.errors import DataError, DefinitionError
from penstock.events import Block, Funding, Keys, Quarantine, Trade
from penstock.events.readers import ArrowSource, DbnSource, Mapping, ParquetSource, open_source
from penstock.events.types import DEFAULTS
from penstock.events.writers import write_arrow, write_csv, write_parquet

START = 1_700_000_000_000_000_000
TABLE = {
    "time": START + np.arange(1_000),
    "price": 10.0 + np.arange(1_000) / 8,
    "size": np.ones(1_000),
    "side": np.arange(1_000) % 3 - 1,
}


def record_batch(**changes) -> pa.RecordBatch:
    arrays = {name: pa.array(values) for name, values in (TABLE | changes).items()}
    return pa.record_batch(arrays | {"symbol": pa.array(["X"] * 1_000)})


def write(path, batch: pa.RecordBatch, *, stream: bool = False, end: bool = True, **options):
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    sink = io.BytesIO()
    writer = make(sink, batch.schema, **options)
    for start in range(0, batch.num_rows, 250):
        writer.write_batch(batch.slice(start, 250))
    if end:
        writer.close()
    path.write_bytes(sink.getvalue())
    return path


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("compression", [None, "zstd", "lz4"])
def test_every_value_is_that_of_the_table(tmp_path, stream, compression):
    options = pa.ipc.IpcWriteOptions(compression=compression)
    path = write(tmp_path / "t.arrow", record_batch(), stream=stream, options=options)
    found, quarantine, keys = read_all(open_source(path))
    assert quarantine.total == 0
    assert quarantine.read == {str(path): 1_000}
    assert keys.names == [("X",)]
    for name, values in TABLE.items():
        assert column(found["trade"], name) == values.tolist()


def inside(array: np.ndarray, start: int, size: int) -> bool:
    return start <= array.ctypes.data < start + size


def test_columns_of_a_mapped_file_are_the_events_columns(tmp_path, monkeypatch):
    path = write(tmp_path / "t.arrow", record_batch())
    spans = []
    real = pa.memory_map

    def mapped(name):
        memory = real(name)
        whole = memory.read_buffer()
        memory.seek(0)
        spans.append((whole.address, whole.size))
        return memory

    monkeypatch.setattr(pa, "memory_map", mapped)
    for (block,) in ArrowSource(path).chunks(Keys(), Quarantine()):
        for name in TABLE:
            if name != "side":  # words or numbers, so looked up
                assert inside(block.columns[name], *spans[-1]), name


def test_columns_of_a_parquet_file_are_those_that_were_decoded(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    pl.DataFrame(record_batch()).write_parquet(path)
    seen = []

    def frame(batch):
        made = pl.DataFrame(batch)
        seen.append({c.name: c.to_arrow().buffers()[1] for c in made.get_columns()})
        addresses = {
            name: batch.column(name).buffers()[1].address for name in ("time", "price", "size")
        }
        assert {name: seen[-1][name].address for name in addresses} == addresses
        return made

    monkeypatch.setattr("penstock.events.readers.columnar.pl", Shadow(frame))
    for (block,) in ParquetSource(path).chunks(Keys(), Quarantine()):
        for name in ("time", "price", "size"):
            buffer = seen[-1][name]
            assert inside(block.columns[name], buffer.address, buffer.size), name


class Shadow:
    """Polars, with frames that are looked at as they are made."""

    def __init__(self, frame):
        self.DataFrame, self.exceptions = frame, pl.exceptions


def test_stamps_of_dbn_records_are_the_events_stamps(tmp_path, monkeypatch):
    path = tmp_path / "t.dbn"
    path.write_bytes(metadata("trades") + b"".join(trade(i) for i in range(100)))
    spans = []
    real = np.frombuffer

    def frombuffer(raw, *args):
        found = real(raw, *args)
        spans.append((real(raw, np.uint8).ctypes.data, len(raw)))
        return found

    source = DbnSource(path)
    monkeypatch.setattr("penstock.events.readers.dbn.np.frombuffer", frombuffer)
    ((block,),) = source.chunks(Keys(), Quarantine())
    assert any(inside(block.columns["time"], *span) for span in spans)
    assert any(inside(block.columns["receive"], *span) for span in spans)


def test_a_bad_row_is_kept_aside_and_a_cut_stream_says_so(tmp_path):
    price = TABLE["price"].copy()
    price[7] = -1.0
    path = write(tmp_path / "t.arrows", record_batch(price=price), stream=True, end=False)
    found, quarantine, _ = read_all(ArrowSource(path))
    name = str(path)
    assert quarantine.counts == {(name, "non-positive price"): 1, (name, "truncated"): 1}
    assert sum(len(block) for block in found["trade"]) == 999


def test_a_file_that_is_not_arrow_is_a_data_error(tmp_path):
    path = tmp_path / "t.arrow"
    for data in (b"", b"ARROW1", b"garbage that is long enough", b"\0" * 100):
        path.write_bytes(data)
        with pytest.raises(DataError, match="must be of Arrow IPC"):
            ArrowSource(path)


ROWS = {
    name: {
        field.name: [(DEFAULTS.get(name, {}) | GOOD[name])[field.name]] * 3
        for field in TYPES[name].fields
    }
    for name in GOOD
}
WRITERS = {"t.parquet": write_parquet, "t.arrow": write_arrow, "t.csv": write_csv}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("file", WRITERS)
def test_a_written_file_of_any_type_gives_its_events_back(tmp_path, name, file):
    block = Block.of(TYPES[name], time=[START, START + 1, START + 2], **ROWS[name])
    path = tmp_path / file
    if (name, file) == ("text", "t.csv"):
        with pytest.raises(DefinitionError, match="without ids of texts"):
            WRITERS[file](path, Memory((block,)))
        return
    if name == "llm_prompt":
        with pytest.raises(DefinitionError, match="one cell wide, got 64 cells"):
            WRITERS[file](path, Memory((block,)))
        return
    assert WRITERS[file](path, Memory((block,))) == 3
    told = None if file != "t.csv" else name
    source = open_source(path, type=told)
    assert source.types == (TYPES[name],)
    found, quarantine, _ = read_all(source)
    assert quarantine.total == 0
    for field in TYPES[name].fields:
        ours = np.array(column(found[name], field.name))
        np.testing.assert_array_equal(ours, np.array(ROWS[name][field.name]))


def test_a_stream_is_written_too(tmp_path):
    block = Block.of(Funding, time=[START], **{k: v[:1] for k, v in ROWS["funding"].items()})
    path = tmp_path / "f.arrows"
    assert write_arrow(path, Memory((block,)), stream=True) == 1
    assert pa.ipc.open_stream(path.read_bytes()).read_all().num_rows == 1
    assert open_source(path).types == (Funding,)


def test_a_column_in_another_unit_is_refused_by_name(tmp_path):
    block = Block.of(Trade, time=[START], price=[1.0], size=[2.0], side=[1])
    for file, write_ in (("t.parquet", write_parquet), ("t.arrow", write_arrow)):
        write_(tmp_path / file, Memory((block,)))
        swapped = Mapping(Trade, {"price": "size"})
        with pytest.raises(DefinitionError, match="'size' for price must be in units of 'price'"):
            read_all(open_source(tmp_path / file, mapping=swapped))
        converted = Mapping(Trade, {"price": "size"}, scale={"price": 0.5})
        found, _, _ = read_all(open_source(tmp_path / file, mapping=converted))
        assert column(found["trade"], "price") == [1.0]
