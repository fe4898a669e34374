"""What all instruments share: the market's hidden return, its regimes and its jumps."""

import numpy as np

from penstock.core.jit import jit
from penstock.core.maths import sqrt
from penstock.core.native import compiled
from penstock.events.simulator.flow import STEP

DRAWS = 6  # uniform numbers of one step
VOLATILITY = 8e-5  # of the return over a second in the calm regime: 20 % a year
WILD = 2.5  # times that, and that many times the events, in the wild regime
CALM_SECONDS, WILD_SECONDS, JUMP_SECONDS = 240.0, 45.0, 900.0  # mean durations
JUMP = 25.0  # volatilities of a second


@jit
def walk(uniforms: np.ndarray, out: np.ndarray) -> None:
    """Write return and regime multiplier at each step of the grid."""
    seconds = STEP / 1e9
    scale = VOLATILITY * sqrt(seconds)
    level, regime = 0.0, 1.0
    for i in range(out.shape[0]):
        u = uniforms[DRAWS * i : DRAWS * i + DRAWS]
        leaves = seconds / (CALM_SECONDS if regime == 1.0 else WILD_SECONDS)
        if u[0] < leaves:
            regime = WILD if regime == 1.0 else 1.0
        # the sum of three uniforms has the variance 1/4
        level += scale * regime * 2.0 * (u[1] + u[2] + u[3] - 1.5)
        if u[4] < seconds / JUMP_SECONDS:
            level += VOLATILITY * JUMP * (u[5] - 0.5) * 2.0
        out[i, 0], out[i, 1] = level, regime


def factor(uniforms: np.ndarray) -> np.ndarray:
    """The path that uniform numbers give, ``DRAWS`` of them a step."""
    out = np.empty((uniforms.size // DRAWS, 2))
    compiled(walk)(uniforms, out)
    return out
