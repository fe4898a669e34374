"""Databento's DBN files, version 3."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import databento_dbn

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.source import Source
from penstock.events.types import Book, Mbo, Trade
from penstock.events.writers.packing import finished, packed
from penstock.events.writers.records import SCHEMAS, encoder

DAY = 86_400_000_000_000
FIRST_DAY = dt.date(1970, 1, 1)


def write_dbn(
    path: str | Path,
    source: Source,
    *,
    schema: str | None = None,
    dataset: str = "XSIM.SIM",
    quarantine: Quarantine | None = None,
) -> int:
    """Write a source's events as a DBN file, compressed where the name ends with ``.zst``.

    Parameters
    ----------
    path
        The file. It appears when it is whole.
    source
        Gives the schema's event types; its keys are symbols.
    schema
        ``mbo``, ``trades``, ``mbp-10`` or ``ohlcv-1s|1m|1h|1d``; else the richest that the source
        has, bars excepted.
    dataset
        The dataset's code in the metadata.
    quarantine
        Where the source's bad rows go; without it the first one is an error.

    Returns
    -------
    int
        Records written.

    Raises
    ------
    DataError
        When a value has no exact form in a record: a price that is no multiple of 1e-9, a size that
        is no whole number.
    """
    schema = schema or _schema(source)
    if schema not in SCHEMAS:
        raise DefinitionError(
            f"write_dbn: schema must be one of {', '.join(SCHEMAS)}, "
            f"got {schema!r}{nearest(schema, SCHEMAS)}"
        )
    shape, encode = encoder(schema)
    for needed in shape.types:
        if needed not in source.types:
            raise DefinitionError(
                f"write_dbn: {schema} needs a source of {needed.name}, got one of "
                f"{', '.join(given.name for given in source.types)}"
            )
    keys = Keys(("symbol",))
    body = Path(f"{path}.body")
    written, first, last = 0, None, 0
    try:
        with body.open("wb") as file:
            for blocks in _chunks(source, keys, quarantine or Quarantine(policy="stop")):
                records = encode(shape, blocks)
                if records.size:
                    times = records["ts_event"]
                    first = int(times.min()) if first is None else min(first, int(times.min()))
                    last = max(last, int(times.max()))
                    file.write(records.tobytes())
                    written += records.size
        # the metadata stands first and names every symbol, which only the end of the source knows
        metadata = _metadata(schema, dataset, keys, first or 0, last)
        with finished(path) as part, packed(part, Path(path).suffix) as file:
            file.write(metadata)
            _append(file, body)
    finally:
        body.unlink(missing_ok=True)
    return written


def _schema(source: Source) -> str:
    if Mbo in source.types:
        return "mbo"
    if Book in source.types and Trade in source.types:
        return "mbp-10"
    if Trade in source.types:
        return "trades"
    given = ", ".join(given.name for given in source.types)
    raise DefinitionError(f"write_dbn: the schema must be given for a source of {given}, got None")


def _chunks(source: Source, keys: Keys, quarantine: Quarantine) -> Iterator[dict[EventType, Block]]:
    for chunk in source.chunks(keys, quarantine):
        yield dict(zip(source.types, chunk, strict=True))


def _append(file: BinaryIO, body: Path) -> None:
    with body.open("rb") as source:
        shutil.copyfileobj(source, file, 1 << 20)


class _Interval(NamedTuple):
    start_date: dt.date
    end_date: dt.date
    symbol: str


class _Symbol(NamedTuple):
    raw_symbol: str
    intervals: list[_Interval]


def _metadata(schema: str, dataset: str, keys: Keys, first: int, last: int) -> bytes:
    """The header: each symbol is instrument number + 1 on all days of the file."""
    # a day more than the last event's: it may have been received after midnight
    start, end = (FIRST_DAY + dt.timedelta(days=ns // DAY) for ns in (first, last + 2 * DAY))
    symbols = [symbol for (symbol,) in keys.names]
    mappings = [
        _Symbol(symbol, [_Interval(start, end, str(number + 1))])
        for number, symbol in enumerate(symbols)
    ]
    metadata = databento_dbn.Metadata(
        dataset,
        first,
        databento_dbn.SType("raw_symbol"),
        databento_dbn.SType("instrument_id"),
        databento_dbn.Schema(schema),
        symbols=symbols,
        # a type of its stubs alone
        mappings=cast("list[databento_dbn.SymbolMapping]", mappings),  # pyright: ignore[reportPrivateImportUsage]
        end=last + 1,
        version=3,
    )
    return metadata.encode()
