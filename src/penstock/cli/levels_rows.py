"""How ``penstock levels live`` writes a touch and its labels."""

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

from penstock.cli.console import finite


def as_json(kind: str, row: dict[str, Any]) -> str:
    """A row as a line of JSON."""
    known = {name: finite(x) if isinstance(x, float) else x for name, x in row.items()}
    return json.dumps({"kind": kind} | known, ensure_ascii=False, allow_nan=False)


def as_text(kind: str, row: dict[str, Any]) -> str:
    """A row as a person reads it."""
    if kind != "touch":
        low, high, price = (
            number(row[name]) for name in ("excursion_min", "excursion_max", "future_price_5min")
        )
        return (
            f"{row['event_id']}  {row['outcome'] or '-'}  later {price}  for {high}  against {low}"
        )
    stamp = row["ts_event_ns"]
    clock = dt.datetime.fromtimestamp(stamp // 1_000_000_000, ZoneInfo("America/New_York"))
    words = [row[name] or "-" for name in ("signal", "confidence", "runway_direction")]
    return (
        f"{clock:%H:%M:%S}.{stamp % 1_000_000_000 // 1_000_000:03d} ET  {row['event_id']}  {row['level_id']}"
        f"  {row['direction']}  spot {number(row['spot'])}  barrier {row['barrier_state'] or '-'}"
        f"  tape {number(row['tape_imbalance'])}  fuel {row['fuel_effect'] or '-'}"
        f"  score {number(row['break_score_raw'])} smooth {number(row['break_score_smooth'])}"
        f"  {words[0]} {words[1]}  runway {words[2]} {number(row['runway_distance'])}"
    )


def number(value: float | None) -> str:
    """Two digits, or that it is unknown."""
    return "-" if value is None else f"{value:.2f}"
