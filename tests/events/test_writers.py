"""What the writers write, the readers give back bit for bit."""

import databento_dbn
import numpy as np
import polars as pl
import pytest

from penstock.core.errors import DataError, DefinitionError
from penstock.events import Bar, Block, Book, Keys, Mbo, Quarantine, Quote, Trade
from penstock.events.readers import CsvSource, DbnSource, Mapping, ParquetSource, Time
from penstock.events.simulator import Simulator, simulate
from penstock.events.writers import write_csv, write_dbn, write_parquet

RECEIVE = Time("receive", "ns", "UTC")


class Fixed:
    """A source of given blocks."""

    name = "fixed"

    def __init__(self, *blocks, names=("A",)):
        self.blocks, self.names = blocks, names
        self.types = tuple(block.type for block in blocks)

    def chunks(self, keys, quarantine):
        for name in self.names:
            keys.number((name,))
        yield self.blocks

    def content_hash(self):
        return "0" * 64


def events(source, wanted=None):
    """All events of one type by column, and the keys' names."""
    keys, quarantine = Keys(), Quarantine()
    place = source.types.index(wanted) if wanted else 0
    chunks = [chunk[place] for chunk in source.chunks(keys, quarantine)]
    assert quarantine.total == 0
    names = chunks[0].columns
    return {n: np.concatenate([c.columns[n] for c in chunks]) for n in names}, keys.names


def assert_same(source, copy, wanted=None):
    (expected, names), (got, same) = events(source, wanted), events(copy, wanted)
    assert len(expected["time"]) > 0
    # keys are numbered by first appearance, which differs where one type is read without the other
    assert [names[key] for key in expected.pop("key")] == [same[key] for key in got["key"]]
    for name, column in expected.items():
        assert column.tobytes() == got[name].tobytes(), name


def bars():
    return Fixed(
        Block.of(
            Bar,
            time=[120_000_000_000, 180_000_000_000],
            open=[10.0, 10.5],
            high=[11.0, 10.5],
            low=[9.25, 10.5],
            close=[10.1, 10.5],
            volume=[7, 1],
            trades=[np.nan, np.nan],
        )
    )


@pytest.mark.parametrize("suffix", [".dbn", ".dbn.zst"])
def test_order_messages_come_back_from_dbn(tmp_path, suffix):
    source = Simulator(("A", "B"), seconds=120)
    path = tmp_path / f"mbo{suffix}"
    written = write_dbn(path, source)
    assert written == len(events(source)[0]["time"])
    assert_same(source, DbnSource(path))


def test_trades_and_books_come_back_from_dbn(tmp_path):
    source = simulate(("A", "B"), seconds=120)
    write_dbn(tmp_path / "mbp.dbn.zst", source)
    copy = DbnSource(tmp_path / "mbp.dbn.zst")
    assert copy.types == (Trade, Book)
    assert_same(source, copy, Trade)
    assert_same(source, copy, Book)
    write_dbn(tmp_path / "trades.dbn", source, schema="trades")
    assert_same(source, DbnSource(tmp_path / "trades.dbn"), Trade)


def test_bars_come_back_from_dbn(tmp_path):
    write_dbn(tmp_path / "bars.dbn", bars(), schema="ohlcv-1m")
    assert_same(bars(), DbnSource(tmp_path / "bars.dbn"))


def test_event_and_receive_times_come_back_apart(tmp_path):
    source = Fixed(
        Block.of(Trade, time=[10, 20], receive=[15, 21], price=[1.5, 2.5], size=[1, 2], side=[1, 0])
    )
    write_dbn(tmp_path / "t.dbn", source)
    assert_same(source, DbnSource(tmp_path / "t.dbn", order="event"))
    write_csv(tmp_path / "t.csv", source)
    assert_same(source, CsvSource(tmp_path / "t.csv", Mapping(Trade, receive=RECEIVE)))
    assert_same(source, CsvSource(tmp_path / "t.csv"))


def test_the_vendors_decoder_reads_the_file(tmp_path):
    write_dbn(tmp_path / "mbo.dbn", Simulator(("A", "B"), seconds=20))
    decoder = databento_dbn.DBNDecoder()
    decoder.write((tmp_path / "mbo.dbn").read_bytes())
    metadata, *records = decoder.decode()
    columns, _ = events(Simulator(("A", "B"), seconds=20))
    assert metadata.symbols == ["A", "B"]
    assert [r.order_id for r in records] == columns["order"].tolist()
    assert [r.ts_recv for r in records] == columns["time"].tolist()
    assert [r.size for r in records] == columns["size"].tolist()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".csv.zst", ".parquet"])
