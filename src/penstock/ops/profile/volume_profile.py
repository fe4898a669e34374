"""Volume at price since a session began: point of control, value area, shares."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr
from penstock.ops.profile.bins import (
    AUTO,
    REGISTERS,
    Profile,
    begin,
    cell_for,
    countable,
    edge,
    fullest,
    middle,
    profile_oracle,
    round_tick,
)
from penstock.streams import NEVER, Clock

DATA, SIGNED, KNOWN = 3, 1, 2  # segments: volumes, signed ones, those of known side


@jit
def _term(volume: float) -> float:
    """A bin's part of the entropy."""
    return volume * maths.log(volume) if volume > 0.0 else 0.0


@jit
def _survey(s: np.void, history: np.ndarray) -> None:
    """Point of control, how many bins have as much, used bins and entropy, from all cells."""
    s["poc"] = fullest(s, history, s["centre"])
    best = history[s["poc"]]["x"]
    s["tied"], s["used"], s["terms"], s["rest"] = 0, 0, 0.0, 0.0
    for k in range(s["low"], s["high"] + 1):
        value = history[k]["x"]
        s["tied"] += 1 if value == best else 0
        s["used"] += 1 if value > 0.0 else 0
        s["terms"], s["rest"] = maths.two_sum(s["terms"], s["rest"], _term(value))


@jit
def _pass(s: np.void, history: np.ndarray, cell: int) -> None:
    """Keep the volume above the last price as it moves to another cell."""
    for k in range(s["cell"] + 1, cell + 1):
        s["above"], s["above_rest"] = maths.two_sum(s["above"], s["above_rest"], -history[k]["x"])
    for k in range(cell + 1, s["cell"] + 1):
        s["above"], s["above_rest"] = maths.two_sum(s["above"], s["above_rest"], history[k]["x"])
    if cell >= s["high"]:  # what is left is rounding
        s["above"], s["above_rest"] = 0.0, 0.0
    s["cell"] = cell


@jit
def _admit(
    s: np.void, history: np.ndarray, price: float, size: float, side: float, bins: int
) -> None:
    """Count a trade."""
    base, level = s["base"], s["level"]
    cell = cell_for(s, history, price, bins, DATA)
    if s["base"] != base or s["level"] != level:
        s["above"], s["above_rest"], s["cell"] = 0.0, 0.0, s["high"]
        _survey(s, history)
    _pass(s, history, cell)
    was = history[cell]["x"]
    now = was + size
    history[cell]["x"] = now
    if side > 0.0 or side < 0.0:
        history[SIGNED * bins + cell]["x"] += size if side > 0.0 else -size
        history[KNOWN * bins + cell]["x"] += size
    s["used"] += 1 if was == 0.0 else 0
    s["total"], s["carry"] = maths.two_sum(s["total"], s["carry"], size)
    s["centre"] += (price - s["centre"]) * size / (s["total"] + s["carry"])
    s["terms"], s["rest"] = maths.two_sum(s["terms"], s["rest"], _term(now) - _term(was))
    best = history[s["poc"]]["x"]
    if cell == s["poc"]:
        s["tied"] = 1
    elif now > best:
        s["poc"], s["tied"] = cell, 1
    elif now == best:
        s["tied"] += 1
    if s["tied"] > 1:
        s["poc"] = fullest(s, history, s["centre"])


@jit
def _evenness(s: np.void, history: np.ndarray, total: float) -> float:
    """Entropy of the bins in use as a share of its maximum."""
    if s["used"] < 2:
        return 0.0
    found = maths.log(total) - (s["terms"] + s["rest"]) / total
    if found < 0.01:  # most is in one bin, and the difference is of numbers that are nearly equal
        others, found = 0.0, 0.0
        for k in range(s["low"], s["high"] + 1):
            share = history[k]["x"] / total
            if k != s["poc"] and share > 0.0:
                others += share
                found -= share * maths.log(share)
        found -= (1.0 - others) * maths.log1p(-others)
    return min(max(found / maths.log(float(s["used"])), 0.0), 1.0)


