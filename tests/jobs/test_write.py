"""Rows on disk: whole or not at all, in bounded memory, with their lineage."""

import json
import threading

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

import penstock as ps
from penstock.core.errors import DataError, DefinitionError
from penstock.events.simulator import simulate
from penstock.expr import TRADE, Column
from penstock.jobs import sheets
from penstock.jobs.run import History
from penstock.jobs.write import read_lineage, write
from penstock.ops.ema import Ema

PRICE = Column(TRADE, "price")
VIEW = ps.View("emas", [("fast", Ema(PRICE, span=3)), ("slow", Ema(PRICE, span=30))], on="trade")
DAY = 86_400_000_000_000


class Failing:
    """A source that breaks after its first chunk."""

    def __init__(self, source):
        self.source, self.name, self.types = source, source.name, source.types

    def chunks(self, keys, quarantine):
        yield next(self.source.chunks(keys, quarantine))
        raise DataError("the disk went away")

    def content_hash(self):
        return self.source.content_hash()


@pytest.fixture
def market():
    return simulate(("A", "B", "C"), seconds=1_500)


def same_bits(one, two):
    columns = ("symbol", "ts", "fast", "slow")
    one, two = (
        frame.select(columns)
        .with_columns(pl.col("symbol").cast(pl.String))
        .sort("symbol", maintain_order=True)
        for frame in (one, two)
    )
    for name in ("fast", "slow"):
        assert np.array_equal(one[name].to_numpy().view("u8"), two[name].to_numpy().view("u8"))
    assert one.select("symbol", "ts").equals(two.select("symbol", "ts"))


def test_rows_are_those_of_a_run(market, tmp_path):
    written = write(History(VIEW, market), tmp_path / "rows.parquet")
    expected = ps.run(VIEW, market)
    assert written.rows == expected.height
    same_bits(pl.read_parquet(tmp_path / "rows.parquet"), expected)


def test_small_groups_change_no_row(market, tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "CELLS", 64)
    write(History(VIEW, market), tmp_path / "rows.parquet")
    assert pq.ParquetFile(tmp_path / "rows.parquet").num_row_groups > 1
    same_bits(pl.read_parquet(tmp_path / "rows.parquet"), ps.run(VIEW, market))


def test_a_partition_goes_on_in_another_file_where_too_many_are_open(market, tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "CELLS", 16)
    monkeypatch.setattr(sheets, "OPEN", 1)
    written = write(History(VIEW, market), tmp_path / "rows")
    assert len(written.files) > 3
    assert any(path.name == "part-1.parquet" for path in written.files)
    parts = [pl.read_parquet(path) for path in written.files]
    same_bits(pl.concat(parts), ps.run(VIEW, market))
    complete = [read_lineage(path)["complete"] for path in written.files]
    assert not all(complete)
    assert any(complete)


def test_a_second_run_replaces_its_partitions_and_leaves_others(market, tmp_path, monkeypatch):
    out = tmp_path / "rows"
    with monkeypatch.context() as patched:
        patched.setattr(sheets, "CELLS", 16)
        patched.setattr(sheets, "OPEN", 1)
        write(History(VIEW, market), out)
    other = out / "symbol=Z" / "date=2020-01-01" / "part.parquet"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another's")
    written = write(History(VIEW, market), out)
    found = set(out.glob("**/*.parquet"))
    assert found == {*written.files, other}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows"]


@pytest.mark.parametrize("name", ["rows.parquet", "rows"])
def test_a_run_that_fails_leaves_what_was_there(market, tmp_path, name):
    before = write(History(VIEW, market), tmp_path / name)
    stamps = [path.stat().st_mtime_ns for path in before.files]
    with pytest.raises(DataError, match="went away"):
        write(History(VIEW, Failing(market)), tmp_path / name)
    assert [path.stat().st_mtime_ns for path in before.files] == stamps
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_days_have_their_own_partitions(tmp_path):
    table = tmp_path / "trades.csv"
    lines = [f"{day * DAY + 5},A,{10 + day},1" for day in range(3)]
    table.write_text("\n".join(["time,symbol,price,size", *lines]))
    written = write(History(VIEW, ps.open_source(table)), tmp_path / "rows")
    dates = [path.parent.name for path in written.files]
    assert dates == ["date=1970-01-01", "date=1970-01-02", "date=1970-01-03"]


def test_no_rows_make_a_file_with_columns(tmp_path):
    table = tmp_path / "trades.csv"
    table.write_text("time,symbol,price,size\n5,A,-1,1\n")
    written = write(History(VIEW, ps.open_source(table)), tmp_path / "rows.parquet")
    frame = pl.read_parquet(tmp_path / "rows.parquet")
    assert frame.columns == ["symbol", "ts", "fast", "slow"]
    assert frame.height == written.rows == 0
    assert written.lineage["rows"]["quarantined"] == {"non-positive price": 1}


def test_units_and_lineage_stand_in_the_file(market, tmp_path):
    path = tmp_path / "rows.parquet"
    written = write(History(VIEW, market), path)
    assert pq.read_schema(path).field("fast").metadata == {b"unit": b"price"}
    assert read_lineage(path) == json.loads(json.dumps(written.lineage))
    assert written.lineage["sources"][0]["sha256"] == market.content_hash()
    pl.DataFrame({"x": [1]}).write_parquet(tmp_path / "other.parquet")
    assert read_lineage(tmp_path / "other.parquet") is None


def test_names_that_cannot_be_written_are_refused_before_the_run(market, tmp_path):
    (tmp_path / "rows.parquet").mkdir()
    (tmp_path / "rows.csv").write_text("")
    for name in ("rows.parquet", "rows.csv"):
        with pytest.raises(DefinitionError, match="must"):
            write(History(VIEW, market), tmp_path / name)


@pytest.mark.parametrize("name", ["rows", "rows.parquet"])
def test_rows_are_written_while_the_run_goes_on_in_threads(market, tmp_path, monkeypatch, name):
    monkeypatch.setattr(sheets, "CELLS", 64)
    told = []

    def progress(*given):
        told.append(given)

    written = write(History(VIEW, market, threads=2), tmp_path / name, progress=progress)
    alone = write(History(VIEW, market), tmp_path / f"alone.{name}")
    assert told[-1] == (written.lineage["rows"]["admitted"], written.rows)
    assert written.lineage["rows"] == alone.lineage["rows"]
    both = (pl.read_parquet(path) for path in (tmp_path / name, tmp_path / f"alone.{name}"))
    same_bits(*both)


def test_a_run_in_threads_that_stops_leaves_nothing_and_says_why(market, tmp_path):
    with pytest.raises(DataError, match="the disk went away"):
        write(History(VIEW, Failing(market), threads=2), tmp_path / "rows.parquet")

    def refuse(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(History(VIEW, market, threads=2), tmp_path / "rows.parquet", progress=refuse)
    assert not list(tmp_path.iterdir())
    assert not [t for t in threading.enumerate() if t.name.startswith("penstock-write")]


def test_progress_is_told_after_each_chunk(market, tmp_path):
    told = []
    write(History(VIEW, market), tmp_path / "r.parquet", progress=lambda *given: told.append(given))
    assert told == sorted(told)
    assert told[-1][1] == ps.run(VIEW, market).height
