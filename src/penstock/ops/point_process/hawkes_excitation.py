"""State of a self-exciting stream of events."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, mu: F8, alpha: F8, beta: F8, at: I8, registers: np.ndarray) -> None:
    s = registers[0]
    before, burst, last, n = s["before"], s["burst"], s["last"], s["n"]
    for i in range(out.shape[0]):
        if n > 0 and at[i] > last:
            fade = maths.exp(-beta[i] * ((at[i] - last) / 1e9))
            before = (before + burst) * fade if fade >= 0.0 else 0.0
            burst = 0.0
        burst += 1.0
        last = at[i]
        n += 1
        out[i, 0], out[i, 1] = mu[i], alpha[i] * before
        out[i, 2], out[i, 3] = alpha[i] * burst, beta[i]
    s["before"], s["burst"], s["last"], s["n"] = before, burst, last, n


def _oracle(x: F8, mu: F8, alpha: F8, beta: F8, at: I8) -> F8:
    out = np.empty((at.size, 4))
    gaps = np.diff(at, prepend=at[:1]) / 1e9
    fades = np.where(gaps > 0.0, np.where(np.isnan(beta), np.inf, beta * gaps), 0.0)
    for t in range(at.size):
        earlier = np.flatnonzero(at[: t + 1] < at[t])
        ages = np.cumsum(fades[t:0:-1])[::-1][: earlier.size]
        before = np.exp(-ages).sum()
        burst = t + 1 - earlier.size
        out[t] = mu[t], alpha[t] * before, alpha[t] * burst, beta[t]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class HawkesExcitation(Operator):
    r"""Excitation of a stream by its past events, which ``HawkesIntensity`` carries on in time.

    .. math:: R_i = e^{-\beta (t_i - t_{i-1})} (1 + R_{i-1})

    The cells are :math:`\mu`, :math:`\alpha R_i`, :math:`\alpha` times the number of events at
    :math:`t_i` so far, and :math:`\beta`, with time in seconds.

    Notes
    -----
    Seed: no event before the first. NaN: the values of `x` are not looked at; while `beta` is NaN
    the past is forgotten. Warm-up: 1. Unit: mixed. Events of one time do not excite each other.

    References
    ----------
    Hawkes, A. G. (1971). Spectra of some self-exciting and mutually exciting point processes.
    Biometrika 58(1), 83-90. The recursion: Ozaki, T. (1979). Maximum likelihood estimation of
    Hawkes' self-exciting point processes. Annals of the Institute of Statistical Mathematics 31.

    Examples
    --------
    >>> evaluate(HawkesExcitation(x, mu=0.5, alpha=1.0, beta=0.0), x=[7.0, 7.0])
    [[0.5, 0.0, 1.0, 0.0], [0.5, 1.0, 1.0, 0.0]]
    """

    x: Expr
    mu: Expr
    alpha: Expr
    beta: Expr

    registers: ClassVar = np.dtype([("before", "f8"), ("burst", "f8"), ("last", "i8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"mu": 0.5, "alpha": 0.4, "beta": 1.5}
    exempt: ClassVar = {"unit": "the values of x are not looked at"}

    @property
    def unit(self) -> str:
        return "mixed"

    @property
    def cells(self) -> int:
        return 4
