"""Seeded series that ours and the peers' statistics run over."""

import numpy as np

START = 1_700_000_000_000_000_000
GAP = 50_000_000  # ns between two rows: 60 s hold 1,200 of them


def bars(count: int, seed: int = 3) -> dict[str, np.ndarray]:
    """Bars whose close walks about 100 in steps of a cent's size, and their times."""
    rng = np.random.default_rng(seed)
    close = 100.0 + np.cumsum(rng.normal(0.0, 0.01, count))
    open_ = close + rng.normal(0.0, 0.005, count)
    above, below = rng.exponential(0.01, (2, count))
    return {
        "time": START + GAP * np.arange(count),
        "open": open_,
        "high": np.maximum(open_, close) + above,
        "low": np.minimum(open_, close) - below,
        "close": close,
        "volume": rng.integers(1, 200, count).astype(float),
        "trades": rng.integers(1, 20, count).astype(float),
    }
