"""What traded at each strike since a session began."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.units import ONE, times
from penstock.expr import Expr, Operator
from penstock.ops.option import COLUMNS
from penstock.streams import NEVER, Clock

ITEM = np.dtype(
    [
        (name, "f8")
        for name in (
            "strike", "volume", "call_gamma", "put_gamma", "call_dealer", "put_dealer", "position", "premium", "sigma",
        )
    ]
    + [("known", "i8")]
)  # fmt: skip


@jit
def _clear(e: np.void, strike: float) -> None:
    """Begin with a strike."""
    e["strike"], e["known"], e["sigma"] = strike, 1, np.nan
    e["volume"], e["position"], e["premium"] = 0.0, 0.0, 0.0
    e["call_gamma"], e["put_gamma"], e["call_dealer"], e["put_dealer"] = 0.0, 0.0, 0.0, 0.0


@jit
def _kernel(
    strikes: F8,
    volume: F8,
    call_gamma: F8,
    put_gamma: F8,
    call_dealer: F8,
    put_dealer: F8,
    position: F8,
    premium: F8,
    sigmas: F8,
    strike: F8,
    right: I8,
    size: F8,
    side: I8,
    price: F8,
    gamma: F8,
    sigma: F8,
    spot: F8,
    before: I8,
    registers: np.ndarray,
    history: np.ndarray,
    step: float,
    slots: int,
) -> None:
    s = registers[0]
    for i in range(strike.size):
        if before[i] != s["session"]:
            s["session"] = before[i]
            for k in range(slots):
                history[k]["known"] = 0
        level = strike[i]
        usable = maths.is_finite(level) and maths.is_finite(size[i]) and size[i] > 0.0
        if usable and abs(level / step) < 1e15:
            e = history[int(maths.rint(level / step)) % slots]
            other = e["known"] == 1 and abs(e["strike"] - level) > 1e-9
            # of two strikes of one slot the nearer to the price is kept
            if other and not abs(e["strike"] - spot[i]) <= abs(level - spot[i]):
                _clear(e, level)
                other = False
            if e["known"] == 0:
                _clear(e, level)
            if other:
                s["lost"] += 1
            else:
                sign = 1.0 if side[i] > 0 else (-1.0 if side[i] < 0 else 0.0)
                e["volume"] += size[i]
                e["position"] -= sign * size[i]
                if maths.is_finite(price[i]):
                    e["premium"] += price[i] * size[i] * 100.0
                if maths.is_finite(sigma[i]):
                    e["sigma"] = sigma[i]
                if maths.is_finite(gamma[i]):
                    held = size[i] * gamma[i] * 100.0
                    if right[i] > 0:
                        e["call_gamma"] += held
                        e["call_dealer"] -= sign * held
                    else:
                        e["put_gamma"] += held
                        e["put_dealer"] -= sign * held
        for k in range(slots):
            e = history[k]
            if e["known"] == 1:
                strikes[i, k], volume[i, k], position[i, k] = (
                    e["strike"],
                    e["volume"],
                    e["position"],
                )
                call_gamma[i, k], put_gamma[i, k] = e["call_gamma"], e["put_gamma"]
                call_dealer[i, k], put_dealer[i, k] = e["call_dealer"], e["put_dealer"]
                premium[i, k], sigmas[i, k] = e["premium"], e["sigma"]
            else:
                strikes[i, k], sigmas[i, k] = np.nan, np.nan
                volume[i, k], position[i, k], premium[i, k] = 0.0, 0.0, 0.0
                call_gamma[i, k], put_gamma[i, k] = 0.0, 0.0
                call_dealer[i, k], put_dealer[i, k] = 0.0, 0.0


def _oracle(
    strike: F8, right: I8, size: F8, side: I8, price: F8, gamma: F8, sigma: F8, spot: F8, before: I8,
    step: float, slots: int,
) -> dict[str, F8]:  # fmt: skip
    out = {name: np.zeros((strike.size, slots)) for name in StrikeBoard.outputs}
    for name in ("strikes", "sigmas"):
        out[name][:] = np.nan
    owners: dict[int, tuple[float, list[int]]] = {}
    for t in range(strike.size):
        if t and before[t] != before[t - 1]:
            owners = {}
        k = strike[t]
        if np.isfinite(k) and np.isfinite(size[t]) and size[t] > 0:
            slot = round(k / step) % slots
            holder = owners.get(slot)
            if holder is None or abs(holder[0] - k) <= 1e-9:
                owners[slot] = (k if holder is None else holder[0], [*(holder or (0, []))[1], t])
            elif not abs(holder[0] - spot[t]) <= abs(k - spot[t]):
                owners[slot] = (k, [t])
        for slot, (level, own) in owners.items():
            i = np.array(own)
            q, e = size[i], np.sign(side[i])
            held = np.where(np.isfinite(gamma[i]), q * gamma[i] * 100, 0.0)
            call = right[i] > 0
            known = sigma[i][np.isfinite(sigma[i])]
            found = {
                "strikes": level, "volume": q.sum(), "position": -(e * q).sum(),
                "premium": np.where(np.isfinite(price[i]), price[i] * q * 100, 0.0).sum(),
                "call_gamma": held[call].sum(), "put_gamma": held[~call].sum(),
                "call_dealer": -(e * held)[call].sum(), "put_dealer": -(e * held)[~call].sum(),
                "sigmas": known[-1] if known.size else np.nan,
            }  # fmt: skip
            for name, value in found.items():
                out[name][t, slot] = value
    return out


@dataclass(frozen=True, eq=False, repr=False)
class StrikeBoard(Operator):
    r"""What traded at each strike since the last tick of `reset`: contracts, gamma by right and for dealers, premium.

    .. math:: G_K = \sum_{i : K_i = K} 100 \, q_i \Gamma_i, \quad D_K = -\sum_{i : K_i = K} 100 \, e_i q_i \Gamma_i

    Notes
    -----
    Seed: none. NaN: `strikes` and `sigmas` of a slot without a trade, whose sums are 0; a trade without a finite
    strike or positive size is passed over, and one without a gamma counts as volume only. Warm-up: 1. Unit: size for
    `volume` and `position`, that times gamma for the gammas, price times size for `premium`. A contract is of 100.
    A strike has the slot of its number modulo their count; of two that fall together the nearer to the price
    stays. Dealers take the other side of the aggressor, so `position` is their net contracts, and `call_dealer` and
    `put_dealer` their net gamma: below 0 where they are short. `sigmas` is the last volatility.

    References
    ----------
    Barbon, A., Buraschi, A. (2021). Gamma fragility. University of St. Gallen, School of Finance, working paper.

    Examples
    --------
    >>> node = StrikeBoard(**StrikeBoard.example)
    >>> node.cells
    4
    """

    strike: Expr
    right: Expr
    size: Expr
    side: Expr
    price: Expr
    gamma: Expr
    sigma: Expr
    spot: Expr
    step: float = 1.0
    slots: int = 64
    reset: Clock = NEVER

    outputs: ClassVar = (
        "strikes", "volume", "call_gamma", "put_gamma", "call_dealer", "put_dealer", "position", "premium", "sigmas",
    )  # fmt: skip
    registers: ClassVar = np.dtype([("session", "i8"), ("lost", "i8")])
    absolute: ClassVar = {"session": "reset"}
    history: ClassVar = ITEM
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        **{
            n: COLUMNS[n]
            for n in ("strike", "right", "size", "side", "price", "gamma", "sigma", "spot")
        },
        "slots": 4,
        "step": 1.0,
    }
    exempt: ClassVar = {"unit": "the step is in the unit of the price"}

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
        if output in ("volume", "position"):
            return self.size.unit
        if output == "premium":
            return times(self.price.unit, self.size.unit)
        if output == "sigmas":
            return ONE
        return self.strike.unit if output == "strikes" else times(self.size.unit, self.gamma.unit)
