"""The lake: written once, in any order, by several, and through kills."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DefinitionError
from penstock.declare import Field, Pushed, schema_of
from penstock.store.offline.lake import Lake
from penstock.store.offline.upkeep import compact, retain, vacuum

ROOT = Path(__file__).resolve().parents[3]
DAY = 86_400_000_000_000
VIEW = schema_of(
    Pushed("view", [Field("x"), Field("n", "i8"), Field("on", "bool"), Field("word", "str")])
)


def frame(count: int, start: int = 0, key: str = "a", step: int = DAY // 10) -> pl.DataFrame:
    ts = pl.int_range(start, start + count, eager=True) * step
    return pl.DataFrame({"ts": ts}).select(
        symbol=pl.lit(key), ts="ts", created=pl.col("ts") + 1, x=pl.col("ts") * 0.5, n=pl.col("ts") // 3,
        on=pl.col("ts") % 2 == 0, word=pl.col("ts").cast(pl.String),
    )  # fmt: skip


def rows(lake: Lake, **given: object) -> list[tuple[object, ...]]:
    return sorted(lake.read(VIEW, **given).collect().rows())  # type: ignore[arg-type]


def test_what_is_written_is_read_by_time_and_column(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(VIEW, frame(25))
    lake.write(VIEW, frame(25, key="b"))
    assert rows(lake) == sorted([*frame(25).rows(), *frame(25, key="b").rows()])
    part = lake.read(VIEW, columns=["n"], start=DAY, end=2 * DAY).collect()
    assert part.columns == ["symbol", "ts", "created", "n"]
    assert sorted(part["ts"].to_list()) == sorted([DAY // 10 * i for i in range(10, 20)] * 2)
    assert lake.facts(VIEW) | {"bytes": 0} == {
        "view": "view@v1", "files": 6, "rows": 50, "bytes": 0, "first_date": "1970-01-01", "last_date": "1970-01-03",
    }  # fmt: skip
    assert {f.path.parent.name for f in lake.files(VIEW)} == {
        f"date=1970-01-0{i}" for i in (1, 2, 3)
    }


def test_files_are_parquet_in_order_that_anyone_reads(tmp_path: Path) -> None:
    duckdb = pytest.importorskip(
        "duckdb", reason="duckdb is not installed: the extra oracles has it"
    )
    lake = Lake(tmp_path)
    lake.write(
        VIEW, pl.concat([frame(30, key="b"), frame(30, key="a")]).sample(60, shuffle=True, seed=1)
    )
    files = [str(f.path) for f in lake.files(VIEW)]
    for file in files:
        told = duckdb.read_parquet(file).select("symbol", "ts").fetchall()
        assert told == sorted(told)
        assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"
    assert len(duckdb.read_parquet(files).fetchall()) == 60


def test_numbers_that_hardly_repeat_are_split_into_their_bytes_and_keep_their_bits(
    tmp_path: Path,
) -> None:
    duckdb = pytest.importorskip(
        "duckdb", reason="duckdb is not installed: the extra oracles has it"
    )
    random, count = np.random.default_rng(1), 5_000
    view = schema_of(
        Pushed("view", [Field("smooth"), Field("tick"), Field("few"), Field("n", "i8")])
    )
    smooth = random.standard_normal(count)
    smooth[:6] = [-0.0, np.inf, -np.inf, 5e-324, 1.7976931348623157e308, 0.1]
    given = pl.DataFrame({
        "symbol": ["a"] * count, "ts": range(count), "created": range(count), "smooth": smooth,
        "tick": np.round(100 + 0.01 * np.cumsum(random.integers(-1, 2, count)), 2),
        "few": np.where(random.random(count) < 0.9, np.nan, random.standard_normal(count)),
        "n": random.integers(1 << 62, size=count),
    })  # fmt: skip
    lake = Lake(tmp_path)
    lake.write(view, given)
    (file,) = lake.files(view)
    group = pq.ParquetFile(file.path).metadata.row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    split = {name for name, one in columns.items() if "BYTE_STREAM_SPLIT" in one.encodings}
    assert split == {"smooth"}
    assert columns["tick"].total_compressed_size < columns["smooth"].total_compressed_size / 4
    told = duckdb.read_parquet(str(file.path)).fetchnumpy()
    for name in ("smooth", "tick"):
        bits = given[name].to_numpy().view(np.int64)
        assert (lake.read(view).sort("ts").collect()[name].to_numpy().view(np.int64) == bits).all()
        assert (np.asarray(told[name]).view(np.int64) == bits).all()
    lake.write(view, given.head(1))
    assert compact(lake, view).twice == 1
    (file,) = lake.files(view)
    assert "BYTE_STREAM_SPLIT" in str(pq.ParquetFile(file.path).metadata.to_dict())


def test_a_row_that_is_written_twice_reads_as_once_and_compacts_to_one(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(VIEW, frame(25))
    lake.write(VIEW, frame(30))
    assert rows(lake) == sorted(frame(30).rows())
    kept = compact(lake, VIEW)
    assert (kept.dates, kept.files_before, kept.files_after, kept.twice) == (3, 6, 3, 25)
    assert rows(lake) == sorted(frame(30).rows())
    assert compact(lake, VIEW).dates == 0


def test_a_transaction_is_in_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert not lake.write(VIEW, frame(5), transaction=("job", 1)).again
    assert lake.write(VIEW, frame(5), transaction=("job", 1)).again
    assert not lake.write(VIEW, frame(5, 5), transaction=("job", 2)).again
    assert lake.write(VIEW, frame(5, 90), transaction=("job", 1)).again
    assert not lake.write(VIEW, frame(5, 10), transaction=("other", 1)).again
    assert lake.transaction(VIEW, "job") == 2
    assert rows(lake) == sorted(frame(15).rows())
    lake.write(VIEW, frame(0), transaction=("job", 3))
    assert lake.transaction(VIEW, "job") == 3, "a part without rows is done too"
    compact(lake, VIEW)
    vacuum(lake, VIEW, hours=0)
    assert lake.transaction(VIEW, "job") == 3


def test_old_dates_are_dropped_whole(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(VIEW, frame(50))
    assert retain(lake, VIEW, 2 * DAY, 4 * DAY + 5).dates == 2
    assert rows(lake) == sorted(frame(30, 20).rows())
    assert retain(lake, VIEW, 2 * DAY, 4 * DAY + 5).dates == 0
    assert vacuum(lake, VIEW, hours=0) > 0
    assert rows(lake) == sorted(frame(30, 20).rows())


def test_columns_of_another_kind_are_refused(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with pytest.raises(DefinitionError, match="a column n of Int64 is needed, got Float64"):
        lake.write(VIEW, frame(3).with_columns(n=pl.col("x")))
    with pytest.raises(DefinitionError, match="a column x of Float64 is needed, got none"):
        lake.write(VIEW, frame(3).drop("x"))


def child(body: str, path: Path, *words: object) -> subprocess.Popen[bytes]:
    text = f"""
