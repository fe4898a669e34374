"""The same bits interpreted, without vector instructions, and without a compiler."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from tests.engine import feeds

import penstock as ps
from penstock.engine import Engine
from penstock.expr import BOOK, TRADE, Column, Expr
from penstock.ops import AsOf, DecayedMean, DepthSum, Ema, RollingMoments, WindowMin, WindowSum
from penstock.plan import build
from penstock.streams import Clock, Every

ROOT = Path(__file__).resolve().parents[2]
PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
SECONDS = Every("1s")
EVENTS = feeds.market(500, keys=2, gap=feeds.SECOND // 16)
# the fits of refits are libraries' own: they are the same whatever compiles our kernels
SHORT = (
    "streaming_stats.rolling_quantile(w=20, x=close)",
    "microstructure.trade_size_entropy(w=20)",
    "microstructure.trade_size_tail_index(w=60)",
    "microstructure.trade_duration_mean(w=20)",
)


def features() -> dict[str, Expr]:
    return ps.View("all", (*feeds.FED, *SHORT), on="every:1s").columns()


def few() -> dict[str, Expr]:
    """One of each shape of loop: sums, extremes, moments, exponential, wide."""
    return {
        "sum": WindowSum(SIZE, "5s"),
        "low": WindowMin(PRICE, "5s"),
        "mean": AsOf(RollingMoments(PRICE, 20)["mean"]),
        "kurtosis": AsOf(RollingMoments(PRICE, 20)["kurtosis"]),
        "ema": AsOf(Ema(PRICE, 5.0)),
        "faded": DecayedMean(PRICE, "3s"),
        "depth": AsOf(DepthSum(Column(BOOK, "levels"), depth=10, side="both")),
        "product": AsOf(PRICE * SIZE - PRICE * 3.0 * SIZE),
    }


def tiny() -> dict[str, Expr]:
    """A view whose arena is smaller than its program."""
    return {"size": AsOf(SIZE)}


VIEWS = {"features": features, "few": few, "tiny": tiny}


def compute(name: str, capacity: int, on: Clock = SECONDS) -> feeds.Bits:
    plan = build(VIEWS[name](), on, feeds.STREAMS)
    return feeds.compute(Engine(plan, capacity=capacity), EVENTS)


ELSEWHERE = """
import sys
import numpy as np
{before}
from tests.engine import test_platforms as here
from penstock.core import native
rows = here.compute(sys.argv[1], int(sys.argv[2]))
made = {{f"times{{key}}": times for key, (times, _) in rows.items()}}
made |= {{f"values{{key}}": values for key, (_, values) in rows.items()}}
np.savez(sys.argv[3], **made)
print(native.available(), "|", native.REASON, "|", native.platform_text())
"""


def run(view: str, capacity: int, folder: Path, before: str = "", **settings: str) -> tuple:
    """The rows that another process makes, and what it says of its compiler."""
    settings["PYTHONPATH"] = f"{ROOT / 'src'}:{ROOT}"
    command = ["env", *(f"{name}={value}" for name, value in settings.items()), sys.executable]
    command += [
        "-c",
        ELSEWHERE.format(before=before),
        view,
        f"{capacity}",
        f"{folder / 'rows.npz'}",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = np.load(folder / "rows.npz")
    keys = [int(name.removeprefix("times")) for name in found if name.startswith("times")]
    rows = {key: (found[f"times{key}"], found[f"values{key}"]) for key in keys}
    return rows, [part.strip() for part in done.stdout.split("|")]


def test_every_feature_has_the_same_bits_interpreted(tmp_path):
    rows, said = run("features", 64, tmp_path, NUMBA_DISABLE_JIT="1")
    assert said[:2] == ["False", "NUMBA_DISABLE_JIT is set"]
    feeds.assert_bits(rows, compute("features", 64), tuple(features()))


def test_a_tiny_view_has_the_same_bits_interpreted(tmp_path):
    rows, _ = run("tiny", 1, tmp_path, NUMBA_DISABLE_JIT="1")
    feeds.assert_bits(rows, compute("tiny", 1))


def test_the_bits_do_not_depend_on_vector_instructions(tmp_path):
    settings = {"NUMBA_LOOP_VECTORIZE": "0", "NUMBA_SLP_VECTORIZE": "0", "HOME": str(tmp_path)}
    rows, said = run("few", 1024, tmp_path, **settings)
    assert said[0] == "True"
    assert said[2].endswith("novec")
    feeds.assert_bits(rows, compute("few", 1024), tuple(few()))


WITHOUT = "sys.modules['numba'] = None  # as where it is not installed"


def test_without_a_compiler_the_interpreted_engine_runs_and_says_why(tmp_path):
    rows, said = run("few", 1, tmp_path, WITHOUT)
    assert said[0] == "False"
    assert "numba" in said[1]
    feeds.assert_bits(rows, compute("few", 1), tuple(few()))