@jit
def _area(s: np.void, history: np.ndarray, wanted: float) -> tuple[int, int]:
    """First and last cell of the value area."""
    first, last = s["poc"], s["poc"]
    held = history[first]["x"]
    while held < wanted and (first > s["low"] or last < s["high"]):
        below = history[first - 1]["x"] if first > s["low"] else -1.0
        above = history[last + 1]["x"] if last < s["high"] else -1.0
        nearer = last - s["poc"] <= s["poc"] - first
        if above > below or (above == below and nearer):
            last += 1
            held += above
        else:
            first -= 1
            held += below
    return first, last


@jit
def _kernel(
    poc: F8,
    high: F8,
    low: F8,
    here: F8,
    above: F8,
    entropy: F8,
    delta: F8,
    previous: F8,
    price: F8,
    size: F8,
    side: F8,
    before: I8,
    registers: np.ndarray,
    history: np.ndarray,
    tick: float,
    bins: int,
    area: float,
) -> None:
    s = registers[0]
    for i in range(poc.size):
        if before[i] != s["session"]:
            if s["started"] == 1:
                s["previous"], s["ended"] = middle(s, s["poc"]), 1
            s["session"], s["started"] = before[i], 0
        p, q = price[i], size[i]
        if maths.is_finite(p) and maths.is_finite(q) and q > 0.0:
            if s["started"] == 0 and countable(p, tick if tick > 0.0 else round_tick(p)):
                begin(s, history, p, tick, bins, DATA)
                s["total"], s["carry"], s["centre"], s["terms"], s["rest"] = 0.0, 0.0, p, 0.0, 0.0
                s["above"], s["above_rest"] = 0.0, 0.0
                s["poc"], s["cell"], s["tied"], s["used"] = bins // 2, bins // 2, 1, 0
                s["started"] = 1
            if s["started"] == 1 and countable(p, s["tick"]):
                _admit(s, history, p, q, side[i], bins)
        for out in (poc, high, low, here, above, entropy, delta):
            out[i] = np.nan
        previous[i] = s["previous"] if s["ended"] == 1 else np.nan
        if s["started"] == 1:
            total, top = s["total"] + s["carry"], s["poc"]
            first, last = _area(s, history, area * total)
            poc[i], low[i], high[i] = middle(s, top), edge(s, first), edge(s, last + 1)
            here[i] = min(history[s["cell"]]["x"] / total, 1.0)
            above[i] = min(max((s["above"] + s["above_rest"]) / total, 0.0), 1.0)
            entropy[i] = _evenness(s, history, total)
            net = float(history[SIGNED * bins + top]["x"])
            counted = float(history[KNOWN * bins + top]["x"])
            delta[i] = maths.divide(net, counted)


def _oracle(
    price: F8, size: F8, side: F8, before: I8, tick: float, bins: int, area: float
) -> dict[str, F8]:
    out = {name: np.full(price.size, np.nan) for name in VolumeProfile.outputs}
    used = np.isfinite(price) & np.isfinite(size) & (size > 0.0)
    for t in range(price.size):
        earlier = np.flatnonzero(used[:t] & (before[:t] < before[t]))
        if earlier.size:
            last = before[earlier[-1]]
            out["previous"][t] = out["poc"][np.flatnonzero(before == last)[-1]]
        inside = np.flatnonzero(used[: t + 1] & (before[: t + 1] == before[t]))
        if inside.size:
            for name, value in _profile(
                price[inside], size[inside], np.nan_to_num(side[inside]), tick, bins, area
            ).items():
                out[name][t] = value
    return out


def _profile(p: F8, q: F8, side: F8, tick: float, bins: int, area: float) -> dict[str, float]:
    """The profile of some trades by definition."""
    tick, level = profile_oracle(p, tick, bins)
    number = np.floor(p / tick + 0.5).astype(np.int64) >> level
    first, width = number.min(), 2.0**level
    volumes = np.bincount(number - first, q)
    centres = (np.arange(volumes.size) + first) * width + (width - 1) / 2
    vwap = p[0] + np.sum(q.astype(np.longdouble) * (p - p[0])) / q.sum()
    top = np.flatnonzero(volumes == volumes.max())
    poc = top[np.argmin(np.round(np.abs(centres[top] - float(vwap) / tick) / width * 1e6))]
    low, high, sides = poc, poc, np.concatenate([[-1.0], volumes, [-1.0]])
    while volumes[low : high + 1].sum() < area * q.sum() and high - low + 1 < volumes.size:
        up, down = sides[high + 2], sides[low]
        if up > down or (up == down and high - poc <= poc - low):
            high += 1
        else:
            low -= 1
    shares = (volumes[volumes > 0] / q.sum()).astype(np.longdouble)
    shares[np.argmax(shares)] += 1 - shares.sum()
    cell, at_poc = number[-1] - first, (number - first == poc) & (side != 0)
    even = -np.sum(shares * np.log(shares)) / np.log(shares.size) if shares.size > 1 else 0.0
    return {
        "poc": centres[poc] * tick,
        "low": (centres[low] - width / 2) * tick,
        "high": (centres[high] + width / 2) * tick,
        "here": volumes[cell] / q.sum(),
        "above": volumes[cell + 1 :].sum() / q.sum(),
        "entropy": even,
        "delta": np.sum(q[at_poc] * np.sign(side[at_poc])) / q[at_poc].sum()
        if at_poc.any()
        else np.nan,
    }