import sys
sys.path[:0] = [{str(ROOT / "src")!r}, {str(ROOT)!r}]
from pathlib import Path
from tests.store.offline.test_lake import *
lake = Lake(Path(sys.argv[1]))
{body}
"""
    return subprocess.Popen([sys.executable, "-c", text, str(path), *map(str, words)])


def test_several_processes_write_at_one_time(tmp_path: Path) -> None:
    body = "for i in range(6): lake.write(VIEW, frame(5, i * 5, sys.argv[2]), transaction=(sys.argv[2], i + 1))"
    children = [child(body, tmp_path, name) for name in "abc"]
    assert [one.wait(120) for one in children] == [0, 0, 0]
    assert rows(Lake(tmp_path)) == sorted(r for name in "abc" for r in frame(30, key=name).rows())


def written(last: int) -> list[tuple[object, ...]]:
    """What transactions up to the last one wrote."""
    more = (r for i in range(2, last + 1) for r in frame(2000, i * 2000, step=1).rows())
    return [*frame(5, step=1).rows(), *more]


@pytest.mark.parametrize("what", ["write", "compact"])
def test_whoever_is_killed_leaves_the_old_or_the_new(tmp_path: Path, what: str) -> None:
    lake = Lake(tmp_path)
    lake.write(VIEW, frame(5, step=1), transaction=("job", 1))
    bodies = {
        "write": """
last = lake.transaction(VIEW, "job")
while True:
    last += 1
    lake.write(VIEW, frame(2000, last * 2000, step=1), transaction=("job", last))
""",
        "compact": """
last = lake.transaction(VIEW, "job")
while True:
    last += 1
    lake.write(VIEW, frame(2000, last * 2000, step=1), transaction=("job", last))
    compact(lake, VIEW)
""",
    }
    for turn in range(4):
        one = child(bodies[what], tmp_path)
        before = lake.transaction(VIEW, "job")
        while lake.transaction(VIEW, "job") == before and one.poll() is None:
            time.sleep(0.01)
        time.sleep(0.013 * turn)
        os.kill(one.pid, signal.SIGKILL)
        one.wait(10)
        last = lake.transaction(VIEW, "job") or 0
        expected = written(last)
        assert rows(lake) == sorted(expected)
    assert last > 4
    vacuum(lake, VIEW, hours=0)
    assert rows(lake) == sorted(expected)


def test_a_write_during_compaction_is_not_lost(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    body = (
        "for i in range(1, 25): lake.write(VIEW, frame(20, i * 20, step=1), transaction=('job', i))"
    )
    one = child(body, tmp_path)
    while one.poll() is None:
        compact(lake, VIEW)
    assert one.wait(60) == 0
    compact(lake, VIEW)
    assert rows(lake) == sorted(r for i in range(1, 25) for r in frame(20, i * 20, step=1).rows())
    assert len(lake.files(VIEW)) == 1
