"""How exact pandas is."""

from typing import Any

import numpy as np
import pandas as pd

from penstock.bench.exact import SPAN, WIDTH, WINDOW, Series
from penstock.bench.peers.errors import Calls, tell
from penstock.bench.series import GAP, START


def column(values: np.ndarray) -> Any:
    """A column with its times."""
    return pd.Series(values, pd.to_datetime(START + GAP * np.arange(len(values))))


def rows(values: np.ndarray) -> Any:
    """Windows of rows."""
    return column(values).rolling(WINDOW)


def vwap(s: Series) -> np.ndarray:
    """Price per unit traded."""
    notional, size = (column(v).rolling(WIDTH).sum() for v in (s.x * s.size, s.size))
    return (notional / size).to_numpy()


CALLS: Calls = {
    "mean": lambda s: rows(s.x).mean().to_numpy(),
    "sum": lambda s: rows(s.x).sum().to_numpy(),
    "std": lambda s: rows(s.x).std().to_numpy(),
    "skew": lambda s: rows(s.x).skew().to_numpy(),
    "kurtosis": lambda s: rows(s.x).kurt().to_numpy(),
    "correlation": lambda s: rows(s.x).corr(column(s.y)).to_numpy(),
    "slope": lambda s: (rows(s.x).cov(column(s.y)) / rows(s.x).var()).to_numpy(),
    "ema": lambda s: column(s.x).ewm(span=SPAN, adjust=False).mean().to_numpy(),
    "window_mean": lambda s: column(s.x).rolling(WIDTH).mean().to_numpy(),
    "window_std": lambda s: column(s.x).rolling(WIDTH).std().to_numpy(),
    "window_vwap": vwap,
}

if __name__ == "__main__":
    tell(CALLS)
