"""Volume-weighted average price over a time window of panes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr
from penstock.ops.pane.ring import Paned, beginning, turn
from penstock.streams import Clock
from penstock.streams.clocks import START


@jit
def _clear(history: np.ndarray, to: int) -> None:
    h = history[to]
    h["notional"], h["n_carry"], h["volume"], h["v_carry"] = 0.0, 0.0, 0.0, 0.0
    h["traded"], h["bad"] = 0, 0


@jit
def _merge(history: np.ndarray, to: int, a: int, b: int) -> None:
    h, one, two = history[to], history[a], history[b]
    notional, n_carry = maths.two_sum(one["notional"], one["n_carry"], two["notional"])
    volume, v_carry = maths.two_sum(one["volume"], one["v_carry"], two["volume"])
    h["notional"], h["n_carry"] = notional, n_carry + two["n_carry"]
    h["volume"], h["v_carry"] = volume, v_carry + two["v_carry"]
    h["traded"], h["bad"] = one["traded"] + two["traded"], one["bad"] + two["bad"]


@jit
def _kernel(
    out: F8,
    price: F8,
    size: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    history: np.ndarray,
    width: int,
    step: int,
    origin: int,
    early: int,
) -> None:
    s, panes = registers[0], history.size - 3
    seen: int = s["seen"]
    end: int = s["end"]
    started: int = s["started"]
    for i in range(out.size):
        seen = max(seen, first)
        while seen < upto[i]:
            time, q = ts[seen - first], size[seen - first]
            pq = price[seen - first] * q
            seen += 1
            if started == 0:
                started, end = 1, time - width - step
            if time > end:
                end = turn(history, end, time, step, origin, _merge, _clear)
            h = history[panes]
            if maths.is_finite(pq):
                h["notional"], h["n_carry"] = maths.two_sum(h["notional"], h["n_carry"], pq)
                h["volume"], h["v_carry"] = maths.two_sum(h["volume"], h["v_carry"], q)
                h["traded"] += 1 if q != 0.0 else 0
            else:
                h["bad"] += 1
        if at[i] - early > end and started == 1:
            end = turn(history, end, at[i] - early, step, origin, _merge, _clear)
        opened, rest = history[panes], history[panes + 2]
        out[i] = np.nan
        if rest["bad"] + opened["bad"] == 0 and rest["traded"] + opened["traded"] > 0:
            pq, carry = maths.two_sum(rest["notional"], rest["n_carry"], opened["notional"])
            pq += carry + opened["n_carry"]
            q, carry = maths.two_sum(rest["volume"], rest["v_carry"], opened["volume"])
            out[i] = maths.divide(pq, q + (carry + opened["v_carry"]))
    s["seen"], s["end"], s["started"] = seen, end, started


def _oracle(
    price: F8, size: F8, ts: I8, at: I8, upto: I8, width: int, step: int, offset: int
) -> F8:
    out, begin = np.full(at.size, np.nan), beginning(at, width, step, offset)
    for i in range(at.size):
        inside = (np.arange(price.size) < upto[i]) & (ts > begin[i])
        p, q = price[inside].astype(np.longdouble), size[inside].astype(np.longdouble)
        if np.isfinite(p * q).all() and q.sum() != 0.0:
            out[i] = (p * q).sum() / q.sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class PaneVwap(Paned):
    r"""Price per unit traded in the last `width` of time, whose beginning moves in steps.

    .. math:: P_p = \frac{\sum_{q \in W(p)} p_q v_q}{\sum_{q \in W(p)} v_q}, \quad
        W(p) = \left( s \lceil t_p / s \rceil - w, \; t_p \right]

    Notes
    -----
    Seed: none. NaN: NaN while price times size is not finite in the window. Warm-up: 1; NaN while
    nothing was traded. Unit: that of `price`. Nothing older than `width` is in the window, and at a
    multiple of `step` it is `width` long. At a timed tick it holds the events from a multiple of
    `step` on, up to before T. Memory: `width / step` summaries. Compensated.

    References
    ----------
    Berkowitz, S. A., Logue, D. E., Noser, E. A. (1988). The total cost of transactions on the NYSE.
    Journal of Finance 43(1), 97-112.

    Examples
    --------
    >>> evaluate(PaneVwap(x, y, width="2s", step="1s"), price=[1.0, 3.0, 2.0], size=[1.0, 1.0, 3.0])
    [1.0, 2.0, 2.25]
    """

    price: Expr
    size: Expr
    width: Duration
    step: Duration
    on: Clock = VIEW
    offset: Duration = START

    history: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("notional", "n_carry", "volume", "v_carry")),
            *((name, "i8") for name in ("traded", "bad")),
        ]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
