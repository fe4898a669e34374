"""Partial autocorrelation from autocorrelations."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import ONE
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(EventType("lags", "A column of an example.", (Field("correlations", "1", width=3),)))


@jit
def _kernel(out: F8, correlations: F8, history: np.ndarray, members: int) -> None:
    now, before = history[:members], history[members:]
    for i in range(out.size):
        at, error = i * members, 1.0
        for k in range(members):
            total = correlations[at + k]
            for j in range(k):
                total -= before[j]["value"] * correlations[at + k - 1 - j]
            last = total / error if error > 0.0 else np.nan
            for j in range(k):
                now[j]["value"] = before[j]["value"] - last * before[k - 1 - j]["value"]
            now[k]["value"] = last
            error *= 1.0 - last * last
            for j in range(k + 1):
                before[j]["value"] = now[j]["value"]
        out[i] = now[members - 1]["value"]


def _oracle(correlations: F8) -> F8:
    """The last coefficient of the Yule-Walker equations, solved whole."""
    (ticks, n), out = correlations.shape, np.full(len(correlations), np.nan)
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    for t in range(ticks):
        known = np.concatenate([[1.0], correlations[t]])
        if np.isfinite(known).all() and np.linalg.eigvalsh(known[distance])[0] > 1e-9:
            out[t] = np.linalg.solve(known[distance], known[1:])[-1]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class PartialAutocorrelation(Operator):
    r"""Partial autocorrelation at the last lag of a row of autocorrelations from lag 1 on.

    .. math::
        \phi_{kk} = \frac{\rho_k - \sum_{j<k} \phi_{k-1,j} \rho_{k-j}}{1 - \sum_{j<k} \phi_{k-1,j} \rho_j}, \quad
        \phi_{kj} = \phi_{k-1,j} - \phi_{kk} \phi_{k-1,k-j}

    Notes
    -----
    Seed: none. NaN: NaN while a cell is, and where the cells are not the autocorrelations of
    anything. Warm-up: 1. Unit: 1. Levinson's recursion, as the library statsmodels has it under
    ``ldb`` for autocorrelations that are divided by the whole window.

    References
    ----------
    Durbin, J. (1960). The fitting of time-series models. Review of the International Statistical
    Institute 28, 233-244.

    Examples
    --------
    >>> evaluate(PartialAutocorrelation(**PartialAutocorrelation.example), correlations=[[0.5, 0.25, 0.5]])
    [0.5]
    """

    correlations: Expr

    flat: ClassVar = True
    history: ClassVar = np.dtype([("value", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"correlations": Column(FREE, "correlations")}
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    def check(self) -> None:
        row = self.correlations
        self.require("correlations must be a wide column", row.cells > 1, row.text)
        self.require("correlations must have no unit", row.unit == ONE, row.unit)

    @property
    def members(self) -> int:
        """Cells of a row."""
        return self.correlations.cells

    @property
    def history_items(self) -> int:
        return 2 * self.members

    @property
    def unit(self) -> str:
        return ONE
