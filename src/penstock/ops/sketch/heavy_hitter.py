"""The id that was seen most often."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(
    heaviest: F8, share: F8, error: F8, id: I8, registers: np.ndarray, history: np.ndarray
) -> None:
    s, size = registers[0], history.size
    n: int = s["n"]
    held: int = s["held"]
    top: int = s["top"]
    for i in range(share.size):
        found, least = -1, 0
        for k in range(held):
            found = k if history[k]["id"] == id[i] else found
            least = k if history[k]["count"] < history[least]["count"] else least
        if found < 0 and held < size:
            found, held = held, held + 1
            history[found]["id"] = id[i]
        elif found < 0:  # the rarest makes room: what it had may be the new one's, at most
            found = least
            history[found]["id"], history[found]["error"] = id[i], history[found]["count"]
        history[found]["count"] += 1
        n += 1
        top = found if history[found]["count"] > history[top]["count"] else top
        h = history[top]
        heaviest[i], share[i], error[i] = float(h["id"]), h["count"] / n, h["error"] / n
    s["n"], s["held"], s["top"] = n, held, top


@jit
def _least(history: np.ndarray, held: int) -> int:
    """What an id that is not held may have been seen at most."""
    if held < history.size:
        return 0
    least = history[0]["count"]
    for k in range(held):
        least = min(least, history[k]["count"])
    return least


@jit
def _merge(
    registers: np.ndarray,
    history: np.ndarray,
    other_registers: np.ndarray,
    other_history: np.ndarray,
) -> None:
    s, held, theirs = registers[0], registers[0]["held"], other_registers[0]["held"]
    absent, absent_there = _least(history, held), _least(other_history, theirs)
    for k in range(held):  # what only this one holds the other may have seen as often as its rarest
        history[k]["count"] += absent_there
        history[k]["error"] += absent_there
    mine = held
    for j in range(theirs):
        o, at = other_history[j], -1
        for k in range(mine):
            at = k if history[k]["id"] == o["id"] else at
        if at >= 0:
            history[at]["count"] += o["count"] - absent_there
            history[at]["error"] += o["error"] - absent_there
    for j in range(theirs):
        o, at, least = other_history[j], -1, 0
        for k in range(held):
            at = k if history[k]["id"] == o["id"] else at
            least = k if history[k]["count"] < history[least]["count"] else least
        if at < 0 and held < history.size:
            at, held = held, held + 1
        elif at < 0 and o["count"] + absent > history[least]["count"]:
            at = least
        else:
            continue
        h = history[at]
        h["id"], h["count"], h["error"] = o["id"], o["count"] + absent, o["error"] + absent
    s["n"] += other_registers[0]["n"]
    s["held"], s["top"] = held, 0
    for k in range(held):
        s["top"] = k if history[k]["count"] > history[s["top"]]["count"] else s["top"]


def _oracle(id: I8, size: int) -> dict[str, F8]:
    found = {name: np.empty(id.size) for name in ("heaviest", "share", "error")}
    counts, errors = dict[int, int](), dict[int, int]()  # in the order of the slots
    top = 0
    for t, number in enumerate(id.tolist()):
        if number not in counts:
            errors[number] = 0
            if len(counts) == size:
                rarest = min(counts, key=counts.__getitem__)
                names = [number if name == rarest else name for name in counts]
                errors[number] = counts[rarest]
                counts = {n: counts[rarest if n == number else n] for n in names}
            else:
                counts[number] = 0
        counts[number] += 1
        top = number if top not in counts or counts[number] > counts[top] else top
        row = (float(top), counts[top] / (t + 1), errors[top] / (t + 1))
        for name, value in zip(found, row, strict=True):
            found[name][t] = value
    return found


@dataclass(frozen=True, eq=False, repr=False)
class HeavyHitter(Operator):
    r"""The id that was seen most often so far, its share of all ticks, and how much too high that may be.

    .. math:: n_i \le c_i \le n_i + \epsilon_i, \quad \epsilon_i \le t / k

    Notes
    -----
    Seed: none. NaN: none, ids are integers. Warm-up: 1. Unit: 1. `size` counters: every id with
    more than 1 / size of all ticks is held. Merges with errors that add up (Agarwal et al. 2013).

    References
    ----------
    Metwally, A., Agrawal, D., El Abbadi, A. (2005). Efficient computation of frequent and top-k
    elements in data streams. ICDT 2005, 398-412.

    Examples
    --------
    >>> import numpy as np
    >>> evaluate(HeavyHitter(x, size=16), id=np.array([7, 8, 8, 9]))["heaviest"]
    [7.0, 7.0, 8.0, 8.0]
    """

    id: Expr
    size: int = 64

    outputs: ClassVar = ("heaviest", "share", "error")
    registers: ClassVar = np.dtype([(name, "i8") for name in ("n", "held", "top")])
    history: ClassVar = np.dtype([(name, "i8") for name in ("id", "count", "error")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    merge = staticmethod(_merge)
    example: ClassVar = {"size": 3}
    exempt: ClassVar = {
        "unit": "ids are names: they have no unit",
        "merging": "the errors of two parts add up; tests hold the merged counts to their bounds",
    }

    def check(self) -> None:
        self.require("size must be from 1 to 4096", 1 <= self.size <= 4_096, self.size)

    @property
    def history_items(self) -> int:
        return self.size

    @property
    def unit(self) -> str:
        return ONE
