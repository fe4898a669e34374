"""Ehlers's homodyne discriminator: the phase and the period of a price's cycle, from a short Hilbert transform.

A price is smoothed, its in-phase and quadrature parts are taken by filters as long as the last period says, and the
turn of the phase between two ticks gives the next period.
"""

from typing import Any

import numpy as np

from penstock.core import angles
from penstock.core.arrays import F8, Item
from penstock.core.jit import jit

ITEMS = 16  # of a ring: the filters reach back 9 ticks
MASK = ITEMS - 1
HISTORY = np.dtype([(name, "f8") for name in ("x", "smooth", "detrended", "quadrature")])
FIELDS = ("i2", "q2", "real", "imaginary", "period", "inphase", "quadrature")
REGISTERS = [(name, "f8") for name in FIELDS] + [("n", "i8")]
FIRST = 12  # values that are only smoothed, as TA-Lib has it
DEGREES = 57.29577951308232


@jit
def spread(a: Item, b: Item, c: Item, d: Item, period: Item) -> Any:
    """Hilbert's transform from values 0, 2, 4 and 6 ticks old, as strong as the period needs it."""
    # differences first, so that a flat price has none
    return (0.0962 * (a - d) + 0.5769 * (b - c)) * (0.075 * period + 0.54)


@jit
def phase(inphase: Item, quadrature: Item) -> float:
    """The angle of the cycle in degrees; 0 where there is no in-phase part."""
    return angles.atan(quadrature / inphase) * DEGREES if inphase != 0.0 else 0.0


@jit
def turn(s: np.void, h: np.ndarray, value: float) -> None:
    """Take in a finite value; `s` is the record of registers and `h` the history."""
    n, period = s["n"], s["period"]
    now = n & MASK
    h[now]["x"] = value
    s["n"] = n + 1
    if n < FIRST:
        h[now]["smooth"], h[now]["detrended"], h[now]["quadrature"] = 0.0, 0.0, 0.0
        return
    newer = 4.0 * value + 3.0 * h[(n - 1) & MASK]["x"]
    h[now]["smooth"] = (newer + 2.0 * h[(n - 2) & MASK]["x"] + h[(n - 3) & MASK]["x"]) / 10.0
    a, b, c, d = h[now], h[(n - 2) & MASK], h[(n - 4) & MASK], h[(n - 6) & MASK]
    h[now]["detrended"] = spread(a["smooth"], b["smooth"], c["smooth"], d["smooth"], period)
    quadrature = spread(a["detrended"], b["detrended"], c["detrended"], d["detrended"], period)
    h[now]["quadrature"] = quadrature
    e, f = h[(n - 3) & MASK]["detrended"], h[(n - 5) & MASK]["detrended"]
    g, k = h[(n - 7) & MASK]["detrended"], h[(n - 9) & MASK]["detrended"]
    ahead = spread(e, f, g, k, period)
    behind = spread(quadrature, b["quadrature"], c["quadrature"], d["quadrature"], period)
    s["inphase"], s["quadrature"] = e, quadrature
    i2, q2 = 0.2 * (e - behind) + 0.8 * s["i2"], 0.2 * (quadrature + ahead) + 0.8 * s["q2"]
    real = 0.2 * (i2 * s["i2"] + q2 * s["q2"]) + 0.8 * s["real"]
    imaginary = 0.2 * (i2 * s["q2"] - q2 * s["i2"]) + 0.8 * s["imaginary"]
    s["i2"], s["q2"], s["real"], s["imaginary"] = i2, q2, real, imaginary
    found = period
    if (imaginary != 0.0) & (real != 0.0):
        found = 360.0 / (angles.atan(imaginary / real) * DEGREES)
    found = max(min(found, 1.5 * period), 0.67 * period)
    s["period"] = 0.2 * min(max(found, 6.0), 50.0) + 0.8 * period


def written_out(x: F8) -> dict[str, F8]:
    """The oracle of the recursion: every stage as a whole column, from the first finite values on."""
    n = x.size
    made = {name: np.zeros(n) for name in ("smooth", "detrended", "q1", "i1", "ji", "jq", "period")}
    i2, q2, real, imaginary, period = 0.0, 0.0, 0.0, 0.0, 0.0

    def transform(column: F8, t: int) -> float:
        old = [column[t - k] if t - k >= 0 else 0.0 for k in (0, 2, 4, 6)]
        return (0.0962 * (old[0] - old[3]) + 0.5769 * (old[1] - old[2])) * (0.075 * period + 0.54)

    for t in range(FIRST, n):
        made["smooth"][t] = np.dot([1.0, 2.0, 3.0, 4.0], x[t - 3 : t + 1]) / 10.0
        made["detrended"][t] = transform(made["smooth"], t)
        made["q1"][t] = transform(made["detrended"], t)
        made["i1"][t] = made["detrended"][t - 3]
        made["ji"][t], made["jq"][t] = transform(made["i1"], t), transform(made["q1"], t)
        new_i2 = 0.2 * (made["i1"][t] - made["jq"][t]) + 0.8 * i2
        new_q2 = 0.2 * (made["q1"][t] + made["ji"][t]) + 0.8 * q2
        real = 0.2 * (new_i2 * i2 + new_q2 * q2) + 0.8 * real
        imaginary = 0.2 * (new_i2 * q2 - new_q2 * i2) + 0.8 * imaginary
        i2, q2, found = new_i2, new_q2, period
        if real != 0.0 and imaginary != 0.0:
            found = 360.0 / np.degrees(np.arctan(imaginary / real))
        found = np.clip(np.clip(found, 0.67 * period, 1.5 * period), 6.0, 50.0)
        period = made["period"][t] = 0.2 * found + 0.8 * period
    return made
