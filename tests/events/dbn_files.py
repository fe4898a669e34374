"""DBN files for the tests: the genuine ones, and small ones made by Databento's own records."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import databento_dbn as dbn
import pytest
import zstandard

from penstock.events import Keys, Quarantine

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
START = 1_700_000_000_000_000_000
NANO = 1_000_000_000


def shared(name: str) -> Path:
    """A file of ../shared/data, or a skip that names it."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"../shared is absent: data/{name} is needed")
    return path


def unpacked(path: Path) -> bytes:
    """All bytes of a zstd file, by another route than the reader's."""
    with path.open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()


def header_size(data: bytes) -> int:
    return 8 + int.from_bytes(data[4:8], "little")


def decoded(path: Path) -> list:
    """The records as databento_dbn reads them."""
    decoder = dbn.DBNDecoder()
    decoder.write(unpacked(path))
    return [record for record in decoder.decode() if not isinstance(record, dbn.Metadata)]


def metadata(schema: str | None = "trades", *, version: int = 3, ts_out: bool = False) -> bytes:
    days = [
        (dt.date(2023, 11, 14), dt.date(2023, 11, 15)),
        (dt.date(2023, 11, 15), dt.date(2023, 11, 16)),
    ]
    rolled = [
        SimpleNamespace(start_date=a, end_date=b, symbol=symbol)
        for (a, b), symbol in zip(days, ("7", "8"), strict=True)
    ]
    return bytes(
        dbn.Metadata(
            dataset="GLBX.MDP3",
            start=START,
            stype_in=None if schema is None else dbn.SType.CONTINUOUS,
            stype_out=dbn.SType.INSTRUMENT_ID,
            schema=None if schema is None else dbn.Schema.from_str(schema),
            symbols=["ES.c.0"],
            mappings=[SimpleNamespace(raw_symbol="ES.c.0", intervals=rolled)],
            version=version,
            ts_out=ts_out,
        )
    )


def trade(place: int, **changes: object) -> bytes:
    """The `place`-th trade of a small file; changes are fields of the record."""
    fields = {
        "publisher_id": 1,
        "instrument_id": 7,
        "ts_event": START + place * 1_000,
        "price": (5_000 + place) * NANO,
        "size": 1 + place,
        "action": dbn.Action.TRADE,
        "side": dbn.Side.BID if place % 2 else dbn.Side.ASK,
        "depth": 0,
        "ts_recv": START + place * 1_000 + 500,
        "sequence": place,
    }
    return bytes(dbn.TradeMsg(**(fields | changes)))


def mbo(place: int, **changes: object) -> bytes:
    fields = {
        "publisher_id": 1,
        "instrument_id": 7,
        "ts_event": START + place * 1_000,
        "order_id": 100 + place,
        "price": 5_000 * NANO,
        "size": 1,
        "action": dbn.Action.ADD,
        "side": dbn.Side.BID,
        "ts_recv": START + place * 1_000 + 500,
        "flags": 128,
        "channel_id": 0,
        "sequence": 10 + place,
    }
    return bytes(dbn.MBOMsg(**(fields | changes)))


def quote(place: int, bid: float, ask: float, **changes: object) -> bytes:
    level = dbn.BidAskPair(bid_px=int(bid * NANO), ask_px=int(ask * NANO), bid_sz=3, ask_sz=4)
    fields = {
        "publisher_id": 1,
        "instrument_id": 7,
        "ts_event": START + place * 1_000,
        "price": int(bid * NANO),
        "size": 1,
        "action": dbn.Action.ADD,
        "side": dbn.Side.BID,
        "depth": 0,
        "ts_recv": START + place * 1_000 + 500,
        "flags": 128,
        "sequence": place,
        "levels": level,
    }
    return bytes(dbn.MBP1Msg(**(fields | changes)))


def read_all(source, quarantine: Quarantine | None = None, keys: Keys | None = None):
    """The columns of all chunks by type, the quarantine and the keys."""
    quarantine = Quarantine() if quarantine is None else quarantine
    keys = Keys() if keys is None else keys
    found = {type_.name: [] for type_ in source.types}
    for blocks in source.chunks(keys, quarantine):
        assert [block.type for block in blocks] == list(source.types)
        for block in blocks:
            found[block.type.name].append(block)
    return found, quarantine, keys


def column(blocks: list, name: str) -> list:
    return [value for block in blocks for value in block.columns[name].tolist()]
