"""Time since a market opened and until it closes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import VIEW, Operator
from penstock.ops.time.civil import stretch
from penstock.streams import Clock
from penstock.streams.calendars import check_calendar, hours

MINUTE = 6e10  # in ns


@jit
def _kernel(
    since_open: F8,
    to_close: F8,
    fraction: F8,
    at: I8,
    registers: np.ndarray,
    opens: I8,
    closes: I8,
) -> None:
    s = registers[0]
    k = s["k"]
    for i in range(fraction.size):
        k = stretch(opens, k, at[i])
        since_open[i] = to_close[i] = fraction[i] = np.nan
        if k >= 0 and at[i] <= closes[k]:
            since_open[i] = (at[i] - opens[k]) / MINUTE
            to_close[i] = (closes[k] - at[i]) / MINUTE
            fraction[i] = (at[i] - opens[k]) / (closes[k] - opens[k])
    s["k"] = k


def _oracle(at: I8, opens: I8, closes: I8) -> dict[str, F8]:
    out = {name: np.full(at.size, np.nan) for name in ("since_open", "to_close", "fraction")}
    for t, time in enumerate(at):
        inside = np.flatnonzero((opens <= time) & (time <= closes))
        if inside.size:
            begin, end = opens[inside[-1]], closes[inside[-1]]
            out["since_open"][t], out["to_close"][t] = (time - begin) / 6e10, (end - time) / 6e10
            out["fraction"][t] = (time - begin) / (end - begin)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class SessionTimes(Operator):
    r"""Where in its market's session each tick of a clock is.

    .. math::
        s_t = \frac{\tau_t - O}{60 \cdot 10^9}, \quad e_t = \frac{C - \tau_t}{60 \cdot 10^9}, \quad
        f_t = \frac{\tau_t - O}{C - O}

    Notes
    -----
    Seed: none. NaN: outside the session [O, C], and after the last that the calendar
    knows. Warm-up: 1. Unit: minutes, 1 for ``fraction``. Opening O and closing
    C are those of the calendar, early closes and summer time included; a break at noon belongs to the session. A tick
    that is the end of one session and the beginning of the next is in the next.

    References
    ----------
    Admati, A. R., Pfleiderer, P. (1988). A Theory of Intraday Patterns: Volume and Price Variability. Review of
    Financial Studies 1(1), 3-40.

    Examples
    --------
    >>> evaluate(SessionTimes(calendar="24/7"), clock={"ts": [6 * 3_600 * 10**9]})["fraction"]
    [0.25]
    """

    calendar: str
    on: Clock = VIEW

    outputs: ClassVar = ("since_open", "to_close", "fraction")
    registers: ClassVar = np.dtype([("k", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"calendar": "24/7"}

    def check(self) -> None:
        if self.calendar != "XNYS":  # the catalogue's own is known to exist, and costs no library
            check_calendar(self.calendar)

    @property
    def opens(self) -> I8:
        """The openings."""
        return hours(self.calendar)[0]

    @property
    def closes(self) -> I8:
        """The closing of each."""
        return hours(self.calendar)[1]

    @property
    def unit(self) -> str:
        return "min"

    def unit_of(self, output: str) -> str:
        return ONE if output == "fraction" else "min"
