"""Pictures of every operator and every feature, drawn when the documentation is built.

An operator is run on series made for its operands, by the same kernel that an engine runs; features are run over
real days or an hour of the simulated market. A picture that exists already is drawn anew only where what it shows has
changed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import matplotlib as mpl
import numpy as np
import polars as pl

mpl.use("svg")
from generate import drawable
from matplotlib import pyplot as plt

import penstock as ps
from penstock.catalog import FEATURES
from penstock.core.schema import EventType
from penstock.declare import Feature
from penstock.declare.default_clock import default_clock
from penstock.declare.facts import streams
from penstock.events import Bar, Block, Keys, Quarantine
from penstock.events.simulator import simulate
from penstock.expr import Column, Operator, operand_names
from penstock.ops.harness import run
from penstock.ops.laws.cases import candles

ROOT = Path(__file__).resolve().parents[1]
TICKS = 160
DAYS, DAY = 1_000, 86_400_000_000_000
SECONDS = 3_600
POINTS = 600  # of a line; more cannot be told apart
LINES = 4  # of a picture's half; further outputs and cells look alike
SECOND = 1_000_000_000
INK, PALE = "#2a6f97", "#8a8f98"
STYLE = {
    "svg.hashsalt": "penstock",
    "font.size": 7,
    "text.color": PALE,
    "axes.edgecolor": PALE,
    "axes.labelcolor": PALE,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "axes.prop_cycle": mpl.cycler(color=[INK, "#c8553d", "#6a994e", "#7b5ea7"]),
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.frameon": False,
}
Series = Mapping[str, np.ndarray]


def draw(folder: Path, operators: Mapping[str, Operator | None]) -> None:
    """Draw every picture into ``folder/operators`` and ``folder/features``; remove what is none any more."""
    wanted: set[Path] = set()
    with mpl.rc_context(STYLE):
        for name, node in operators.items():
            if node is not None:
                path = folder / "operators" / f"{name}.svg"
                wanted.add(path)
                _operator(path, node)
        for feature, times, values in computed():
            path = folder / "features" / f"{feature.name}.svg"
            wanted.add(path)
            unit, label = (DAY, "days") if times[-1] - times[0] > 10 * DAY else (SECOND, "seconds")
            keep(path, {feature.name: values}, (times - times[0]) / unit, label)
    for kind in ("operators", "features"):
        for path in (folder / kind).glob("*.svg"):
            if path not in wanted:
                path.unlink()


# -- operators


def _operator(path: Path, node: Operator) -> None:
    """The operands above, the outputs below."""
    given = operands(node)
    times = np.arange(TICKS) * SECOND
    before = np.repeat(np.arange(4), TICKS // 4)
    made = run(node, given, ts=times, before=before)
    keep(path, lines(made), np.arange(TICKS), "ticks", above=lines(given))


def operands(node: Operator) -> dict[str, np.ndarray]:
    """A series for each operand, of the kind that its name stands for."""
    found = {}
    for i, (name, operand) in enumerate(zip(operand_names(type(node)), node.operands, strict=True)):
        if isinstance(operand, Column):
            found[name] = series(name, operand, np.random.default_rng([7, i]))
    return found


def series(name: str, operand: Column, rng: np.random.Generator) -> np.ndarray:
    """A walk of prices, whole sizes, signs, ids, shares, books, or walks side by side."""
    if operand.dtype == "i8":
        return rng.integers(0, 4, TICKS)
    if name == "candles" or operand.cells % 4 == 0:
        wide = name == "candles"
        return candles(rng, TICKS, 100.0, 0.0) if wide else book(rng, operand.cells // 4)
    shape = (TICKS,) if operand.cells == 1 else (TICKS, operand.cells)
    if "size" in name or "volume" in name:
        return rng.integers(1, 9, shape).astype(float)
    if name in ("side", "sign"):
        return rng.choice([-1.0, 1.0], shape)
    if name in ("p", "params", "correlations"):
        return rng.uniform(0.05, 0.45, shape)
    return 3.0 + np.round(np.cumsum(rng.normal(0.0, 0.25, shape), axis=0), 2)


def book(rng: np.random.Generator, levels: int) -> np.ndarray:
    """Order books around a walk."""
    mid = 100.0 + np.cumsum(rng.choice([-0.5, 0.0, 0.5], TICKS))
    away = 0.5 + np.arange(levels)
    sizes = rng.integers(1, 20, (2, TICKS, levels)).astype(float)
    cells = [mid[:, None] - away, sizes[0], mid[:, None] + away, sizes[1]]
    return np.stack(cells, axis=2).reshape(TICKS, 4 * levels)


# -- features


def daily() -> Path | None:
    """SPY by the day, where the recordings stand beside the checkout."""
    path = ROOT / ".." / "shared" / "data" / "ohlcv_daily" / "spy.zip"
    return path if path.exists() else None


@dataclass(frozen=True)
class Days:
    """The last daily bars of a file of prices in ten-thousandths, each stamped at the end of its day."""

    path: Path
    name: str = "SPY by the day"
    types: tuple[EventType, ...] = (Bar,)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:  # noqa: ARG002  (of every source)
        keys.number(("SPY",))
        with ZipFile(self.path) as archive:
            text = archive.read(archive.namelist()[0])
        days = pl.read_csv(text, has_header=False, new_columns=["day", *"ohlcv"]).tail(DAYS)
        start = days["day"].str.to_datetime("%Y%m%d %H:%M", time_unit="ns").to_physical()
        names = ("open", "high", "low", "close")
        prices = {name: days[name[0]].to_numpy() / 1e4 for name in names}
        volume = days["v"].to_numpy().astype(float)
        yield (
            Block.of(
                Bar,
                time=start.to_numpy() + DAY,
                **prices,
                volume=volume,
                trades=np.full(len(days), np.nan),
            ),
        )

    def content_hash(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def computed() -> Iterator[tuple[Feature, np.ndarray, np.ndarray]]:
    """Features with their times and values: those of bars over real days where there are, else a simulated market."""
    path, market = daily(), simulate(("AA",), seconds=SECONDS)
    by_clock: dict[str, list[Feature]] = defaultdict(list)
    for feature in filter(drawable, FEATURES):
        read = streams(feature.expr())
        on = default_clock(read, [t.name for t in market.types])
        real = path is not None and set(read) == {"bar"}
        by_clock["bar" if real else "bar:10s" if on.startswith("bar") else on].append(feature)
    for on, features in by_clock.items():
        source = Days(path) if on == "bar" and path is not None else market
        frame = ps.run(ps.View("pictures", features, on=on), source)
        times = frame["ts"].to_numpy()
        for feature in features:
            yield feature, times, frame[feature.name].to_numpy()


# -- drawing


def lines(shown: Series) -> dict[str, np.ndarray]:
    """The first lines by name: of several series, of the cells of one, of a book its two best prices."""
    cells: dict[str, np.ndarray] = {}
    for name, values in shown.items():
        if values.ndim == 1:
            cells[name] = values
        elif values.shape[1] >= 8 and values.shape[1] % 4 == 0:
            cells |= {f"{name} bid": values[:, 0], f"{name} ask": values[:, 2]}
        else:
            cells |= {f"{name}[{cell}]": values[:, cell] for cell in range(values.shape[1])}
    return dict(list(cells.items())[:LINES])


def keep(path: Path, shown: Series, x: np.ndarray, label: str, above: Series | None = None) -> None:
    """Draw a picture, unless the one that is there shows the same."""
    mark = digest([*shown.items(), *(above or {}).items()])
    if path.exists() and mark in path.read_text():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    halves = [above, shown] if above else [shown]
    figure, axes = plt.subplots(
        len(halves), 1, sharex=True, figsize=(6.2, 0.4 + 0.95 * len(halves)), squeeze=False
    )
    for axis, half in zip(axes[:, 0], halves, strict=True):
        step = max(1, len(x) // POINTS)
        for name, values in half.items():
            finite = np.where(np.isfinite(values), values, np.nan)
            axis.plot(x[::step], finite[::step], label=name)
        axis.locator_params(axis="y", nbins=4)
        if above:
            axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes[-1, 0].set_xlabel(label)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None, "Title": mark})
    plt.close(figure)


def digest(shown: Sequence[tuple[str, np.ndarray]]) -> str:
    """What a picture shows, as a hash; of the style too."""
    parts = [repr(sorted(STYLE)), *(name + values.tobytes().hex() for name, values in shown)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
