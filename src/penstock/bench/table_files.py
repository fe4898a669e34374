"""Files that nothing of ours writes, for the suite ``read``: JSON lines, LOBSTER's pair, Databento's tbbo."""

from pathlib import Path

import databento_dbn
import numpy as np
import polars as pl

from penstock.events.block import Block
from penstock.events.readers.schemas import layout
from penstock.events.types import LEVELS
from penstock.events.writers.records import fixed

LOBSTER = f"A_2024-01-02_34200000_57600000_message_{LEVELS}.csv"
DOLLAR = 10_000
EXCHANGE = (
    "price=data.p",
    "size=data.q",
    "side=data.side",
    "time=data.T:ns:UTC",
    "symbol=data.s",
)


def write_json(path: Path, trades: Block, names: list[str]) -> None:
    """Trades as an exchange sends them: nested, prices and sizes as texts."""
    columns = trades.columns
    data = pl.DataFrame(
        {
            "s": np.array(names, object)[columns["key"]],
            "p": pl.Series(columns["price"]).cast(pl.String),
            "q": pl.Series(columns["size"]).cast(pl.String),
            "T": columns["time"],
            "side": np.array(["sell", "none", "buy"], object)[columns["side"] + 1],
            "id": np.arange(len(trades)),
        }
    )
    pl.DataFrame({"stream": ["trade"] * len(trades), "data": data.to_struct()}).write_ndjson(path)


def write_lobster(path: Path, books: Block) -> None:
    """New orders, one for each book; half of them are executions."""
    count, levels = len(books), books.columns["levels"].reshape(-1, LEVELS, 4)
    best = np.rint(levels[:, 0, 0] * DOLLAR).astype(np.int64)
    seconds = 34_200_000_000_000 + np.arange(count) * 1_000_000
    texts = pl.Series(seconds // 10**9).cast(pl.String) + "."
    texts += pl.Series(seconds % 10**9).cast(pl.String).str.zfill(9)
    pl.DataFrame(
        {
            "time": texts,
            "kind": np.where(np.arange(count) % 2, 4, 1),
            "order": np.arange(count),
            "size": np.full(count, 10),
            "price": best,
            "side": np.ones(count, np.int64),
        }
    ).write_csv(path, include_header=False)
    shown = levels[:, :, (2, 3, 0, 1)]
    cells = np.nan_to_num(shown.reshape(count, -1), nan=0.0)
    cells[:, 0::2] *= DOLLAR
    beside = path.with_name(path.name.replace("message", "orderbook"))
    pl.DataFrame(np.rint(cells).astype(np.int64)).write_csv(beside, include_header=False)


def write_tbbo(path: Path, trades: Block) -> None:
    """Trades and the quotes that they met, a tick around them."""
    shape = layout("tbbo")
    records = np.zeros(len(trades), shape.dtype(sent=False))
    records["length"], records["rtype"] = records.itemsize // 4, shape.rtype
    records["instrument_id"] = trades.columns["key"] + 1
    records["ts_event"] = records["ts_recv"] = trades.columns["time"].view(np.uint64)
    records["price"] = fixed(trades.columns["price"])
    records["size"] = trades.columns["size"]
    records["action"], records["side"] = ord("T"), ord("B")
    quotes = records.view(np.uint8).reshape(len(trades), -1)[:, 48:].view("<i8")
    quotes[:, 0], quotes[:, 1] = records["price"] - 1, records["price"] + 1
    header = databento_dbn.Metadata(
        dataset="XSIM.SIM",
        start=int(records["ts_event"][0]),
        stype_in=databento_dbn.SType.from_str("raw_symbol"),
        stype_out=databento_dbn.SType.from_str("instrument_id"),
        schema=databento_dbn.Schema.from_str("tbbo"),
        symbols=[],
        mappings=[],
    )
    path.write_bytes(bytes(header) + records.tobytes())
