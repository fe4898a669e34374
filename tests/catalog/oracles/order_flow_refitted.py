"""What fitted order flow must give, from a singular value decomposition of slots that are summed by brute force."""

import numpy as np
from tests.catalog.market import Market
from tests.catalog.oracles.order_flow import slot_ends, windows
from tests.catalog.oracles.order_flow_of_quotes import contributions
from tests.catalog.oracles.stats import NAN

QUOTED = (
    "order_flow.integrated_ofi", "order_flow.integrated_ofi(L=3, W=1s, window=40, refit=20)",
    "order_flow.integrated_ofi(L=2, W=3s, window=12, refit=6)",
)  # fmt: skip


def normalised(m: Market, at: np.ndarray, L: int, W: str) -> np.ndarray:
    """The flows of each level by the mean size of a level, row by row; NaN where nothing rested or was seen."""
    flows = np.column_stack([np.nan_to_num(contributions(m, level)) for level in range(1, L + 1)])
    levels = m.book["levels"].reshape(-1, 10, 4)[:, :L]
    size = levels[:, :, 1::2].sum(axis=(1, 2)) / (2 * L)  # an absent level has none
    out = np.full((len(at), L), NAN)
    for row, window in enumerate(windows(m.book["time"], at, W)):
        if window.stop > window.start and np.mean(size[window]) > 0:
            out[row] = flows[window].sum(axis=0) / np.mean(size[window])
    return out


def integrated_ofi(
    m: Market,
    at: np.ndarray,
    L: int = 10,
    W: str = "10s",
    window: int = 2_340,
    refit: int = 2_340,
) -> np.ndarray:
    ends = slot_ends(m.book["time"][0], at[-1], W)
    slots, weights, found = normalised(m, ends, L, W), np.full((len(ends) + 1, L), NAN), None
    for n in range(1, len(ends) + 1):  # the weights that slot n knows were fitted before it
        weights[n] = NAN if found is None else found
        if n % refit == 0 and n >= window:
            rows = slots[n - window : n][np.isfinite(slots[n - window : n]).all(axis=1)]
            if len(rows) >= 3 * L and rows.var() > 0:
                first = np.linalg.svd(rows - rows.mean(axis=0))[2][0]
                found = first / np.abs(first).sum() * (1 if first.sum() >= 0 else -1)
    known = weights[np.searchsorted(ends, at, side="right")]
    return (normalised(m, at, L, W) * known).sum(axis=1)