@pytest.mark.parametrize("wanted", [Trade, Book, Mbo, Bar])
def test_tables_come_back(tmp_path, suffix, wanted):
    source = {
        Mbo: Simulator(("A", "B"), seconds=30),
        Bar: bars(),
    }.get(wanted, simulate(("A", "B"), seconds=30))
    path = tmp_path / f"table{suffix}"
    write, read = (write_parquet, ParquetSource) if suffix == ".parquet" else (write_csv, CsvSource)
    write(path, source, type=wanted)
    assert_same(source, read(path, Mapping(wanted, receive=RECEIVE)), wanted)
    assert read(path).types == (wanted,)


def test_the_same_events_give_the_same_bytes(tmp_path):
    names = ("a.dbn.zst", "a.csv.gz", "a.parquet")
    writers = (write_dbn, write_csv, write_parquet)
    for name, write in zip(names, writers, strict=True):
        contents = []
        for _ in range(2):
            write(tmp_path / name, Simulator(("A",), seconds=10))
            contents.append((tmp_path / name).read_bytes())
        assert contents[0] == contents[1]


def test_a_source_without_rows_gives_a_table_with_columns(tmp_path):
    empty = Fixed(
        Block.of(Trade, time=[], price=[], size=[], side=[]),
        Block.of(Book, time=[], levels=np.empty((0, 40))),
    )
    assert write_csv(tmp_path / "t.csv", empty, type=Trade) == 0
    assert (tmp_path / "t.csv").read_text() == "time,receive,symbol,price,size,side\n"
    assert write_parquet(tmp_path / "t.parquet", empty, type=Book) == 0
    assert pl.read_parquet(tmp_path / "t.parquet").width == 43
    for schema in ("trades", "mbp-10"):
        assert write_dbn(tmp_path / "t.dbn", empty, schema=schema) == 0
        chunks = DbnSource(tmp_path / "t.dbn").chunks(Keys(), Quarantine())
        assert sum(len(block) for chunk in chunks for block in chunk) == 0


@pytest.mark.parametrize(
    ("price", "size", "message"),
    [
        (1e-10, 1, "a price must be a multiple of 1e-9"),
        (1e10, 1, "a price must be a multiple of 1e-9"),
        (np.inf, 1, "a price must be a multiple of 1e-9"),
        (1.0, 0.5, "size must be a whole number"),
        (1.0, 2.0**33, "size must be a whole number"),
        (1.0, np.nan, "size must be a whole number"),
    ],
)
def test_a_value_without_an_exact_form_is_an_error_and_leaves_no_file(
    tmp_path, price, size, message
):
    source = Fixed(Block.of(Trade, time=[1], price=[price], size=[size], side=[1]))
    with pytest.raises(DataError, match=message):
        write_dbn(tmp_path / "t.dbn", source)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_said(tmp_path):
    trade = Fixed(Block.of(Trade, time=[1], price=[1.0], size=[1.0], side=[1]))
    with pytest.raises(DefinitionError, match="mbo needs a source of mbo, got one of trade"):
        write_dbn(tmp_path / "t.dbn", trade, schema="mbo")
    with pytest.raises(DefinitionError, match="got 'trade'; did you mean 'trades'"):
        write_dbn(tmp_path / "t.dbn", trade, schema="trade")
    with pytest.raises(DefinitionError, match="the schema must be given for a source of bar"):
        write_dbn(tmp_path / "t.dbn", bars())
    with pytest.raises(DefinitionError, match="the type must be one of trade, book, got None"):
        write_csv(tmp_path / "t.csv", simulate(("A",), seconds=1))
    with pytest.raises(DefinitionError, match="the type must be one of trade, got quote"):
        write_parquet(tmp_path / "t.parquet", trade, type=Quote)
    counted = bars()
    counted.blocks[0].columns["trades"][:] = 3.0
    with pytest.raises(DataError, match="bars must not count their trades"):
        write_dbn(tmp_path / "t.dbn", counted, schema="ohlcv-1m")
