"""Imbalance of buckets of equal volume."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR


@jit
def _kernel(
    out: F8,
    size: F8,
    bought: F8,
    registers: np.ndarray,
    history: np.ndarray,
    bucket: float,
    count: int,
) -> None:
    s = registers[0]
    filled, net, full, mean = s["filled"], s["net"], s["full"], s["mean"]
    for i in range(out.size):
        share = 2.0 * bought[i] - 1.0
        rest = size[i]
        if maths.is_finite(rest) and rest > 0.0 and -1.0 <= share <= 1.0:
            before = full
            while rest >= bucket - filled:
                part = bucket - filled
                history[full % count]["x"] = abs(net + share * part) / bucket
                rest -= part
                filled, net = 0.0, 0.0
                full += 1
                if full - before > count and rest >= bucket:
                    skipped = maths.floor(
                        rest / bucket
                    )  # all alike, and none of them in the ring to stay
                    rest = max(rest - skipped * bucket, 0.0)
            filled += rest
            net += share * rest
            if full > before:
                total, carry = 0.0, 0.0
                for j in range(min(full, count)):
                    total, carry = maths.two_sum(total, carry, history[j]["x"])
                mean = (total + carry) / count
        out[i] = mean if full >= count else np.nan
    s["filled"], s["net"], s["full"], s["mean"] = filled, net, full, mean


def _oracle(size: F8, bought: F8, bucket: float, count: int) -> F8:
    out = np.full(size.size, np.nan)
    imbalances: list[float] = []
    filled = net = 0.0
    for t, (amount, part) in enumerate(zip(size.tolist(), bought.tolist(), strict=True)):
        rest = amount if np.isfinite(amount) and amount > 0.0 and 0.0 <= part <= 1.0 else 0.0
        while rest >= bucket - filled:
            imbalances.append(abs(net + (2.0 * part - 1.0) * (bucket - filled)) / bucket)
            rest -= bucket - filled
            filled = net = 0.0
            if rest > 1_000.0 * count * bucket:
                imbalances += [abs(2.0 * part - 1.0)] * count
                rest = max(rest - np.floor(rest / bucket) * bucket, 0.0)
        filled += rest
        net += (2.0 * part - 1.0) * rest if rest > 0.0 else 0.0
        if len(imbalances) >= count:
            out[t] = np.mean(imbalances[-count:])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class VolumeBuckets(Operator):
    r"""Mean absolute imbalance of the last `count` full buckets of equal volume.

    .. math:: y_t = \frac{1}{n} \sum_{j = J-n+1}^{J} \frac{|V^B_j - V^S_j|}{V}

    Notes
    -----
    Seed: an empty bucket. NaN: a tick without a positive size or a share from 0 to 1 adds nothing, and NaN until
    `count` buckets are full. Warm-up: counted in volume, not in ticks. Unit: 1; `bucket` is in the unit of `size`.
    `bought` is the bought share of a tick's size. What a tick has beyond a full bucket goes into the next ones.

    References
    ----------
    Easley, D., López de Prado, M., O'Hara, M. (2012). Flow toxicity and liquidity in a high-frequency world. Review of
    Financial Studies 25(5), 1457-1493.

    Examples
    --------
    >>> evaluate(VolumeBuckets(x, y, bucket=4.0, count=1), size=[3.0, 2.0, 3.0], bought=[1.0, 0.0, 0.0])
    [nan, 0.5, 1.0]
    """

    size: Expr
    bought: Expr
    bucket: float
    count: int

    registers: ClassVar = np.dtype(
        [("filled", "f8"), ("net", "f8"), ("full", "i8"), ("mean", "f8")]
    )
    history: ClassVar = np.dtype([("x", "f8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"bucket": 5.0, "count": 3}
    exempt: ClassVar = {
        "unit": "the bucket is in the unit of the size",
        "warmup": "counted in volume, not in ticks",
    }

    def check(self) -> None:
        self.require("bucket must be positive and finite", 0.0 < self.bucket < np.inf, self.bucket)
        self.require("count must be at least 1", self.count >= 1, self.count)

    @property
    def history_items(self) -> int:
        return self.count

    @property
    def unit(self) -> str:
        return ONE
