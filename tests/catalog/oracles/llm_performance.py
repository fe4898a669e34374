"""What a model's performance must give, from NumPy and pandas over the completions of each window."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from tests.catalog.market import Market

from penstock.core.time import duration

NAN = np.nan
SERVED = tuple(
    f"llm_performance.{request}"
    for name in (
        "latency_p50", "latency_p95", "latency_p99", "time_to_first_token_p50", "tokens_per_second", "success_rate",
        "timeout_rate", "rate_limit_rate", "retry_rate", "avg_cost_per_request", "throughput", "token_efficiency",
    )
    for request in (name, f"{name}(window=1h{', least=3' if name[-3:] in ('p50', 'p95', 'p99') else ''})")
)  # fmt: skip
SKETCH = (0.01 + 1e-9, "the sketch's proven bound, relative to the order statistic")
TOLERANCE = {
    f"llm_performance.{name}": SKETCH
    for name in ("latency_p50", "latency_p95", "latency_p99", "time_to_first_token_p50")
}


def rows(
    m: Market, at: np.ndarray, window: object, value: Callable[[pd.DataFrame], float]
) -> np.ndarray:
    """A value of the completions of [T - w, T) at each row."""
    frame = pd.DataFrame(m.gateway["llm_completion"])
    time = frame["time"].to_numpy()
    begin = np.searchsorted(time, at - duration(window), side="left")
    end = np.searchsorted(time, at, side="left")
    known: dict[tuple[int, int], float] = {}
    for span in zip(begin.tolist(), end.tolist(), strict=True):
        if span not in known:
            part = frame.iloc[span[0] : span[1]]
            known[span] = value(part) if len(part) else NAN
    return np.array([known[span] for span in zip(begin.tolist(), end.tolist(), strict=True)])


def order_statistic(
    m: Market,
    at: np.ndarray,
    window: object,
    column: str,
    q: float,
    least: float,
    states: list[int],
) -> np.ndarray:
    def value(part: pd.DataFrame) -> float:
        x = part[part["status"].isin(states)][column].dropna().to_numpy()
        return float(np.quantile(x, q, method="lower")) if len(x) >= least else NAN

    return rows(m, at, window, value)


def latency_p50(m: Market, at: np.ndarray, window: object = "5m", least: float = 20) -> np.ndarray:
    return order_statistic(m, at, window, "latency", 0.5, least, [0, 2])


def latency_p95(m: Market, at: np.ndarray, window: object = "5m", least: float = 20) -> np.ndarray:
    return order_statistic(m, at, window, "latency", 0.95, least, [0, 2])


def latency_p99(m: Market, at: np.ndarray, window: object = "5m", least: float = 100) -> np.ndarray:
    return order_statistic(m, at, window, "latency", 0.99, least, [0, 2])


def time_to_first_token_p50(
    m: Market, at: np.ndarray, window: object = "5m", least: float = 20
) -> np.ndarray:
    return order_statistic(m, at, window, "first_token", 0.5, least, [0])


def of_sums(above: pd.Series, below: pd.Series) -> float:
    return above.sum() / below.sum() if below.sum() > 0 else NAN


def tokens_per_second(m: Market, at: np.ndarray, window: object = "5m") -> np.ndarray:
    def value(part: pd.DataFrame) -> float:
        mine = part[part["status"] == 0].dropna(subset=["latency", "first_token", "output_tokens"])
        return of_sums(mine["output_tokens"], (mine["latency"] - mine["first_token"]) / 1e3)

    return rows(m, at, window, value)


def success_rate(m: Market, at: np.ndarray, window: object = "5m") -> np.ndarray:
    return rows(m, at, window, lambda part: ((part["status"] == 0).sum() + 1) / (len(part) + 2))


def timeout_rate(m: Market, at: np.ndarray, window: object = "5m") -> np.ndarray:
    return rows(m, at, window, lambda part: (part["status"] == 2).mean())


def rate_limit_rate(m: Market, at: np.ndarray, window: object = "5m") -> np.ndarray:
    return rows(m, at, window, lambda part: (part["status"] == 3).mean())


def retry_rate(m: Market, at: np.ndarray, window: object = "5m") -> np.ndarray:
    return rows(m, at, window, lambda part: of_sums(part["attempt"] > 1, part["attempt"] == 1))


def avg_cost_per_request(m: Market, at: np.ndarray, window: object = "5m") -> np.ndarray:
    return rows(m, at, window, lambda part: part["cost"].mean())


def throughput(m: Market, at: np.ndarray, window: object = "5m") -> np.ndarray:
    good = rows(m, at, window, lambda part: float((part["status"] == 0).sum()))
    first, width = int(m.gateway["llm_completion"]["time"][0]), duration(window)
    seconds = np.array([min(width, t - first) / 1e9 if t > first else NAN for t in at.tolist()])
    return np.where(np.isnan(good) & (seconds > 0), 0.0, good) / seconds


def token_efficiency(m: Market, at: np.ndarray, window: object = "5m") -> np.ndarray:
    def value(part: pd.DataFrame) -> float:
        mine = part[part["status"] == 0].dropna(subset=["input_tokens", "output_tokens"])
        return of_sums(mine["output_tokens"], mine["input_tokens"])

    return rows(m, at, window, value)
