"""Points of control of earlier sessions that no price has come back to."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr
from penstock.ops.profile.bins import (
    AUTO,
    REGISTERS,
    Profile,
    begin,
    cell_for,
    countable,
    fullest,
    middle,
    profile_oracle,
    round_tick,
)
from penstock.streams import NEVER, Clock


@jit
def _keep(s: np.void, history: np.ndarray, bins: int, sessions: int) -> None:
    """Put the point of control of the session that ended in the place of the oldest."""
    at = 2 * bins + s["ended"] % sessions * 2
    history[at]["x"] = middle(s, fullest(s, history, s["centre"]))
    history[at + 1]["x"] = (
        0.5 * (1 << s["level"]) * s["tick"]
    )  # half a bin; 0 where there is no level
    s["ended"] += 1


@jit
def _nearest(history: np.ndarray, price: float, bins: int, sessions: int) -> float:
    """The level that is nearest to a price, the lower of two; NaN where there is none. Drops what it touches."""
    found, least = np.nan, np.inf
    for at in range(2 * bins, 2 * bins + 2 * sessions, 2):
        half = history[at + 1]["x"]
        if half > 0.0:
            level = history[at]["x"]
            away = abs(price - level)
            if away <= half:
                history[at + 1]["x"] = 0.0
            elif away < least or (away == least and level < found):
                found, least = level, away
    return found


@jit
def _kernel(
    out: F8,
    price: F8,
    size: F8,
    before: I8,
    registers: np.ndarray,
    history: np.ndarray,
    tick: float,
    bins: int,
    sessions: int,
) -> None:
    s = registers[0]
    for i in range(out.size):
        if before[i] != s["session"]:
            if s["started"] == 1:
                _keep(s, history, bins, sessions)
            s["session"], s["started"] = before[i], 0
        p, q = price[i], size[i]
        if maths.is_finite(p) and maths.is_finite(q) and q > 0.0:
            if s["started"] == 0 and countable(p, tick if tick > 0.0 else round_tick(p)):
                begin(s, history, p, tick, bins, 1)
                s["started"], s["total"], s["carry"], s["centre"] = 1, 0.0, 0.0, p
            if s["started"] == 1 and countable(p, s["tick"]):
                history[cell_for(s, history, p, bins, 1)]["x"] += q
                s["total"], s["carry"] = maths.two_sum(s["total"], s["carry"], q)
                s["centre"] += (p - s["centre"]) * q / (s["total"] + s["carry"])
                s["nearest"] = _nearest(history, p, bins, sessions)
                s["known"] = 1
        out[i] = s["nearest"] if s["known"] == 1 else np.nan


def _oracle(price: F8, size: F8, before: I8, tick: float, bins: int, sessions: int) -> F8:
    out = np.full(price.size, np.nan)
    used = np.flatnonzero(np.isfinite(price) & np.isfinite(size) & (size > 0.0))
    levels: list[tuple[float, float, int]] = []  # middle, half a bin, the tick it is known at
    for session in np.unique(before[used]):
        inside = used[before[used] == session]
        p, q = price[inside], size[inside]
        fine, level = profile_oracle(p, tick, bins)
        number = np.floor(p / fine + 0.5).astype(np.int64) >> level
        volumes, width = np.bincount(number - number.min(), q), 2.0**level
        centres = (np.arange(volumes.size) + number.min()) * width + (width - 1) / 2
        vwap = float(p[0] + np.sum(q.astype(np.longdouble) * (p - p[0])) / q.sum())
        top = np.flatnonzero(volumes == volumes.max())
        poc = centres[top[np.argmin(np.round(abs(centres[top] - vwap / fine) / width * 1e6))]]
        levels.append((poc * fine, 0.5 * width * fine, inside[-1]))
    for t in used:
        naked = []
        for value, half, end in [x for x in levels if x[2] < t and before[x[2]] < before[t]][
            -sessions:
        ]:
            since = used[(used > end) & (used <= t)]
            if (abs(price[since] - value) > half).all():
                naked.append(value)
        out[t:] = min(naked, key=lambda x: (abs(price[t] - x), x)) if naked else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class NakedLevels(Profile):
    r"""The nearest point of control of the last `sessions` that was not traded at since.

    .. math::
        y_t = \operatorname{arg\,min}_{c_s} \{ |p_t - c_s| : S - n \le s < S, \;
        |p_i - c_s| > \tfrac{1}{2} b_s \text{ for all } i \text{ after } s \}

    Notes
    -----
    Seed: none. NaN: a tick whose price is not finite, or whose size is not finite and positive, is passed over; NaN
    while there is no such level. Warm-up: a session. Unit: that of `price`. A level is traded at when a price falls
    within its bin, half of b to both sides; a price that jumps over it does not. Of two as near, the lower. Points of
    control, bins and memory are those of `VolumeProfile`, here 2 `bins` + 2 `sessions` numbers. A session without
    ticks is not one of the `sessions`.

    References
    ----------
    Dalton, J. F., Dalton, R. B., Jones, E. T. (2007). Markets in Profile. Wiley.

    Examples
    --------
    >>> node = NakedLevels(x, y, tick=1.0, bins=8)
    >>> evaluate(node, price=[1.0, 3.0, 2.0, 1.0], size=[1.0] * 4, clock={"before": [0, 1, 1, 1]})
    [nan, 1.0, 1.0, nan]
    """

    price: Expr
    size: Expr
    tick: float = AUTO
    bins: int = 512
    sessions: int = 20
    reset: Clock = NEVER

    registers: ClassVar = np.dtype(
        [
            *REGISTERS,
            *((name, "f8") for name in ("total", "carry", "centre", "nearest")),
            *((name, "i8") for name in ("session", "started", "ended", "known")),
        ]
    )
    absolute: ClassVar = {"session": "reset"}
    data: ClassVar = 1
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"tick": 0.25, "bins": 16, "sessions": 3}
    exempt: ClassVar = {
        "unit": "the tick is in the unit of the price",
        "warmup": "counted in sessions, not in ticks",
    }

    def check(self) -> None:
        super().check()
        self.require("sessions must be from 1 to 1024", 1 <= self.sessions <= 1024, self.sessions)

    @property
    def history_items(self) -> int:
        return 2 * self.bins + 2 * self.sessions
