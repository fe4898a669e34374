"""Pictures of every operator and every feature, drawn when the documentation is built.

An operator is run on series made for its operands, by the same kernel that an engine runs; features are run over an
hour of the simulated market. A picture that exists already is drawn anew only where what it shows has changed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
from matplotlib import pyplot as plt

import penstock as ps
from penstock.catalog import FEATURES
from penstock.declare import Feature
from penstock.declare.default_clock import default_clock
from penstock.declare.facts import streams
from penstock.events.simulator import simulate
from penstock.expr import Column, Operator, operand_names
from penstock.ops.harness import run
from penstock.ops.laws.cases import candles

TICKS = 160
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
            keep(path, {feature.name: values}, (times - times[0]) / SECOND, "seconds")
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
    if name in ("p", "params"):
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


def computed() -> Iterator[tuple[Feature, np.ndarray, np.ndarray]]:
    """Every feature with its times and values over the simulated market."""
    market = simulate(("AA",), seconds=SECONDS)
    by_clock: dict[str, list[Feature]] = defaultdict(list)
    for feature in FEATURES:
        on = default_clock(streams(feature.expr()), [t.name for t in market.types])
        by_clock["bar:10s" if on.startswith("bar") else on].append(feature)
    for on, features in by_clock.items():
        frame = ps.run(ps.View("pictures", features, on=on), market)
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
