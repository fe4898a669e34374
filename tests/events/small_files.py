"""Small files of every format, as bytes, to be damaged."""

import gzip
import io
import json
import zipfile

import databento_dbn as dbn
import numpy as np
import polars as pl
import pyarrow as pa
import zstandard
from tests.events.dbn_files import NANO, START, mbo, metadata, quote, trade

ROWS = 40


def packed(class_, **values: object) -> bytes:
    """A record laid out as databento_dbn says that its class is."""
    record = np.zeros(1, np.dtype(class_._dtypes))
    head = {"publisher_id": 1, "instrument_id": 7, "ts_event": START, "ts_recv": START + 1}
    for name, value in (head | values).items():
        record[name] = value
    record["length"] = record.itemsize // 4
    return record.tobytes()


def terms(place: int) -> dict[str, object]:
    return {
        "rtype": 0x13, "ts_recv": START + place, "min_price_increment": NANO // 4, "instrument_class": "F",
        "expiration": START, "unit_of_measure_qty": 50 * NANO,
    }  # fmt: skip


def records(make) -> bytes:
    return b"".join(make(place) for place in range(ROWS))


DBN = {
    "trades": metadata() + records(trade),
    "mbo": metadata("mbo") + records(mbo),
    "mbp-1": metadata("mbp-1") + records(lambda i: quote(i, 10, 11)),
    "tbbo": metadata("tbbo") + records(lambda i: quote(i, 10, 11, action=dbn.Action.TRADE)),
    "definition": metadata("definition")
    + records(lambda i: packed(dbn.InstrumentDefMsg, **terms(i))),
    "statistics": metadata("statistics")
    + records(lambda i: packed(dbn.StatMsg, rtype=0x18, ts_recv=START + i, stat_type=3)),
    "status": metadata("status")
    + records(lambda i: packed(dbn.StatusMsg, rtype=0x12, ts_recv=START + i, action=7)),
    "imbalance": metadata("imbalance")
    + records(lambda i: packed(dbn.ImbalanceMsg, rtype=0x14, ts_recv=START + i, side="B")),
}
TABLE = pl.DataFrame(
    {
        "time": [1_700_000_000_000_000_000 + i for i in range(ROWS)],
        "symbol": ["ES", "NQ"] * (ROWS // 2),
        "price": [5_000.25 + i for i in range(ROWS)],
        "size": [float(1 + i) for i in range(ROWS)],
        "side": [1, -1] * (ROWS // 2),
    }
)


def csv_bytes() -> bytes:
    return TABLE.write_csv().encode()


def parquet_bytes() -> bytes:
    file = io.BytesIO()
    TABLE.write_parquet(file, row_group_size=10)
    return file.getvalue()


def zip_bytes() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", csv_bytes())
    return file.getvalue()


def json_bytes() -> bytes:
    return "".join(json.dumps(row) + "\n" for row in TABLE.to_dicts()).encode()


def arrow_bytes(*, stream: bool = False, compression: str | None = None) -> bytes:
    file, table = io.BytesIO(), TABLE.to_arrow(compat_level=pl.CompatLevel.oldest())
    options = pa.ipc.IpcWriteOptions(compression=compression)
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(file, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=10)
    return file.getvalue()


LOBSTER = "XY_2012-06-21_34200000_57600000_message_1.csv"
BOOKS = LOBSTER.replace("message", "orderbook")
PAIR = {
    LOBSTER: "".join(
        f"{34_200 + i}.5,{1 + i % 4},{i},{i + 1},1000000,1\n" for i in range(ROWS)
    ).encode(),
    BOOKS: "".join(f"1000100,{i + 1},1000000,{i + 1}\n" for i in range(ROWS)).encode(),
}

FILES = {
    **{f"{schema}.dbn": data for schema, data in DBN.items()},
    "trades.dbn.zst": zstandard.compress(DBN["trades"][:200])
    + zstandard.compress(DBN["trades"][200:]),
    "a.csv": csv_bytes(),
    "a.csv.gz": gzip.compress(csv_bytes(), mtime=0),
    "a.tsv": TABLE.write_csv(separator="\t").encode(),
    "a.zip": zip_bytes(),
    "a.parquet": parquet_bytes(),
    "a.jsonl": json_bytes(),
    "a.jsonl.zst": zstandard.compress(json_bytes()),
    "a.arrow": arrow_bytes(),
    "zstd.arrow": arrow_bytes(compression="zstd"),
    "a.arrows": arrow_bytes(stream=True),
    LOBSTER: PAIR[LOBSTER],
}
