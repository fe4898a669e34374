"""What is learned of prompts and rewards must give: another decomposition, another solution, brute force."""

import warnings

import numpy as np
from scipy.cluster.vq import kmeans2
from tests.catalog.market import Market
from tests.catalog.oracles.llm_feedback import latest

from penstock.events.texts import text_id
from penstock.formulas.llm.requests import TASKS

NAN = np.nan
SERVED = tuple(
    f"llm_derived.{request}"
    for request in (
        "prompt_embedding", "prompt_embedding(dim=3, component=3, window=120, refit=60)",
        "prompt_embedding(dim=2, component=2, window=300, refit=100, encoder=hashed-pieces-64 v1)",
        "prompt_similarity_to_centroid", "prompt_similarity_to_centroid(halflife=20, classes=code:qa)",
        "prompt_similarity_to_centroid(encoder=other v1)", "model_fit_score",
        "model_fit_score(lambda=5, window=60, refit=15, model=b)",
        "user_behavior_cluster", "user_behavior_cluster(K=4, seed=3, window=120, refit=60)",
        "model_fit_score(window=100, refit=100, classes=code:qa, model=c)",
    )
)  # fmt: skip


def vectors(m: Market, encoder: str) -> np.ndarray:
    p = m.gateway["llm_prompt"]
    mine = np.full(len(p["time"]), encoder == "any") | (p["encoder"] == text_id(encoder))
    return np.where(mine[:, None], p["vector"], NAN)


def sampled(m: Market, at: np.ndarray, stream: str, values: np.ndarray) -> np.ndarray:
    last = latest(m, at, stream)
    return np.where(last >= 0, values[last], NAN)


def prompt_embedding(
    m: Market,
    at: np.ndarray,
    dim: int = 8,
    component: int = 1,
    window: int = 1_000,
    refit: int = 250,
    encoder: str = "any",
) -> np.ndarray:
    x = vectors(m, encoder)
    out, axis, centre = np.full(len(x), NAN), None, None
    for n in range(len(x)):
        if n and n % refit == 0 and n >= window:
            rows = x[n - window : n]
            rows = rows[np.isfinite(rows).all(axis=1)]
            if len(rows) >= 2 * dim:
                values, axes = np.linalg.eigh(np.cov(rows.T))
                axis, centre = axes[:, np.argsort(values)[-component]], rows.mean(axis=0)
                axis = axis if max(axis, key=abs) > 0 else -axis
        if axis is not None:
            out[n] = axis @ (x[n] - centre)
    return sampled(m, at, "llm_prompt", out)


def prompt_similarity_to_centroid(
    m: Market,
    at: np.ndarray,
    halflife: float = 5_000.0,
    classes: tuple[str, ...] = TASKS,
    encoder: str = "any",
) -> np.ndarray:
    x = vectors(m, encoder)
    known = [text_id(name) for name in classes]
    tasks = [known.index(t) if t in known else -1 for t in m.gateway["llm_prompt"]["task"].tolist()]
    out = np.full(len(x), NAN)
    for task in set(tasks):
        mine = [i for i, t in enumerate(tasks) if t == task and np.isfinite(x[i]).all()]
        for n, i in enumerate(mine[1:], 1):
            weights = 0.5 ** (np.arange(n)[::-1] / halflife)
            centre = weights @ x[mine[:n]] / weights.sum()
            size = np.linalg.norm(centre) * np.linalg.norm(x[i])
            out[i] = centre @ x[i] / size if size > 0 else NAN
    return sampled(m, at, "llm_prompt", out)


def context_(c: dict[str, np.ndarray], classes: tuple[str, ...]) -> np.ndarray:
    with np.errstate(all="ignore"):
        parts = [
            np.where(np.isnan(c["tokens"]), NAN, 1.0),
            np.log(1 + c["tokens"]) / 8, c["history_tokens"] / c["tokens"], c["characters"] / c["words"] / 8,
            c["words"] / c["sentences"] / 32, c["syllables"] / c["words"] / 2, c["priority"] / 10,
        ]  # fmt: skip
    parts += [(c["task"] == text_id(name)).astype(float) for name in classes]
    whole = np.column_stack(parts)
    return np.where(np.isfinite(whole), whole, np.where(np.isinf(whole), whole, 0.0))


def model_fit_score(
    m: Market,
    at: np.ndarray,
    window: int = 200,
    refit: int = 20,
    classes: tuple[str, ...] = TASKS,
    model: str = "",
    **named: float,
) -> np.ndarray:
    penalty = named.get("lambda", 1.0)
    r = m.gateway[f"llm_reward@{model}" if model else "llm_reward"]
    x, y = context_(r, classes), r["value"]
    d, weights, found = x.shape[1], np.full((len(y), x.shape[1]), NAN), None
    for n in range(len(y)):
        if n and n % refit == 0 and n >= window:
            a, b = x[n - window : n], y[n - window : n]
            whole = np.isfinite(a).all(axis=1) & np.isfinite(b)
            if whole.any():
                left = np.vstack([a[whole], np.sqrt(penalty) * np.eye(d)])
                found = np.linalg.lstsq(left, np.append(b[whole], np.zeros(d)), rcond=None)[0]
        weights[n] = NAN if found is None else found
    told = np.searchsorted(r["time"], at) - 1
    last = latest(m, at, "llm_request")
    asked = context_(m.gateway["llm_request"], classes)[last]
    weights = np.vstack([weights, np.full(d, NAN)])  # the last: before the first reward
    score = (asked * weights[told]).sum(axis=1)
    return np.where(last >= 0, score, NAN)


def grouped(rows: np.ndarray, K: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres by SciPy from what k-means++ draws, in order; and what rows are standardised by."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    z, rng = (rows - mean) / scale, np.random.default_rng(seed)
    first = [z[rng.integers(len(z))]]
    while len(first) < K:
        near = np.min([np.square(z - c).sum(axis=1) for c in first], axis=0)
        first.append(z[rng.choice(len(z), p=near / near.sum())])
    with warnings.catch_warnings(action="ignore"):
        centres, _ = kmeans2(z, np.array(first), iter=50, minit="matrix")
    return np.array(sorted(centres.tolist())), mean, scale


def user_behavior_cluster(
    m: Market, at: np.ndarray, K: int = 8, seed: int = 0, window: int = 400, refit: int = 100
) -> np.ndarray:
    p = m.gateway["llm_profile"]
    pace = np.where(np.isnan(p["pace"]), 1_800.0, p["pace"])
    parts = [np.log(1 + p["requests"]), np.log(1 + p["length"]), np.log(1 + pace)]
    x = np.column_stack([*parts, p["rated"], p["again"], p["abandoned"]])
    out, found = np.full(len(x), NAN), None
    for n in range(len(x)):
        if n and n % refit == 0 and n >= window:
            rows = x[n - window : n]
            found = grouped(rows[np.isfinite(rows).all(axis=1)], K, seed)
        if found is not None and np.isfinite(x[n]).all():
            centres, mean, scale = found
            out[n] = np.linalg.norm(centres - (x[n] - mean) / scale, axis=1).argmin()
    return sampled(m, at, "llm_profile", out)
