"""The report of what the catalogue was checked against and how close it was: ``python -m tests.catalog.verify``.

It asks the oracles of the tests on the data of the tests, real and hostile, and writes ``docs/verification.md``.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from tests.catalog import cases
from tests.catalog.market import DATA, ROOT
from tests.catalog.test_features import Check, checks, results, source

from penstock.catalog import FEATURES, WAITING
from penstock.catalog.corrections import CORRECTIONS
from penstock.declare import Feature, parse_request

REPORT = ROOT / "docs" / "verification.md"
HEAD = """# Verification

Each feature against what is independent of its kernel: another library's function, or brute force over whole columns.
`make verify` rewrites this page from the oracles that the tests ask. Real data are daily, hourly and minute bars, ticks
and books. Hostile data are bars with equal prices, flat parts, spikes, NaN, gaps, no volume, or only one; and ticks
with thin and crossed books, equal times, silences, or only one trade.

The error is the largest of |ours - theirs| / max(|theirs|, their median size) over all rows where both are finite; rows
where only one is finite fail. Requests count variations of parameters, and rows all that were compared.
"""


@dataclass
class Found:
    """What was compared for a feature."""

    requests: set[str]
    rows: int = 0
    error: float = 0.0


def error(got: np.ndarray, expected: np.ndarray) -> tuple[int, float]:
    """How many rows were compared, and the largest relative error."""
    known = np.isfinite(expected)
    if (np.isfinite(got) != known).any():
        raise ValueError(f"row {np.flatnonzero(np.isfinite(got) != known)[0]}: only one is finite")
    if not known.any():
        return 0, 0.0
    size = np.abs(expected)
    scale = np.median(size[known & (size > 0)]) if (size[known] > 0).any() else 1.0
    off = np.abs(got - expected)[known] / np.maximum(size, scale)[known]
    return int(known.sum()), float(off.max())


def compared(check: Check, table: str) -> tuple[int, float]:
    """A request on a market."""
    at, columns = results(check.market, check.on, table)
    feature, params, _ = parse_request(check.request)
    oracles = cases.ORACLES if table == "real" else cases.HOSTILE_ORACLES
    with np.errstate(all="ignore"):
        oracle = oracles[feature.name.partition(".")[2]]
        expected = np.asarray(oracle(source(check.market, table), at, **params), float)
    return error(columns[check.request], expected)


def measured() -> dict[str, Found]:
    """Every feature's comparisons."""
    found: dict[str, Found] = defaultdict(lambda: Found(set()))
    for table, requests in (("real", cases.REAL), ("hostile", cases.HOSTILE)):
        for check in checks(requests):
            feature, _, _ = parse_request(check.request)
            mine = found[feature.name]
            mine.requests.add(check.request)
            if feature.name in cases.RANK:
                continue
            rows, off = compared(check, table)
            mine.rows, mine.error = mine.rows + rows, max(mine.error, off)
    return found


def line(feature: Feature, found: Found) -> str:
    """A feature's row of the report."""
    if feature.name in cases.RANK:
        most, why = cases.RANK[feature.name]
        told = f"| | rank within {most:g}: {why} |"
    else:
        bound, why = cases.TOLERANCE.get(feature.name, (1e-9, ""))
        told = f"{found.rows:,} | {found.error:.0e} | {bound:g}{': ' if why else ''}{why} |"
    return f"| `{feature.name}` | {feature.oracle} | {len(found.requests)} | {told}"


def report() -> str:
    """The page."""
    found, parts = measured(), [HEAD]
    families = dict.fromkeys(feature.family for feature in FEATURES)
    for family in families:
        mine = [feature for feature in FEATURES if feature.family == family]
        parts.append(f"## {family}\n\n{len(mine)} features.\n")
        parts.append(
            "| feature | oracle | requests | rows | largest error | bound |\n|---|---|---|---|---|---|"
        )
        parts[-1] = "\n".join([parts[-1], *(line(f, found[f.name]) for f in mine)]) + "\n"
    if CORRECTIONS:
        rows = (f"| `{name}` | {what} |" for name, what in CORRECTIONS.items())
        parts.append("## Corrected\n\nWhere the specification's row is doubtful or wrong.\n")
        parts.append("\n".join(["| feature | what differs, and why |\n|---|---|", *rows]) + "\n")
    if WAITING:
        rows = (f"| `{name}` | {why} |" for name, why in WAITING)
        parts.append("## Not built\n")
        parts.append("\n".join(["| row | because |\n|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def main() -> None:
    """Write the report."""
    if not DATA.exists():
        raise SystemExit("../shared is absent: the report needs the real data")
    REPORT.write_text(report())


if __name__ == "__main__":
    main()
