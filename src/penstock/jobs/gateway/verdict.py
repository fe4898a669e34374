"""How a router did on requests that it did not learn from, beside models alone, chance and the best there is."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from penstock.jobs.gateway.route import Routed

ACCURACY, COST = 0.20, (0.15, 0.30)  # what the requirement asks for


@dataclass(frozen=True, slots=True)
class Verdict:
    """Policies on the held-out requests.

    Attributes
    ----------
    table
        A row for each policy: ``policy``, ``quality``, ``cost`` (dollars of 1,000 requests), ``latency_p50`` and
        ``latency_p95`` (ms), and ``accuracy``, the share of requests that went to a model that no other beats; of
        models that are equally good each counts.
    best
        The model that is best alone, in quality.
    accuracy_over_random, accuracy_over_best
        The router's accuracy against chance's and the best model's, as relative changes.
    cost_change
        Its cost against the best model's, as a relative change.
    quality_change, error
        Its quality less the best model's, and the standard error of that over requests.
    """

    table: pl.DataFrame
    best: str
    accuracy_over_random: float
    accuracy_over_best: float
    cost_change: float
    quality_change: float
    error: float

    @property
    def marks(self) -> list[tuple[str, float, bool]]:
        """What the requirement asks for, what was found, and whether that reaches it.

        It does not say what accuracy is to be better than: both are told. Costs that fall while quality does are no
        gain, so quality stands beside them.
        """
        of, cost = f"against {self.best} alone", self.cost_change
        chance, alone = self.accuracy_over_random, self.accuracy_over_best
        return [
            ("accuracy against chance, at least +20 %", chance, chance >= ACCURACY),
            (f"accuracy {of}, at least +20 %", alone, alone >= ACCURACY),
            (f"cost {of}, at least -15 %", cost, cost <= -COST[0]),
            (f"cost {of}, at least -30 %", cost, cost <= -COST[1]),
            (f"quality {of}, none lost", self.quality_change, self.quality_change >= 0.0),
        ]


def judge(routed: Routed) -> Verdict:
    """The verdict of a day; each model's answers are known, so nothing is estimated."""
    trace, rest = routed.trace, slice(routed.learned, None)
    quality, cost, latency = trace.quality[rest], trace.cost[rest], trace.latency[rest]
    right = quality >= quality.max(axis=1, keepdims=True)
    n, m = quality.shape

    def policy(name: str, weights: np.ndarray) -> dict[str, float | str]:
        order = np.argsort(latency, axis=None)
        share = np.cumsum(weights.ravel()[order]) / n
        p50, p95 = (
            float(latency.ravel()[order][np.searchsorted(share, q - 1e-12)]) for q in (0.5, 0.95)
        )
        mean = {
            "quality": float((weights * quality).sum() / n), "cost": float((weights * cost).sum() / n * 1e3),
            "latency_p50": p50, "latency_p95": p95, "accuracy": float((weights * right).sum() / n),
        }  # fmt: skip
        return {"policy": name, **mean}

    one = np.eye(m)
    cheapest = np.where(right, cost, np.inf).argmin(axis=1)
    found = [
        policy("router", one[routed.choices[rest]]),
        *(policy(name, np.tile(one[place], (n, 1))) for place, name in enumerate(trace.models)),
        policy("random", np.full((n, m), 1.0 / m)),
        policy("oracle", one[cheapest]),
    ]
    table = pl.DataFrame(found)
    best = trace.models[int(quality.mean(axis=0).argmax())]
    by = {str(row["policy"]): row for row in table.to_dicts()}
    ours, alone, chance = by["router"], by[best], by["random"]
    gain = quality[np.arange(n), routed.choices[rest]] - quality[:, trace.models.index(best)]
    return Verdict(
        table, best, ours["accuracy"] / chance["accuracy"] - 1.0, ours["accuracy"] / alone["accuracy"] - 1.0,
        ours["cost"] / alone["cost"] - 1.0, float(gain.mean()), float(gain.std() / np.sqrt(n)),
    )  # fmt: skip