@dataclass(frozen=True, eq=False, repr=False)
class VolumeProfile(Profile):
    r"""Volume at price since a session began: its point of control, value area, and where the last trade is in it.

    .. math::
        v_b = \sum_{i : b_i = b} q_i, \quad b_i = \lfloor p_i / \text{tick} + 1/2 \rfloor, \quad
        \text{poc} = \operatorname{arg\,max}_b v_b, \quad
        H = -\frac{1}{\ln K} \sum_b \frac{v_b}{V} \ln \frac{v_b}{V}

    Notes
    -----
    Seed: none. NaN: a tick whose price is not finite, or whose size is not finite and positive, is passed over; NaN
    until a session has one. Warm-up: 1. Unit: that of `price` for `poc`, `high`, `low` and `previous`, else 1.
    `poc` is the middle of the bin with most volume: of several, the nearest to the average price, then the lower. The
    value area grows from it by a bin at a time, to the side with more volume (of equal ones to the nearer, then up),
    until it holds the share `area`; `high` and `low` are its edges. `here` is the share of the last price's bin,
    `above` that of the bins above it, `entropy` that of the K bins in use, from 0 to 1, and `delta` is bought less
    sold in the point of control's bin against its volume of known `side`. `previous` is the point of control that the
    last session ended with. A session begins with the first tick after the reset. With `tick` 0 a bin is as wide as
    the largest of 1, 2.5 and 5 times a power of ten within a ten-thousandth of the session's first price. Memory: 4
    `bins` numbers; where a session's range outgrows the bins, they merge in pairs, so none of its volume is left out.
    A tick costs the width of the value area.

    References
    ----------
    Steidlmayer, J. P. (1984). Market Profile. Chicago Board of Trade. Dalton, J. F., Jones, E. T., Dalton, R. B.
    (1990). Mind over Markets.

    Examples
    --------
    >>> trades = {"price": [1.0, 2.0, 2.0, 3.0], "size": [1.0, 2.0, 2.0, 1.0], "side": [1.0, 1.0, -1.0, 0.0]}
    >>> found = evaluate(VolumeProfile(x, y, z, tick=1.0, bins=8, area=0.7), **trades)
    >>> found["poc"], found["low"], found["high"]
    ([1.0, 2.0, 2.0, 2.0], [0.5, 0.5, 1.5, 1.5], [1.5, 2.5, 2.5, 3.5])
    """

    price: Expr
    size: Expr
    side: Expr
    tick: float = AUTO
    bins: int = 512
    area: float = 0.7
    reset: Clock = NEVER

    outputs: ClassVar = ("poc", "high", "low", "here", "above", "entropy", "delta", "previous")
    registers: ClassVar = np.dtype(
        [
            *REGISTERS,
            *((name, "f8") for name in ("total", "carry", "centre", "terms", "rest", "above")),
            *((name, "f8") for name in ("above_rest", "previous")),
            *((name, "i8") for name in ("poc", "cell", "tied", "used", "session", "started")),
            ("ended", "i8"),
        ]
    )
    absolute: ClassVar = {"session": "reset"}
    data: ClassVar = DATA
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"tick": 0.25, "bins": 16, "area": 0.7}
    exempt: ClassVar = {"unit": "the tick is in the unit of the price"}

    def check(self) -> None:
        super().check()
        self.require("area must be above 0 and at most 1", 0.0 < self.area <= 1.0, self.area)

    def unit_of(self, output: str) -> str:
        return self.price.unit if output in ("poc", "high", "low", "previous") else ONE
