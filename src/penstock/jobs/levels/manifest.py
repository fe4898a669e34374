"""Where a date's gold comes from, and whether it has to be made again."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import penstock
from penstock.core.errors import DataError
from penstock.core.native import platform_text
from penstock.events.readers.pieces import content_hash
from penstock.events.writers.packing import finished
from penstock.expr import Expr
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import gold
from penstock.jobs.levels.facts import digest
from penstock.jobs.levels.inputs import Inputs

DONE, FAILED = "done", "failed"
LIBRARIES = ("databento-dbn", "numba", "numpy", "polars", "pyarrow")
HERE = Path(__file__).parent
MADE_BY = (
    "as_run", "carry", "columns", "day", "feeds", "gold", "labels", "parameters", "physics", "price_path", "prices",
    "rows", "sources", "universe", "view",
)  # fmt: skip


def manifest_path(out: Path, date: dt.date) -> Path:
    """Where a date's manifest is."""
    return out / gold.FOLDER / f"manifest_{date}.json"


class Hashes:
    """The SHA-256 of files, kept beside the output by their size and time of change, so that each is read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list[Any]] = read_json(path)
        self._fresh = False

    def of(self, path: Path) -> str:
        """The hash of a file."""
        facts, name = path.stat(), str(path.resolve())
        seen = [facts.st_size, facts.st_mtime_ns]
        known = self._known.get(name)
        if known is None or known[:2] != seen:
            known = self._known[name] = [*seen, content_hash(path)]
            self._fresh = True
        return str(known[2])

    def files(self, inputs: Inputs) -> list[dict[str, Any]]:
        """A date's files: what each is read as, its path, size and hash."""
        return [
            {"role": role, "path": str(path), "bytes": path.stat().st_size, "sha256": self.of(path)}
            for role, paths in inputs.paths.items()
            for path in paths
        ]

    def keep(self) -> None:
        """Write what was learnt."""
        if self._fresh:
            write_json(self._path, self._known)
            self._fresh = False


def sources_hash() -> str:
    """A hash of the code that makes rows and labels of what the view says, which has no fingerprint of its own."""
    found = [path for path in sorted(HERE.glob("*.py")) if path.stem in MADE_BY]
    return hashlib.sha256(b"".join(path.read_bytes() for path in found)).hexdigest()


def fingerprint(columns: Mapping[str, Expr]) -> str:
    """The identity of a set of features: its columns' names and expressions, and the code that makes rows of them."""
    return digest([sources_hash(), {name: expr.fingerprint for name, expr in columns.items()}])


def run_key(
    files: list[dict[str, Any]], parameters: Parameters, fingerprint: str, carried: str
) -> str:
    """What a date's gold depends on, as a hash: files that are read, what is carried in, parameters, definitions."""
    aside = () if parameters.by_interest else ("open_interest",)
    read = [(each["role"], each["sha256"]) for each in files if each["role"] not in aside]
    return digest([read, parameters.as_dict(), fingerprint, carried])


def about(parameters: Parameters, fingerprint: str) -> dict[str, Any]:
    """What gold is made with, whatever its date."""
    return {
        "penstock": penstock.__version__,
        "platform": platform_text(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "fingerprint": fingerprint,
        "parameters": parameters.as_dict(),
    }


def read_manifest(out: Path, date: dt.date) -> dict[str, Any]:
    """A date's manifest; empty where there is none, or none that can be read."""
    return read_json(manifest_path(out, date))


def is_current(out: Path, date: dt.date, key: str) -> bool:
    """Whether a date was made of just this, and what was made is still there."""
    found = read_manifest(out, date)
    if found.get("key") != key or found.get("status") != DONE:
        return False
    sizes = {path: out / gold.FOLDER / path for path in found.get("outputs", {})}
    return all(
        path.is_file() and path.stat().st_size == found["outputs"][name]["bytes"]
        for name, path in sizes.items()
    )


def finished_dates(out: Path) -> list[dt.date]:
    """The dates whose gold was made, in order."""
    folder = out / gold.FOLDER
    dates = [
        dt.date.fromisoformat(path.stem.removeprefix("manifest_"))
        for path in folder.glob("manifest_????-??-??.json")
    ]
    return sorted(date for date in dates if read_manifest(out, date).get("status") == DONE)


def remarks(counts: Mapping[str, Any], rows: int) -> list[str]:
    """What a date's counts say of its tables."""
    found = []
    if not rows:
        priced = counts.get("events", {}).get("trades", 1)
        why = "the tables have no rows" if priced else "no file says a price of the underlying"
        found.append(f"no touches: {why}")
    missed = counts.get("orders_missed", 0)
    if missed:
        lost = "added, canceled and filled are null while they may rest; raise order_room"
        found.append(f"{missed:,} orders found no room: {lost}")
    return found


def outputs(paths: tuple[Path, ...]) -> dict[str, dict[str, Any]]:
    """What was written: size and hash by name."""
    return {
        path.name: {"bytes": path.stat().st_size, "sha256": content_hash(path)} for path in paths
    }


def write_manifest(out: Path, date: dt.date, said: dict[str, Any]) -> None:
    """Write a date's manifest: last of its files, so that what a kill left behind is made again."""
    write_json(manifest_path(out, date), said)


def write_summary(out: Path, outcomes: list[dict[str, Any]]) -> None:
    """Say of every date that was ever asked for what became of it: the last time where it was several times."""
    path = out / gold.FOLDER / "manifest.json"
    dates: dict[str, Any] = read_json(path).get("dates", {})
    dates |= {str(each.pop("date")): each for each in outcomes}
    write_json(path, {"dates": dict(sorted(dates.items()))})


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object in a file; empty where there is none."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DataError(f"{path}: must be readable, got {error}") from error
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON object; the file appears when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with finished(path) as part:
        part.write_text(json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n")
