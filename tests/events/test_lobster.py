"""LOBSTER's files: read as they are, and the messages replayed to the books beside them."""

import csv
import datetime as dt
import gzip
import math
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.events.dbn_files import column, read_all, shared

from penstock.core.errors import DefinitionError
from penstock.events import Block, Keys, Quarantine
from penstock.events.books.depth_books import DepthBooks
from penstock.events.readers import LobsterSource, open_source
from penstock.events.types import Depth

MESSAGES = "lobster/AAPL_2012-06-21_34200000_57600000_message_10.csv"
BOOKS = "lobster/AAPL_2012-06-21_34200000_57600000_orderbook_10.csv.gz"
NAME = "XY_2012-06-21_34200000_57600000_message_2.csv"
MIDNIGHT = int(dt.datetime(2012, 6, 21, tzinfo=ZoneInfo("America/New_York")).timestamp()) * 10**9
EMPTY = 9_999_999_999


def messages() -> list[list[str]]:
    with shared(MESSAGES).open() as file:
        return list(csv.reader(file))


def shown() -> list[list[tuple[int, int]]]:
    """Per row of the order book file its sides, asks first: (price, size) by level."""
    with gzip.open(shared(BOOKS), "rt") as file:
        rows = [[int(cell) for cell in row] for row in csv.reader(file)]
    return [list(zip(row[0::2], row[1::2], strict=True)) for row in rows]


def stamp(seconds: str) -> int:
    return MIDNIGHT + int(Decimal(seconds) * 10**9)


def test_every_message_gives_what_it_stands_for():
    found, quarantine, keys = read_all(open_source(shared(MESSAGES)))
    rows = messages()
    assert quarantine.total == 0
    assert quarantine.read == {str(shared(MESSAGES)): len(rows)}
    assert keys.names == [("AAPL",)]
    executed = [row for row in rows if row[1] in "456"]
    assert column(found["trade"], "time") == [stamp(row[0]) for row in executed]
    assert column(found["trade"], "price") == [int(row[4]) / 10_000 for row in executed]
    assert column(found["trade"], "size") == [float(row[3]) for row in executed]
    assert column(found["trade"], "side") == [-int(row[5]) for row in executed]
    ticked = [(row, book) for row, book in zip(rows, shown(), strict=True) if row[1] in "1234"]
    assert column(found["book"], "time") == [stamp(row[0]) for row, _ in ticked]
    cells = np.vstack([block.columns["levels"] for block in found["book"]])
    for ours, (_, book) in zip(cells, ticked, strict=True):
        asks, bids = book[0::2], book[1::2]
        wanted = [
            cell
            for (bid, of_bid), (ask, of_ask) in zip(bids, asks, strict=True)
            for cell in (bid / 10_000, of_bid, ask / 10_000, of_ask)
        ]
        assert ours.tolist() == wanted


def depth(changes: list[tuple[float, float, int]], time: int, flags: int) -> Block:
    """Levels' new sizes, the last row ending the message."""
    size = len(changes)
    return Block.of(
        Depth,
        time=[time] * size,
        price=[price for price, _, _ in changes],
        size=[amount for _, amount, _ in changes],
        side=[side for _, _, side in changes],
        flags=[flags] * (size - 1) + [flags | 128],
    )


def test_messages_replayed_from_the_first_book_give_the_books_beside_them(tmp_path):
    """A level that once was deeper than the ten shown may have changed unseen: it is compared no more."""
    alone = tmp_path / shared(MESSAGES).name
    alone.write_bytes(shared(MESSAGES).read_bytes())
    source = open_source(alone)
    assert [type_.name for type_ in source.types] == ["status", "trade", "mbo"]
    found, quarantine, _ = read_all(source)
    assert quarantine.total == 0
    orders = [event for block in found["mbo"] for event in block]
    ticks = [(row, book) for row, book in zip(messages(), shown(), strict=True) if row[1] in "1234"]
    assert len(orders) == len(ticks)
    start = [(p / 10_000, float(s), 1 if i % 2 else -1) for i, (p, s) in enumerate(ticks[0][1])]
    sizes = {(price, side): size for price, size, side in start}
    builder, aside = DepthBooks(), Quarantine()
    builder.apply(depth(start, orders[0]["time"], 32), aside)
    compared = 0
    # what was shown in every row so far lies between these
    low, high = ticks[0][1][-1][0] / 10_000, ticks[0][1][-2][0] / 10_000
    for event, (_, book) in zip(orders[1:], ticks[1:], strict=True):
        low, high = max(low, book[-1][0] / 10_000), min(high, book[-2][0] / 10_000)
        level = event["price"], event["side"]
        change = event["size"] if event["action"] == ord("A") else -event["size"]
        sizes[level] = max(0.0, sizes.get(level, 0.0) + change)  # it may have grown unseen
        made = builder.apply(depth([(level[0], sizes[level], level[1])], event["time"], 0), aside)
        if not len(made):
            continue
        levels = made.columns["levels"][0].reshape(10, 4)
        for ours, (ask, bid) in zip(levels, zip(book[0::2], book[1::2], strict=True), strict=True):
            if low <= bid[0] / 10_000 and ask[0] / 10_000 <= high:
                assert ours.tolist() == [bid[0] / 10_000, bid[1], ask[0] / 10_000, ask[1]]
                compared += 1
    assert aside.total == 0
    assert compared > 800


