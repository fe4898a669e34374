"""What is open at each strike, as it was published."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.option import COLUMNS

ITEM = np.dtype(
    [("strike", "f8"), ("calls", "f8"), ("puts", "f8"), ("expiry", "i8"), ("known", "i8")]
)


@jit
def _kernel(
    strikes: F8,
    calls: F8,
    puts: F8,
    expiries: F8,
    strike: F8,
    right: I8,
    expiry: I8,
    contracts: F8,
    spot: F8,
    at: I8,
    registers: np.ndarray,
    history: np.ndarray,
    step: float,
    slots: int,
) -> None:
    s = registers[0]
    for i in range(strike.size):
        level = strike[i]
        usable = maths.is_finite(level) and abs(level / step) < 1e15 and expiry[i] > at[i]
        if usable and 0.0 <= contracts[i] < np.inf:
            e = history[int(maths.rint(level / step)) % slots]
            stands = e["known"] == 1 and e["expiry"] > at[i]
            same = abs(e["strike"] - level) <= 1e-9
            # of two strikes of one slot the nearer to the price is kept, and of one strike the soonest expiry
            if stands and not same and abs(e["strike"] - spot[i]) <= abs(level - spot[i]):
                s["lost"] += 1
            elif not (stands and same and e["expiry"] < expiry[i]):
                if not (stands and same and e["expiry"] == expiry[i]):
                    e["strike"], e["expiry"], e["known"] = level, expiry[i], 1
                    e["calls"], e["puts"] = 0.0, 0.0
                if right[i] > 0:
                    e["calls"] = contracts[i]
                else:
                    e["puts"] = contracts[i]
        for k in range(slots):
            e = history[k]
            strikes[i, k], expiries[i, k] = np.nan, np.nan
            calls[i, k], puts[i, k] = np.nan, np.nan
            if e["known"] == 1:
                strikes[i, k], expiries[i, k] = e["strike"], e["expiry"] / 1e9
                calls[i, k], puts[i, k] = e["calls"], e["puts"]


def _oracle(
    strike: F8, right: I8, expiry: I8, contracts: F8, spot: F8, at: I8, step: float, slots: int
) -> dict[str, F8]:
    out = {name: np.full((strike.size, slots), np.nan) for name in InterestBoard.outputs}
    held: dict[int, tuple[float, int, dict[bool, float]]] = {}
    for t in range(strike.size):
        k, ends = float(strike[t]), int(expiry[t])
        if np.isfinite(k) and np.isfinite(contracts[t]) and contracts[t] >= 0 and ends > at[t]:
            slot = round(k / step) % slots
            old = held.get(slot)
            there = old is not None and old[1] > at[t]
            if not there or old is None:
                held[slot] = (k, ends, {right[t] > 0: contracts[t]})
            elif abs(old[0] - k) > 1e-9:
                if not abs(old[0] - spot[t]) <= abs(k - spot[t]):
                    held[slot] = (k, ends, {right[t] > 0: contracts[t]})
            elif ends < old[1]:
                held[slot] = (k, ends, {right[t] > 0: contracts[t]})
            elif ends == old[1]:
                old[2][right[t] > 0] = contracts[t]
        for slot, (level, ends, own) in held.items():
            found = (level, own.get(True, 0.0), own.get(False, 0.0), ends / 1e9)
            for name, value in zip(InterestBoard.outputs, found, strict=True):
                out[name][t, slot] = value
    return out


@dataclass(frozen=True, eq=False, repr=False)
class InterestBoard(Operator):
    r"""Open contracts at each strike by right, as last published, of the soonest expiry that has not passed.

    .. math:: C_K = \text{contracts of the call}, \quad P_K = \text{contracts of the put}

    Notes
    -----
    Seed: none. NaN: slots of which nothing was published; a contract that has expired, one without a finite strike, and
    a number that is not finite or below 0 are passed over. Warm-up: 1. Unit: that of `contracts` for `calls` and
    `puts`, of `strike` for `strikes`, seconds since 1970 for `expiries`. Of a strike whose call alone was published no
    puts are open. A strike has the slot of its number modulo their count; of two that fall together the nearer to the
    price stays, and one that expired gives way.

    References
    ----------
    Ni, S. X., Pearson, N. D., Poteshman, A. M. (2005). Stock price clustering on option expiration dates. Journal of
    Financial Economics 78(1), 49-87.

    Examples
    --------
    >>> node = InterestBoard(**InterestBoard.example)
    >>> given = dict(strike=[10.0, 10.0, 11.0], contracts=[7.0, 5.0, 3.0], spot=[10.5] * 3)
    >>> found = evaluate(node, **given, right=[1, -1, 1], expiry=[3 * 10**9] * 3)
    >>> found["strikes"][-1], found["calls"][-1], found["puts"][-1]
    ([nan, nan, 10.0, 11.0], [nan, nan, 7.0, 3.0], [nan, nan, 5.0, 0.0])
    """

    strike: Expr
    right: Expr
    expiry: Expr
    contracts: Expr
    spot: Expr
    step: float = 1.0
    slots: int = 512

    outputs: ClassVar = ("strikes", "calls", "puts", "expiries")
    registers: ClassVar = np.dtype([("lost", "i8")])
    history: ClassVar = ITEM
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "strike": COLUMNS["strike"], "right": COLUMNS["right"], "expiry": COLUMNS["expiry"],
        "contracts": COLUMNS["size"], "spot": COLUMNS["spot"], "slots": 4,
    }  # fmt: skip
    exempt: ClassVar = {"unit": "the step is in the unit of the price, and an expiry is a time"}

    def check(self) -> None:
        self.require("step must be positive", self.step > 0.0, self.step)
        self.require("slots must be at least 2", self.slots > 1, self.slots)

    @property
    def history_items(self) -> int:
        return self.slots

    @property
    def cells(self) -> int:
        return self.slots

    def unit_of(self, output: str) -> str:
        if output == "expiries":
            return "s"
        return self.strike.unit if output == "strikes" else self.contracts.unit
