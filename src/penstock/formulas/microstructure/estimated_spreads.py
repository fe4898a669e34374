"""The quoted spread over time, and spreads that are estimated from prices of trades and bars."""

from itertools import pairwise
from math import lcm

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import Constant, Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, OPEN, PRICE
from penstock.formulas.guards import positive
from penstock.formulas.microstructure.bars import zero_return_share
from penstock.formulas.quotes import relative_spread
from penstock.formulas.returns import log_return
from penstock.formulas.spans import MINUTE
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.modulo import Modulo
from penstock.ops.elementwise.normal_quantile import NormalQuantile
from penstock.ops.elementwise.round_half_even import RoundHalfEven
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_squared_spread import RollingSquaredSpread
from penstock.ops.window.window_time_mean import WindowTimeMean

GRID = (1, 5, 10, 25, 50, 100)
LONGEST = 100_000  # ticks until a grid repeats
NEAR = 1e-6  # of a tick: a price this close is on the grid


def time_weighted_spread(*, W: Duration = MINUTE) -> Expr:
    r"""Spread against the mid over the last `W`, each counting as long as it stood, in basis points.

    .. math:: \frac{1}{W} \int_{t-W}^{t} 10^4 \frac{P^a_s - P^b_s}{m_s} \, ds

    Notes
    -----
    The last quote is carried. Before `W` has passed, of the time since the first quote. NaN while a quote that is
    crossed or lacks a side was in force for some of the time.
    """
    return WindowTimeMean(relative_spread(), width=W)


def fht_spread(*, w: int = 60) -> Expr:
    r"""Spread that would leave as many returns at 0 as there were, :math:`2 \sigma \Phi^{-1}((1 + z) / 2)`.

    Notes
    -----
    A model: returns are normal, and those within half a spread are seen as 0. :math:`\sigma` is the deviation of the
    last `w` log returns, `z` the share of them that are 0. As a share of the price. NaN where the price stood still.
    """
    deviation = RollingMoments(log_return(), window=w)["std"]
    return positive(deviation) * 2.0 * NormalQuantile((zero_return_share(w=w) + 1.0) * 0.5)


def edge_spread(*, w: int = 21, sign: bool = False) -> Expr:
    r"""Spread by the moments of open, high, low and close that estimate it best, as a share of the price.

    .. math:: S = \sqrt{|s^2|}, \quad s^2 = \frac{v_2 \bar x_1 + v_1 \bar x_2}{v_1 + v_2}

    Notes
    -----
    A model: prices bounce between both sides of a spread around a random walk. Of the `w - 1` pairs of successive bars
    among the last `w`; :math:`x_1` and :math:`x_2` are two estimates of the squared spread, weighted by how steady
    they are. An estimate below 0 counts as its size, or with `sign` has its sign. NaN where prices did not move.
    """
    squared = RollingSquaredSpread(
        Log(positive(OPEN)), Log(positive(HIGH)), Log(positive(LOW)), Log(positive(CLOSE)), window=w
    )
    spread = Sqrt(Abs(squared))
    return spread * Sign(squared) if sign else spread


def effective_tick(*, w: int = 500, grid: tuple[int, ...] = GRID, tick: float = 0.01) -> Expr:
    r"""Spread by how the prices of the last `w` trades cluster on coarser grids, :math:`\sum_j \gamma_j s_j / \bar p`.

    .. math:: \gamma_j = \min \Big( \max(U_j, 0), 1 - \sum_{k < j} \gamma_k \Big), \quad
              F_k = \sum_j U_j \, \#(M_j \cap C_k) / \# M_j

    Notes
    -----
    A model: with a spread of :math:`s_j` prices are spread evenly over its multiples :math:`M_j`. :math:`C_k` are the
    prices whose coarsest step in `grid` is the k-th, and :math:`F_k` is the share of trades there. `grid` is counted
    in steps of `tick`; trades at no multiple of its finest step do not count. NaN where there are no others.
    """
    shares = unmixed(grid)
    if not tick > 0.0:
        raise DefinitionError(f"effective_tick: tick must be positive, got {tick}")
    steps = RoundHalfEven(PRICE / tick)
    on_grid = Less(Abs(PRICE / tick - steps), NEAR)
    left, counts = on_grid, []
    for size in reversed(grid):  # from the coarsest on
        here = left * Equal(Modulo(steps, Constant(float(size))), 0.0)
        left = left - here
        counts.append(RollingMean(here, window=w))
    counts.reverse()
    total = counts[0]
    for count in counts[1:]:
        total = total + count
    found = [count / positive(total) for count in counts]
    spread, room = Constant(0.0) * total, Constant(1.0) + Constant(0.0) * total
    for size, row in zip(grid, shares, strict=True):
        likely: Expr = Constant(0.0) * total
        for factor, share in zip(row, found, strict=True):
            if factor:
                likely = likely + share * float(factor)
        taken = Minimum(Maximum(likely, 0.0), room)
        spread, room = spread + taken * (size * tick), room - taken
    return spread / positive(RollingMean(PRICE, window=w))


def unmixed(grid: tuple[int, ...]) -> np.ndarray:
    """The matrix from the shares of trades whose coarsest step is each of a grid to those of spreads of each."""
    rising = all(a < b for a, b in pairwise(grid))
    if not grid or grid[0] < 1 or not rising or lcm(*grid) > LONGEST:
        raise DefinitionError(
            f"effective_tick: grid must be rising whole numbers that repeat within {LONGEST}, got {grid}"
        )
    prices = np.arange(lcm(*grid))
    on = np.array([prices % size == 0 for size in grid])
    coarser = np.cumsum(on[::-1], axis=0)[::-1]
    own = on & (coarser == 1)
    mixed = (own[:, None, :] & on[None, :, :]).sum(axis=2) / on.sum(axis=1)
    return np.round(np.linalg.inv(mixed), 12)  # zeros that are exact: their terms are left out
