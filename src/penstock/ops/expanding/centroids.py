"""The centroids of a t-digest: merged, read and joined.

Values gather in an ordered buffer; a full buffer is merged into the centroids, which the scale
function k1 lets grow in the middle and keeps small in the tails. A quantile reads both: between two
neighbouring centroids the values of the buffer lie one apart, so one search over the centroids is
enough. The history is six columns (the centroids' means, their weights, the weight before each, and
the same three while a merge writes them), then the buffer.
"""

import numpy as np

from penstock.core import maths
from penstock.core.jit import jit
from penstock.ops.rolling.ordered import place


@jit
def limit_of(before: float, total: float, cosine: float, sine: float) -> float:
    """The weight up to which a centroid may reach that starts after `before`: one step of k1 on.

    k1 is an arc sine, so a step is a rotation by the angle whose cosine and sine are given.
    """
    across = 2.0 * before / total - 1.0
    height = maths.sqrt(1.0 - across * across)
    if height * cosine - across * sine <= 0.0:  # the step leads past the last quantile
        return total
    return total * (1.0 + across * cosine + height * sine) / 2.0


@jit
def merge(history: np.ndarray, room: int, centroids: int, cosine: float, sine: float) -> int:
    """Merge the full buffer into the centroids; returns their number."""
    means, weights = history[:room], history[room : 2 * room]
    befores, buffer = history[2 * room : 3 * room], history[6 * room :]
    made, made_weights = history[3 * room : 4 * room], history[4 * room : 5 * room]
    made_befores = history[5 * room : 6 * room]
    total = float(buffer.size)
    for j in range(centroids):
        total += weights[j]["value"]
    count, before, limit, a, b = -1, 0.0, -1.0, 0, 0
    for _ in range(centroids + buffer.size):
        from_old = b == buffer.size or (a < centroids and means[a]["value"] <= buffer[b]["value"])
        value = means[a]["value"] if from_old else buffer[b]["value"]
        weight = weights[a]["value"] if from_old else 1.0
        a, b = (a + 1, b) if from_old else (a, b + 1)
        if before + weight <= limit:
            grown = made_weights[count]["value"] + weight
            made_weights[count]["value"] = grown
            made[count]["value"] += (value - made[count]["value"]) * (weight / grown)
        else:
            limit = limit_of(before, total, cosine, sine)
            count += 1
            made[count]["value"], made_weights[count]["value"] = value, weight
            made_befores[count]["value"] = before
        before += weight
    for j in range(count + 1):
        means[j]["value"], weights[j]["value"] = made[j]["value"], made_weights[j]["value"]
        befores[j]["value"] = made_befores[j]["value"]
    return count + 1


@jit
def quantile(
    history: np.ndarray, room: int, centroids: int, waiting: int, t: float, low: float, high: float
) -> float:
    """The value at weight t: linear between the middles of centroids and waiting values."""
    means, weights = history[:room], history[room : 2 * room]
    befores, buffer = history[2 * room : 3 * room], history[6 * room :]
    below, above = 0, centroids  # below: how many centroids have their middle at or before t
    while below < above:
        c = (below + above) >> 1
        middle = befores[c]["value"] + 0.5 * weights[c]["value"]
        middle += place(buffer, waiting, means[c]["value"])
        below, above = (c + 1, above) if middle <= t else (below, c)
    start, stop, weight, last = 0, waiting, 0.0, 0.0
    if below > 0:
        start = place(buffer, waiting, means[below - 1]["value"])
        last = weights[below - 1]["value"]
        weight = befores[below - 1]["value"] + last
    if below < centroids:
        stop = place(buffer, waiting, means[below]["value"])
    held = min(max(int(t - weight + 0.5), start), stop)
    left, left_value, right, right_value = 0.0, low, weight + waiting, high
    if held > start:
        left, left_value = weight + held - 0.5, buffer[held - 1]["value"]
    elif below > 0:
        left, left_value = weight - 0.5 * last + start, means[below - 1]["value"]
    if held < stop:
        right, right_value = weight + held + 0.5, buffer[held]["value"]
    elif below < centroids:
        right, right_value = weight + 0.5 * weights[below]["value"] + stop, means[below]["value"]
    return left_value + (right_value - left_value) * ((t - left) / (right - left))


@jit
def join(
    registers: np.ndarray,
    history: np.ndarray,
    other_registers: np.ndarray,
    other_history: np.ndarray,
    room: int,
    cosine: float,
    sine: float,
) -> None:
    """Merge the centroids and the waiting values of two digests, in order of their values."""
    s, o = registers[0], other_registers[0]
    sources = (history, history[6 * room :], other_history, other_history[6 * room :])
    sizes = (s["centroids"], s["waiting"], o["centroids"], o["waiting"])
    a, b, c, d = 0, 0, 0, 0
    made, made_weights = history[3 * room : 4 * room], history[4 * room : 5 * room]
    count, before, limit, total = -1, 0.0, -1.0, float(s["n"] + o["n"])
    for _ in range(sizes[0] + sizes[1] + sizes[2] + sizes[3]):
        one = sources[0][a]["value"] if a < sizes[0] else np.inf
        two = sources[1][b]["value"] if b < sizes[1] else np.inf
        three = sources[2][c]["value"] if c < sizes[2] else np.inf
        value = min(one, two, three, sources[3][d]["value"] if d < sizes[3] else np.inf)
        weight = 1.0
        if value == one:
            weight, a = history[room + a]["value"], a + 1
        elif value == two:
            b += 1
        elif value == three:
            weight, c = other_history[room + c]["value"], c + 1
        else:
            d += 1
        if before + weight <= limit:
            grown = made_weights[count]["value"] + weight
            made_weights[count]["value"] = grown
            made[count]["value"] += (value - made[count]["value"]) * (weight / grown)
        else:
            limit = limit_of(before, total, cosine, sine)
            count += 1
            made[count]["value"], made_weights[count]["value"] = value, weight
            history[5 * room + count]["value"] = before
        before += weight
    for j in range(3 * room):
        history[j]["value"] = history[3 * room + j]["value"]
    if o["n"] > 0:
        s["low"] = min(s["low"], o["low"]) if s["n"] > 0 else o["low"]
        s["high"] = max(s["high"], o["high"]) if s["n"] > 0 else o["high"]
    s["n"], s["centroids"], s["waiting"] = s["n"] + o["n"], count + 1, 0
