"""Open, high, low, close, volume, trades and dollar volume of a bar."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.units import ONE, times
from penstock.expr import Expr, Operator
from penstock.streams import NEVER, Clock


@jit
def _kernel(
    open: F8,
    high: F8,
    low: F8,
    close: F8,
    volume: F8,
    trades: F8,
    dollar: F8,
    price: F8,
    size: F8,
    before: I8,
    registers: np.ndarray,
) -> None:
    s = registers[0]
    first, top, bottom, last = s["open"], s["high"], s["low"], s["close"]
    n, session = s["n"], s["session"]
    v, v_carry, d, d_carry = s["volume"], s["volume_carry"], s["dollar"], s["dollar_carry"]
    for i in range(close.size):
        if before[i] != session or n == 0:
            first, top, bottom, last = np.nan, np.nan, np.nan, np.nan
            n, session = 0, before[i]
            v, v_carry, d, d_carry = 0.0, 0.0, 0.0, 0.0
        p, q = price[i], size[i]
        if maths.is_finite(p) and maths.is_finite(q):
            if n == 0:
                first, top, bottom = p, p, p
            elif p > top:
                top = p
            elif p < bottom:
                bottom = p
            last = p
            n += 1
            v, v_carry = maths.two_sum(v, v_carry, q)
            d, d_carry = maths.two_sum(d, d_carry, p * q)
        open[i], high[i], low[i], close[i] = first, top, bottom, last
        volume[i], trades[i], dollar[i] = v + v_carry, float(n), d + d_carry
    s["open"], s["high"], s["low"], s["close"] = first, top, bottom, last
    s["n"], s["session"] = n, session
    s["volume"], s["volume_carry"], s["dollar"], s["dollar_carry"] = v, v_carry, d, d_carry


def _oracle(price: F8, size: F8, before: I8) -> dict[str, F8]:
    bars = np.full((price.size, 7), np.nan)
    for t in range(price.size):
        bar = (np.arange(price.size) <= t) & (before == before[t])
        bar &= np.isfinite(price) & np.isfinite(size)
        p, q = price[bar], size[bar]
        if p.size:
            bars[t, :4] = p[0], p.max(), p.min(), p[-1]
        bars[t, 4:] = q.sum(), p.size, (p * q).sum()
    return dict(zip(Ohlcv.outputs, bars.T, strict=True))


@dataclass(frozen=True, eq=False, repr=False)
class Ohlcv(Operator):
    r"""The bar so far: what was traded since the last tick of `reset`.

    .. math:: (p_1, \max p_i, \min p_i, p_n, \sum q_i, n, \sum p_i q_i), \quad i : s_i = s_t

    Notes
    -----
    Seed: none. NaN: a tick whose price or size is not finite is skipped. Warm-up: 1.
    Unit: that of `price`; of `size`; 1; of their product. A bar begins with the first tick after
    the reset, so as-of at the reset's tick is the finished bar. A bar that has only skipped ticks
    so far has no price, volume 0.

    References
    ----------
    Aldridge, I. (2013). High-Frequency Trading, chapter 4: sampling tick data.

    Examples
    --------
    >>> bars = evaluate(Ohlcv(x, y), price=[5.0, 7.0, 6.0], size=[1.0, 2.0, 1.0])
    >>> bars["open"], bars["high"], bars["volume"]
    ([5.0, 5.0, 5.0], [5.0, 7.0, 7.0], [1.0, 3.0, 4.0])
    """

    price: Expr
    size: Expr
    reset: Clock = NEVER

    outputs: ClassVar = ("open", "high", "low", "close", "volume", "trades", "dollar")
    registers: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("open", "high", "low", "close")),
            *((name, "f8") for name in ("volume", "volume_carry", "dollar", "dollar_carry")),
            ("n", "i8"),
            ("session", "i8"),
        ]
    )
    absolute: ClassVar = {"session": "reset"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def unit_of(self, output: str) -> str:
        product = times(self.price.unit, self.size.unit)
        units = {"volume": self.size.unit, "trades": ONE, "dollar": product}
        return units.get(output, self.price.unit)
