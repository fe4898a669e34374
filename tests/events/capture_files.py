"""Captures for tests, and a book that is a dictionary."""

import gzip
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
LEVELS = 10


def shared(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"../shared is absent: {name} is needed")
    return path


def lines_of(path):
    """The lines of a packed capture."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.namelist()[0]).splitlines(keepends=True)
    with gzip.open(path) as file:
        return file.readlines()


def written(path, lines):
    """A capture of these lines."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.writelines(lines)
    return path


def diffs_of(lines):
    """The places of the lines that hold changes of depth at Binance."""
    return [i for i, line in enumerate(lines) if b'"depthUpdate"' in line]


class Ladder:
    """A book: two dictionaries of levels, sorted when shown."""

    def __init__(self):
        self.bids, self.asks = {}, {}

    def put(self, side, pairs):
        for price, size in ((float(price), float(size)) for price, size in pairs):
            if size:
                side[price] = size
            else:
                side.pop(price, None)

    def change(self, bids, asks):
        self.put(self.bids, bids)
        self.put(self.asks, asks)

    def start(self, bids, asks):
        self.bids, self.asks = {}, {}
        self.change(bids, asks)

    def shown(self):
        out = np.tile([np.nan, 0.0], 2 * LEVELS)
        for rank, price in enumerate(sorted(self.bids, reverse=True)[:LEVELS]):
            out[4 * rank : 4 * rank + 2] = price, self.bids[price]
        for rank, price in enumerate(sorted(self.asks)[:LEVELS]):
            out[4 * rank + 2 : 4 * rank + 4] = price, self.asks[price]
        return out


def differing(shown):
    """Rows (stamp, levels) where a book differs from the row before; it begins empty."""
    last, out = np.tile([np.nan, 0.0], 2 * LEVELS), []
    for stamp, levels in shown:
        if not np.array_equal(levels, last, equal_nan=True):
            out.append((stamp, levels))
            last = levels
    return out


def binance_books(lines, futures):
    """Rows (stamp, levels) of one symbol by Binance's recipe, for a capture without gaps."""
    ladder, last, waiting, shown = Ladder(), None, [], []

    def apply(stamp, data):
        nonlocal last
        if data["u"] <= last:
            return
        assert data["U"] <= last + 1 or (futures and data["pu"] == last), "a gap"
        ladder.change(data["b"], data["a"])
        last = data["u"]
        shown.append((stamp, ladder.shown()))

    for line in lines:
        stamp, text = line.split(b" ", 1)
        stamp, message = int(stamp), json.loads(text)
        if "lastUpdateId" in message:
            ladder.start(message["bids"], message["asks"])
            last = message["lastUpdateId"]
            shown.append((stamp, ladder.shown()))
            for data in waiting:
                apply(stamp, data)
        elif message["data"].get("e") == "depthUpdate":
            if last is None:
                waiting.append(message["data"])
            else:
                apply(stamp, message["data"])
    return differing(shown)
