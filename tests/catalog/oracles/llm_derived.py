"""What requests and models must give together, by brute force over their events."""

import numpy as np
import scipy.stats
from tests.catalog.market import DAY, SECOND, Market
from tests.catalog.oracles.llm_feedback import latest, spans

from penstock.core.time import duration

NAN = np.nan
TWO = ("a", "b")
SERVED = tuple(
    f"llm_derived.{request}"
    for request in (
        "quality_cost_ratio", "quality_cost_ratio(eps=0.01, window=2h, model=b)", "time_pressure",
        "time_pressure(window=1h, model=c)", "load_adjusted_latency(least=3)",
        "load_adjusted_latency(c=4, window=1h, least=2, model=a)", "load_adjusted_latency", "model_usage_saturation",
        "model_usage_saturation(halflife=1h)", "cost_latency_score",
        "cost_latency_score(w=0.25, ref=2h, model=c, models=a:b:c)", "pareto_efficiency_score",
        "pareto_efficiency_score(axes=cost:quality, window=2h, model=b, models=a:b:c)",
    )
)  # fmt: skip
SKETCH = (0.0101, "the bound of the latencies that it is made of")
TOLERANCE = {f"llm_derived.{name}": SKETCH for name in ("time_pressure", "load_adjusted_latency")}
HOUR = 3_600 * SECOND


def of(m: Market, stream: str, model: str) -> dict[str, np.ndarray]:
    return m.gateway[f"{stream}@{model}" if model else stream]


def asked(m: Market, at: np.ndarray, name: str) -> np.ndarray:
    """The last request before each row."""
    last = latest(m, at, "llm_request")
    return np.where(last >= 0, m.gateway["llm_request"][name][last], NAN)


def listed(m: Market, at: np.ndarray, name: str, model: str) -> np.ndarray:
    r = of(m, "llm_model", model)
    return r[name][np.searchsorted(r["time"], at) - 1]


def expected_cost_(m: Market, at: np.ndarray, model: str) -> np.ndarray:
    c = of(m, "llm_completion", model)
    usable = (c["status"] == 0) & np.isfinite(c["output_tokens"])
    tokens, time = c["output_tokens"][usable], c["time"][usable]
    # the window of a week begins at a full hour
    begin = -(-(at + 0) // HOUR) * HOUR - 7 * DAY
    first, last = np.searchsorted(time, begin), np.searchsorted(time, at)
    means = [(tokens[b:e].sum() + 5 * 256) / (e - b + 5) for b, e in zip(first, last, strict=True)]
    most = asked(m, at, "max_tokens")
    answer = np.where(np.isnan(most), means, np.minimum(means, most))
    price = [listed(m, at, name, model) for name in ("input_cost", "output_cost")]
    return (asked(m, at, "tokens") * price[0] + answer * price[1]) / 1_000


def quality_(m: Market, at: np.ndarray, window: object, model: str) -> np.ndarray:
    c, f, out = of(m, "llm_completion", model), of(m, "llm_feedback", model), []
    for done, told in zip(spans(c["time"], at, window), spans(f["time"], at, window), strict=True):
        n = done.stop - done.start
        stars = f["value"][told][f["kind"][told] == 1]
        rate = ((c["status"][done] == 0).sum() + 1) / (n + 2) if n else NAN
        out.append(rate * ((stars.sum() + 15) / (len(stars) + 5) - 1) / 4)
    return np.array(out)


def slow_(
    m: Market, at: np.ndarray, window: object, model: str, level: float = 0.95, least: int = 1
) -> np.ndarray:
    c = of(m, "llm_completion", model)
    mine = np.isin(c["status"], (0, 2)) & np.isfinite(c["latency"])
    latency = c["latency"][mine]
    found = spans(c["time"][mine], at, window)
    return np.array(
        [
            np.quantile(latency[s], level, method="lower") if s.stop - s.start >= least else NAN
            for s in found
        ]
    )


def quality_cost_ratio(
    m: Market, at: np.ndarray, eps: float = 1e-6, window: object = "1h", model: str = ""
) -> np.ndarray:
    return quality_(m, at, window, model) / np.maximum(expected_cost_(m, at, model), eps)


def time_pressure(m: Market, at: np.ndarray, window: object = "5m", model: str = "") -> np.ndarray:
    deadline, priority = asked(m, at, "deadline"), asked(m, at, "priority")
    share = np.where(np.isnan(priority), 0.5, np.clip(priority, 0, 10) / 10)
    near = np.minimum(1.0, slow_(m, at, window, model) / deadline)
    return np.where(deadline > 0, share * near, 0.0)


def load_adjusted_latency(
    m: Market,
    at: np.ndarray,
    c: float = 1.0,
    window: object = "5m",
    least: int = 20,
    model: str = "",
) -> np.ndarray:
    done = of(m, "llm_completion", model)
    mine = np.isin(done["status"], (0, 2)) & np.isfinite(done["latency"])
    found = spans(done["time"][mine], at, window)
    mean = np.array([done["latency"][mine][s].mean() if s.stop > s.start else NAN for s in found])
    last, sample = latest(m, at, "system_sample"), m.gateway["system_sample"]
    queue = np.where(
        (last >= 0) & (at - sample["time"][last] <= 30 * SECOND), sample["queue"][last], NAN
    )
    return slow_(m, at, window, model, 0.5, least) + queue / c * mean


def model_usage_saturation(
    m: Market, at: np.ndarray, halflife: object = "5m", model: str = ""
) -> np.ndarray:
    begun, out = of(m, "llm_selection", model)["time"], []
    for t in at.tolist():
        age = (t - begun[begun < t]) / duration(halflife)
        out.append(np.log(2) / (duration(halflife) / 1e9) * np.exp2(-age).sum())
    return np.array(out) / listed(m, at, "rate_limit", model)


def rank_(values: list[np.ndarray], place: int) -> np.ndarray:
    out = []
    for row in np.stack(values, axis=1):
        known = np.isfinite(row)
        ranks = np.full(len(row), NAN)
        ranks[known] = scipy.stats.rankdata(row[known])
        n = known.sum()
        out.append((ranks[place] - 1) / (n - 1) if n > 1 else NAN)
    return np.array(out)


def cost_latency_score(
    m: Market,
    at: np.ndarray,
    w: float = 0.5,
    ref: object = "1h",
    model: str = "a",
    models: tuple[str, ...] = TWO,
) -> np.ndarray:
    place = models.index(model)
    cost = rank_([expected_cost_(m, at, name) for name in models], place)
    return w * cost + (1 - w) * rank_([slow_(m, at, ref, name) for name in models], place)


def pareto_efficiency_score(
    m: Market,
    at: np.ndarray,
    axes: tuple[str, ...] = ("cost", "latency_p95", "quality"),
    window: object = "1h",
    model: str = "a",
    models: tuple[str, ...] = TWO,
) -> np.ndarray:
    worth = {
        name: np.stack(
            [
                {
                    "cost": lambda name=name: expected_cost_(m, at, name),
                    "latency_p95": lambda name=name: slow_(m, at, window, name),
                    "quality": lambda name=name: -quality_(m, at, window, name),
                }[axis]()
                for axis in axes
            ],
            axis=1,
        )
        for name in models
    }
    out = []
    for i, mine in enumerate(worth[model]):
        others = [worth[name][i] for name in models if name != model]
        better = sum(bool((o <= mine).all() and (o < mine).any()) for o in others)
        out.append(1 / (1 + better) if np.isfinite(mine).all() else NAN)
    return np.array(out)
