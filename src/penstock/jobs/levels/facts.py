"""What dates leave to the next ones, kept on disk by the hashes of what they were taken from."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from penstock.events.writers.packing import finished
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import GAMMA, MIDS, QUOTES, TRADES, VERSION, Carry, DailyFacts
from penstock.jobs.sheets import METADATA

PARTS = {"trades": TRADES, "spy": QUOTES, "book_mids": MIDS, "gamma": GAMMA}
READ = ("trades", "books", "spy_quotes", "spy_trades")  # roles of files that facts are taken from
WORDS = (
    "calendar",
    "zone",
    "extended",
    "sma_bar",
    "sma_sessions",
)  # parameters that say which of it
GAMMA_WORDS = (
    "fuel_reach",
    "rate",
    "dividend",
    "option_floor",
    "ratio",
    "ratio_static",
)  # and of dealers' gamma


def facts_path(folder: Path, date: dt.date) -> Path:
    """Where a date's facts are kept."""
    return folder / f"facts_{date}.parquet"


def facts_key(files: list[dict[str, Any]], parameters: Parameters) -> str:
    """What facts depend on, as a hash: the files that they are taken from, and the hours that count."""
    said = parameters.as_dict()
    gamma = parameters.fuel_quantile is not None
    # options are the price where a date has nothing else
    options = gamma or not any(each["role"] in READ for each in files)
    roles, words = (*READ, *(["options"] * options)), (*WORDS, *(GAMMA_WORDS if gamma else ()))
    read = [(each["role"], each["sha256"]) for each in files if each["role"] in roles]
    return digest([VERSION, read, {word: said[word] for word in words}])


def keep(folder: Path, facts: DailyFacts, key: str) -> None:
    """Write a date's facts; the file appears when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    named = [getattr(facts, name).with_columns(part=pl.lit(name)) for name in PARTS]
    table = pl.concat(named, how="diagonal").to_arrow()
    says = {"key": key, "contract": facts.contract}
    with finished(facts_path(folder, facts.date)) as part:
        told = table.replace_schema_metadata({METADATA: json.dumps(says).encode()})
        pq.write_table(told, part, compression="zstd")


def kept(folder: Path, date: dt.date, key: str) -> DailyFacts | None:
    """A date's facts where they were kept under this key."""
    path = facts_path(folder, date)
    try:
        says = json.loads((pq.read_metadata(path).metadata or {}).get(METADATA, b"{}"))
        if says.get("key") != key:
            return None
        frame = pl.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException, pl.exceptions.PolarsError):
        return None  # none yet, or one that was damaged: they are taken out again
    found = {name: frame.filter(part=name).select(*columns) for name, columns in PARTS.items()}
    return DailyFacts(date, contract=says["contract"], **found)


def carry_digest(carry: Carry) -> str:
    """What a date is given of those before it, as a hash: equal where its rows cannot differ by it."""
    parts = [carry.contract, list(carry.gamma)]
    for name in ("trades", "spy", "book_mids"):
        frame = getattr(carry, name)
        parts += [hashlib.sha256(column.to_numpy().tobytes()).hexdigest() for column in frame]
    return digest(parts)


def carry_said(carry: Carry) -> dict[str, Any]:
    """What a manifest says of a carry."""
    return {
        "dates": [str(date) for date in carry.dates],
        "bars": carry.trades.height,
        "quotes": carry.spy.height,
        "contract": carry.contract,
        "digest": carry_digest(carry),
    }


def digest(value: object) -> str:
    """The SHA-256 of a value as JSON, in hex."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
