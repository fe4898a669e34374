"""What is open in all contracts of an underlying, by right."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.option import COLUMNS

ITEM = np.dtype([("strike", "f8"), ("contracts", "f8"), ("expiry", "i8"), ("way", "i8")])
MOST = 1e9  # of a strike
MINUTE = 60_000_000_000


@jit
def _home(strike: float, expiry: int, way: int, room: int) -> int:
    """Where a contract stands if nothing else stands there: neighbours in strike or expiry apart."""
    number = int(maths.rint(8.0 * strike)) % 1_000_003
    return (number * 2_654_435_761 + expiry // MINUTE * 40_503 + way) % room


@jit
def _find(history: np.ndarray, room: int, strike: float, expiry: int, way: int) -> int:
    """Where a contract stands, or where it would."""
    at = _home(strike, expiry, way, room)
    while history[at]["way"] != 0:
        e = history[at]
        if e["strike"] == strike and e["expiry"] == expiry and e["way"] == way:
            break
        at = (at + 1) % room
    return at


@jit
def _forget(history: np.ndarray, room: int, hole: int) -> None:
    """Take a contract out, moving back those that were pushed past it."""
    at = (hole + 1) % room
    while history[at]["way"] != 0:
        e = history[at]
        home = _home(e["strike"], e["expiry"], e["way"], room)
        if (at - home) % room >= (at - hole) % room:
            history[hole] = history[at]
            hole = at
        at = (at + 1) % room
    history[hole]["way"] = 0


@jit
def _expire(registers: np.ndarray, history: np.ndarray, room: int, now: int) -> None:
    """Take out what has expired, and add up the rest anew."""
    s = registers[0]
    for k in range(room):
        while history[k]["way"] != 0 and history[k]["expiry"] <= now:
            _forget(history, room, k)
            s["known"] -= 1
    s["calls"], s["calls_carry"], s["puts"], s["puts_carry"], s["due"] = 0.0, 0.0, 0.0, 0.0, 0
    for k in range(room):
        e = history[k]
        if e["way"] > 0:
            s["calls"], s["calls_carry"] = maths.two_sum(
                s["calls"], s["calls_carry"], e["contracts"]
            )
        elif e["way"] < 0:
            s["puts"], s["puts_carry"] = maths.two_sum(s["puts"], s["puts_carry"], e["contracts"])
        if e["way"] != 0 and (s["due"] == 0 or e["expiry"] < s["due"]):
            s["due"] = e["expiry"]


@jit
def _kernel(
    calls: F8,
    puts: F8,
    strike: F8,
    right: I8,
    expiry: I8,
    contracts: F8,
    at: I8,
    registers: np.ndarray,
    history: np.ndarray,
    room: int,
) -> None:
    s = registers[0]
    for i in range(strike.size):
        if s["known"] > 0 and s["due"] <= at[i]:
            _expire(registers, history, room, at[i])
        known = abs(strike[i]) < MOST and expiry[i] > at[i]
        if known and 0.0 <= contracts[i] < np.inf:
            way = 1 if right[i] > 0 else -1
            e = history[_find(history, room, strike[i], expiry[i], way)]
            if e["way"] == 0 and s["known"] >= room - 1:
                s["lost"] += 1
            else:
                if e["way"] == 0:
                    e["strike"], e["expiry"], e["way"], e["contracts"] = (
                        strike[i],
                        expiry[i],
                        way,
                        0.0,
                    )
                    s["due"] = expiry[i] if s["known"] == 0 else min(s["due"], expiry[i])
                    s["known"] += 1
                for change in (-e["contracts"], contracts[i]):
                    if way > 0:
                        s["calls"], s["calls_carry"] = maths.two_sum(
                            s["calls"], s["calls_carry"], change
                        )
                    else:
                        s["puts"], s["puts_carry"] = maths.two_sum(
                            s["puts"], s["puts_carry"], change
                        )
                e["contracts"] = contracts[i]
        calls[i] = s["calls"] + s["calls_carry"] if s["known"] > 0 else np.nan
        puts[i] = s["puts"] + s["puts_carry"] if s["known"] > 0 else np.nan


def _oracle(strike: F8, right: I8, expiry: I8, contracts: F8, at: I8, room: int) -> dict[str, F8]:
    out = {name: np.full(strike.size, np.nan) for name in InterestTotals.outputs}
    held: dict[tuple[float, int, bool], float] = {}
    for t in range(strike.size):
        held = {one: size for one, size in held.items() if one[1] > at[t]}
        one = (float(strike[t]), int(expiry[t]), bool(right[t] > 0))
        sound = abs(one[0]) < 1e9 and np.isfinite(contracts[t]) and contracts[t] >= 0
        if sound and one[1] > at[t] and (one in held or len(held) < room - 1):
            held[one] = float(contracts[t])
        if held:
            for name, call in (("calls", True), ("puts", False)):
                sizes = [size for (_, _, way), size in held.items() if way == call]
                out[name][t] = float(np.sum(sizes, dtype=np.longdouble))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class InterestTotals(Operator):
    r"""Contracts that are open in all calls and in all puts, each as last published, but for those that have expired.

    .. math:: C_t = \sum_{j \in \text{calls}, E_j > t} n_j, \quad P_t = \sum_{j \in \text{puts}, E_j > t} n_j

    Notes
    -----
    Seed: none. NaN: until something that has not expired was published; a contract that has expired, one without a
    finite strike below 1e9, and a number that is not finite or below 0 are passed over. Warm-up: 1. Unit: that of
    `contracts`. A contract is a strike, an expiry and a right; a later number replaces the one before. At most `room` -
    1 are known at once, a later one is not counted. Compensated, and added up anew as contracts expire.

    References
    ----------
    Pan, J., Poteshman, A. M. (2006). The information in option volume for future stock prices. Review of Financial
    Studies 19(3), 871-908.

    Examples
    --------
    >>> node = InterestTotals(**InterestTotals.example)
    >>> given = dict(strike=[10.0, 10.0, 10.0, 11.0], contracts=[7.0, 5.0, 6.0, 1.0])
    >>> evaluate(node, **given, right=[1, -1, 1, 1], expiry=[3 * 10**9] * 3 + [9 * 10**9])
    {'calls': [7.0, 7.0, 6.0, 1.0], 'puts': [0.0, 5.0, 5.0, 0.0]}
    """

    strike: Expr
    right: Expr
    expiry: Expr
    contracts: Expr
    room: int = 1 << 15

    outputs: ClassVar = ("calls", "puts")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("calls", "calls_carry", "puts", "puts_carry")]
        + [(name, "i8") for name in ("known", "due", "lost")]
    )
    history: ClassVar = ITEM
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "strike": COLUMNS["strike"], "right": COLUMNS["right"], "expiry": COLUMNS["expiry"],
        "contracts": COLUMNS["size"], "room": 16,
    }  # fmt: skip

    exempt: ClassVar = {"unit": "an expiry is a time"}

    def check(self) -> None:
        self.require("room must be at least 2", self.room > 1, self.room)

    @property
    def history_items(self) -> int:
        return self.room

    @property
    def unit(self) -> str:
        return self.contracts.unit
