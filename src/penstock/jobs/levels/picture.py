"""A picture of a touch: the price's path, the level, the book's depth, and what each engine saw."""

import datetime as dt
import importlib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.core.time import NANOSECONDS
from penstock.events.writers.packing import finished
from penstock.jobs.levels.columns import BARRIER, CONTEXT, FUEL, LABELS, RUNWAY, SCORES, TAPE
from penstock.jobs.levels.scene import Scene

ENDINGS = (".png", ".svg", ".pdf")
PATH, LEVEL, ZONE, AFTER = "#1f3b57", "#c0392b", "#f2d7b6", "#f4f4f4"
SIDES = (1.0, -1.0)  # of BREAK and BOUNCE


def draw(scene: Scene, path: Path) -> None:
    """Draw a touch as a picture; the file appears when it is whole.

    Raises
    ------
    DefinitionError
        The file's ending is none of `ENDINGS`, or matplotlib is not installed.
    """
    if path.suffix not in ENDINGS:
        raise DefinitionError(
            f"{path}: a picture ends in {', '.join(ENDINGS)}, got {path.suffix!r}"
        )
    try:
        figures: Any = importlib.import_module("matplotlib.figure")
    except ImportError as error:
        raise DefinitionError(
            f"Picture: it needs the extra 'pictures' (pip install penstock[pictures]), got {error}"
        ) from error
    figure = figures.Figure(figsize=(13, 8), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(3, 1), height_ratios=(3, 2))
    prices = figure.add_subplot(grid[0, 0])
    depth = figure.add_subplot(grid[1, 0], sharex=prices)
    words = figure.add_subplot(grid[:, 1])
    _prices(prices, scene)
    _depth(depth, scene)
    _words(words, scene)
    figure.suptitle(title(scene), fontsize=11)
    path.parent.mkdir(parents=True, exist_ok=True)
    with finished(path) as part:
        figure.savefig(part, format=path.suffix[1:], dpi=120)


def title(scene: Scene) -> str:
    """What and when."""
    row = scene.row
    moment = dt.datetime.fromtimestamp(scene.at / 1e9, ZoneInfo(scene.parameters.zone))
    return (
        f"{row['symbol']} {row['direction']} to {row['level_id']} at {row['level_price']:.2f}, "
        f"{moment:%Y-%m-%d %H:%M:%S} in {scene.parameters.zone}: {scene.labels['outcome'] or 'no outcome'}"
    )


def told(scene: Scene) -> list[tuple[str, list[str]]]:
    """What each engine saw, and what came after, line by line."""
    parts = (
        ("context", CONTEXT), ("barrier", BARRIER), ("tape", TAPE), ("fuel", FUEL), ("score", SCORES),
        ("runway", RUNWAY),
    )  # fmt: skip
    row = scene.row
    lines = [
        (name, [f"{c.name}  {_text(row[c.name])}" for c in columns]) for name, columns in parts
    ]
    after = [f"{c.name}  {_text(scene.labels[c.name])}" for c in LABELS]
    return [*lines, ("what came after", after)]


def _text(value: object) -> str:
    if value is None:
        return "—"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _seconds(scene: Scene, stamps: Any) -> np.ndarray:
    return (np.asarray(stamps) - scene.at) / NANOSECONDS["s"]


def _prices(axes: Any, scene: Scene) -> None:
    """The path of the price, the level with its bands, and the barriers of the labels."""
    said, row = scene.parameters, scene.row
    level, up = row["level_price"], 1.0 if row["direction"] == "UP" else -1.0
    zone = said.zone_ticks * said.tick / scene.ratio
    axes.axhspan(level - zone, level + zone, color=ZONE, alpha=0.5, label="zone of the book")
    axes.axhline(level, color=LEVEL, label=row["level_id"])
    for tolerance in (-said.touch_tol, said.touch_tol):
        axes.axhline(level + tolerance, color=LEVEL, linewidth=0.5, linestyle=":")
    axes.step(
        _seconds(scene, scene.trades["ts"]),
        scene.trades["price"],
        where="post",
        color=PATH,
        linewidth=0.9,
    )
    away = min(row["spot"], level) if up > 0 else max(row["spot"], level)
    for start, side, name in zip((level, away), SIDES, ("BREAK", "BOUNCE"), strict=True):
        price = start + up * side * said.threshold
        axes.plot((0, _last(scene)), (price, price), color="grey", linestyle="--", linewidth=0.8)
        axes.annotate(name, (_last(scene), price), fontsize=7, ha="right", va="bottom")
    axes.plot([0], [row["spot"]], "o", color=LEVEL, markersize=5, label="touch")
    axes.axvspan(0, _last(scene), color=AFTER, zorder=0)
    axes.set_ylabel("price in USD")
    axes.legend(fontsize=7, loc="upper left")


def _last(scene: Scene) -> float:
    return float(_seconds(scene, scene.trades["ts"])[-1])


def _depth(axes: Any, scene: Scene) -> None:
    """The sizes of the book near the level, bids and asks in two colours."""
    books = scene.books
    axes.axvline(0, color=LEVEL, linewidth=0.8)
    axes.axhline(scene.row["level_price"], color=LEVEL, linewidth=0.8)
    axes.set_xlabel("seconds from the touch")
    axes.set_ylabel("book, USD")
    if not books.height:
        axes.annotate("no book in the files", (0.5, 0.5), xycoords="axes fraction", ha="center")
        return
    most = float(books["size"].abs().quantile(0.98) or 1.0)
    shown = axes.scatter(
        _seconds(scene, books["ts"]), books["price"], c=books["size"], cmap="RdBu", vmin=-most, vmax=most, s=3,
        marker="s", linewidths=0,
    )  # fmt: skip
    axes.figure.colorbar(shown, ax=axes, label="contracts: bids blue, asks red", pad=0.01)


def _words(axes: Any, scene: Scene) -> None:
    """What each engine saw."""
    axes.axis("off")
    parts = told(scene)
    lines = sum(len(found) + 2 for _, found in parts)
    place = 1.0
    for name, found in parts:
        axes.text(0, place, name, fontsize=8, weight="bold", va="top", transform=axes.transAxes)
        place -= 1 / lines
        for line in found:
            axes.text(
                0.03,
                place,
                line,
                fontsize=6.5,
                va="top",
                family="monospace",
                transform=axes.transAxes,
            )
            place -= 1 / lines
        place -= 1 / lines
