"""What a source declares of its rows: its symbols, its span of time, its columns."""

import databento_dbn as dbn
import polars as pl
import pytest
from tests.events.dbn_files import START, column, mbo, metadata, read_all, trade

from penstock.core.errors import DataError, DefinitionError
from penstock.events import Quarantine
from penstock.events.checks import Rules
from penstock.events.readers import open_source

TABLE = pl.DataFrame(
    {
        "time": [START + i for i in range(6)],
        "symbol": ["ES", "NQ", "??", "ES", "NQ", "ES"],
        "price": [10.0 + i for i in range(6)],
        "size": [1.0] * 6,
        "venue_note": ["a"] * 6,
    }
)
FORMATS = ("t.csv", "t.tsv", "t.parquet", "t.arrow", "t.jsonl")


def write(path, table=TABLE):
    writers = {
        ".csv": table.write_csv,
        ".tsv": lambda p: table.write_csv(p, separator="\t"),
        ".parquet": table.write_parquet,
        ".arrow": lambda p: table.write_ipc(p, compat_level=pl.CompatLevel.oldest()),
        ".jsonl": table.write_ndjson,
    }
    writers[path.suffix](path)
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_a_row_of_an_unknown_symbol_is_kept_aside(tmp_path, name):
    path = write(tmp_path / name)
    rules = Rules(symbols=frozenset({"ES", "NQ"}))
    found, quarantine, keys = read_all(open_source(path, rules=rules))
    assert quarantine.counts == {(str(path), "unknown symbol"): 1}
    assert column(found["trade"], "price") == [10.0, 11.0, 13.0, 14.0, 15.0]
    assert keys.names == [("ES",), ("NQ",)]


def test_a_record_of_an_unknown_symbol_is_kept_aside(tmp_path):
    path = tmp_path / "t.dbn"
    records = [trade(i, instrument_id=9 if i == 2 else 7) for i in range(5)]
    path.write_bytes(metadata("trades") + b"".join(records))
    rules = Rules(symbols=frozenset({"ES.c.0"}))
    found, quarantine, _ = read_all(open_source(path, rules=rules))
    assert quarantine.counts == {(str(path), "unknown symbol"): 1}
    assert column(found["trade"], "size") == [1.0, 2.0, 4.0, 5.0]


@pytest.mark.parametrize("name", FORMATS)
def test_stamps_outside_the_declared_span_are_kept_aside(tmp_path, name):
    """Milliseconds read as nanoseconds lie in 1970."""
    table = TABLE.with_columns(time=pl.Series([*TABLE["time"][:5], START + 10**15]))
    path = write(tmp_path / name, table.with_columns(time=pl.col("time") // 1_000_000))
    _, quarantine, _ = read_all(open_source(path, rules=Rules(since=START)))
    assert quarantine.counts == {(str(path), "time out of range"): 6}
    path = write(tmp_path / name, table)
    _, quarantine, _ = read_all(open_source(path, rules=Rules(since=START, until=START + 10**12)))
    assert quarantine.counts == {(str(path), "time out of range"): 1}


@pytest.mark.parametrize("name", FORMATS)
def test_columns_that_nothing_asks_for_are_named_or_refused(tmp_path, name):
    path = write(tmp_path / name)
    quarantine = Quarantine()
    read_all(open_source(path), quarantine)
    assert quarantine.unread == {str(path): ("venue_note",)}
    with pytest.raises(DefinitionError, match="got venue_note that nothing asks for"):
        read_all(open_source(path, mapping=["rest=refuse"]))


@pytest.mark.parametrize("name", FORMATS)
def test_missing_and_renamed_columns(tmp_path, name):
    renamed = TABLE.rename({"price": "px", "time": "ts"})
    path = write(tmp_path / name, renamed)
    source = open_source(path, type="trade", mapping=["price=px", "time=ts:ns:UTC"])
    assert column(read_all(source)[0]["trade"], "price") == TABLE["price"].to_list()
    with pytest.raises(DefinitionError, match=r"column 'tss' for time .* did you mean 'ts'"):
        read_all(open_source(path, type="trade", mapping=["price=px", "time=tss:ns:UTC"]))
    path = write(tmp_path / name, TABLE.drop("size"))
    with pytest.raises(DefinitionError, match="column 'size' for size must be one of"):
        read_all(open_source(path, type="trade"))


def test_orders_are_counted_once_by_the_file_and_its_books(tmp_path):
    path = tmp_path / "m.dbn"
    path.write_bytes(metadata("mbo") + b"".join(mbo(i) for i in range(20)))
    quarantine = Quarantine()
    read_all(open_source(path, books=True), quarantine)
    assert quarantine.read == {str(path): 20}


def test_a_builders_bad_rows_are_judged_by_what_it_took(tmp_path):
    path = tmp_path / "m.dbn"
    unknown = [mbo(i, action=dbn.Action.CANCEL, order_id=900 + i) for i in range(20)]
    path.write_bytes(metadata("mbo") + b"".join(unknown))
    with pytest.raises(DataError, match=r"got (\d+) of \1 .unknown order"):
        read_all(open_source(path, books=True), Quarantine(policy=0.01))