LINES = [
    "34200.000000001,1,1,10,1000000,1",
    "34200.5,4,1,4,1000000,1",
    "34200.5,5,0,3,1000500,-1",
    "34200.7,6,-1,9,1000200,-1",
    "34201,7,0,0,-1,-1",
    "34202,7,0,0,0,-1",
    "34203,7,0,0,1,-1",
    "34204,2,1,1,1000000,1",
    "34205,3,1,5,1000000,1",
]
SIDE_BOOKS = [
    f"1001000,5,1000000,{size},{EMPTY},0,-{EMPTY},0" for size in (10, 6, 6, 6, 6, 6, 6, 5)
] + [f"1001000,5,-{EMPTY},0,{EMPTY},0,-{EMPTY},0"]


def write(folder, lines=LINES, books=SIDE_BOOKS):
    path = folder / NAME
    path.write_text("\n".join(lines) + "\n")
    if books is not None:
        (folder / NAME.replace("message", "orderbook")).write_text("\n".join(books) + "\n")
    return path


def test_hidden_executions_crosses_halts_and_absent_levels(tmp_path):
    found, quarantine, _ = read_all(open_source(write(tmp_path)))
    assert quarantine.total == 0
    assert column(found["trade"], "side") == [-1, 1, 0]
    assert column(found["trade"], "price") == [100.0, 100.05, 100.02]
    assert column(found["status"], "state") == [8, 3, 7]
    assert column(found["status"], "trading") == [-1, -1, 1]
    assert column(found["status"], "quoting") == [-1, 1, 1]
    levels = np.vstack([block.columns["levels"] for block in found["book"]])
    assert levels[:, 1].tolist() == [10, 6, 5, 0]
    np.testing.assert_array_equal(levels[-1, :4], [math.nan, 0, 100.1, 5])
    assert np.isnan(levels[:, 4]).all()
    assert column(found["book"], "time")[0] == MIDNIGHT + 34_200 * 10**9 + 1


def test_no_time_is_split_between_chunks_and_any_size_gives_the_same(tmp_path, monkeypatch):
    path = write(tmp_path)
    whole, _, _ = read_all(LobsterSource(path))
    monkeypatch.setattr("penstock.events.readers.lobster.ROWS", 2)
    seen = set()
    for blocks in LobsterSource(path).chunks(Keys(), Quarantine()):
        times = {time for block in blocks for time in block.columns["time"].tolist()}
        assert not times & seen
        seen |= times
    parts, _, _ = read_all(LobsterSource(path))
    for name, fields in (("trade", ("time", "price", "side")), ("status", ("time", "state"))):
        for field in fields:
            assert column(parts[name], field) == column(whole[name], field)
    assert column(parts["book"], "time") == column(whole["book"], "time")


def test_bad_lines_of_either_file_are_kept_aside(tmp_path):
    lines = [
        *LINES[:2],
        "34200.6,9,1,4,1000000,1",
        "34200.6,x,1,4,1000000,1",
        "34200.6,1,1",
        *LINES[7:],
    ]
    books = [*SIDE_BOOKS[:2], *SIDE_BOOKS[:3], "1001000,5,oops", SIDE_BOOKS[8], SIDE_BOOKS[8]]
    path = write(tmp_path, lines, books)
    found, quarantine, _ = read_all(open_source(path))
    name = str(path)
    assert quarantine.counts == {
        (name, "unknown action"): 1,
        (name, "wrong type"): 3,
        (name, "no line beside it"): 1,
    }
    assert quarantine.read == {name: 8}
    assert column(found["book"], "time") == [stamp(lines[i].split(",")[0]) for i in (0, 1, 6)]


def test_a_name_without_a_date_needs_one(tmp_path):
    path = tmp_path / "messages.csv"
    path.write_text("\n".join(LINES))
    with pytest.raises(DefinitionError, match="needs a symbol and a date"):
        LobsterSource(path)
    source = LobsterSource(path, symbol="XY", date=dt.date(2012, 6, 21))
    found, _, _ = read_all(source)
    assert sum(len(block) for block in found["mbo"]) == 4
    with pytest.raises(DefinitionError, match="a key column must be one of symbol, venue"):
        read_all(source, keys=Keys(("sector",)))
