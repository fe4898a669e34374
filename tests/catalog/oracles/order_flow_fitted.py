"""What models of trades' signs must give: sums by brute force around fits that tests/fits hold to their definitions."""

import math

import numpy as np
import pandas as pd
from tests.catalog.market import DAY, Market
from tests.catalog.oracles.order_flow import last, sides
from tests.catalog.oracles.stats import NAN, seen

from penstock.fits.hawkes_sides import fit_hawkes_sides
from penstock.fits.pin import fit_pin

FITTED = (
    "order_flow.trade_sign_memory_exponent", "order_flow.trade_sign_memory_exponent(w=300, refit=100, sign=tick)",
    "order_flow.hawkes_buy_sell_asymmetry",
    "order_flow.hawkes_buy_sell_asymmetry(window=120, refit=60, sign=tick)",
)  # fmt: skip
TRADES = FITTED
TIMED = (
    *FITTED, "order_flow.stacked_imbalance_count",
    "order_flow.stacked_imbalance_count(bar=5s, ratio=2, min=2, tick=0.25)",
    "order_flow.stacked_imbalance_count(bar=7s, ratio=1.5, min=1, tick=0.01, sign=tick)",
    "order_flow.pin_probability", "order_flow.pin_probability(days=8, session=20s)",
    "order_flow.pin_probability(days=6, session=300s+7s, sign=tick)",
)  # fmt: skip
TOLERANCE = {"order_flow.trade_sign_memory_exponent": (1e-8, "slopes of nearly straight boxes")}


def pin_probability(
    m: Market, at: np.ndarray, days: int = 60, session: str = "session", sign: str = "flag"
) -> np.ndarray:
    side, period, _ = sides(m, sign), *session.partition("+")[::2]
    width = DAY if session == "session" else pd.Timedelta(period).value
    offset = pd.Timedelta(session.partition("+")[2] or "0s").value
    number = (m.trade["time"] - offset) // width
    frame = pd.DataFrame({"buys": side > 0, "sells": side < 0}).groupby(number).sum().astype(float)
    frame = frame[frame.sum(axis=1) > 0]
    ends = (frame.index.to_numpy() + 1) * width + offset
    values, pin = np.full(len(ends) + 1, NAN), NAN
    for n in range(
        1, len(ends) + 1
    ):  # what the end of session n knows was fitted at the end before
        values[n] = pin
        if n >= days:
            rows = frame.to_numpy()[n - days : n]
            if days >= 5 and (rows.sum(axis=0) > 0).all():
                pin = fit_pin(rows)[0]
    return values[np.searchsorted(ends, at, side="right")]


def exponent(signs: np.ndarray) -> float:
    """Box by box with numpy.polyfit, of the sizes that nolds takes."""
    walk, spans, size = np.cumsum(signs - np.mean(signs)), [4], 0
    for power in range(math.floor(math.log(len(signs) / 40) / math.log(1.2)) + 1):
        size = math.floor(4 * 1.2**power)
        spans += [size] if size > spans[-1] else []
    points = []
    for size in spans:
        x = np.arange(size)
        boxes = [walk[i : i + size] for i in range(0, len(walk) - size, size // 2)]
        rest = [box - np.polyval(np.polyfit(x, box, 1), x) for box in boxes]
        square = np.mean(np.square(rest))
        if square > 1e-20:
            points.append((np.log(size), np.log(square) / 2))
    return np.polyfit(*np.transpose(points), 1)[0] if len(points) > 2 else NAN


def trade_sign_memory_exponent(
    m: Market, at: np.ndarray, w: int = 5_000, refit: int = 500, sign: str = "flag"
) -> np.ndarray:
    side = sides(m, sign)
    values, count = side[side != 0], np.cumsum(side != 0)
    known, now = np.full(len(values) + 1, NAN), NAN
    for n in range(1, len(values) + 1):
        known[n] = now
        if n % refit == 0 and n >= w:
            slope = exponent(values[n - w : n])
            now = now if np.isnan(slope) else slope  # a fit that fails changes nothing
    return last(m, at, known[count])


def begun(m: Market, sign: str) -> np.ndarray:
    """Which trades begin an order: successive ones with one stamp and one side are one, without a side none."""
    keys = list(zip(m.trade["time"].tolist(), sides(m, sign).tolist(), strict=True))
    return np.array([key[1] != 0 and (i == 0 or key != keys[i - 1]) for i, key in enumerate(keys)])


def hawkes_buy_sell_asymmetry(
    m: Market,
    at: np.ndarray,
    kernel: str = "bivariate_exp",
    window: int = 1_000,
    refit: int = 500,
    sign: str = "flag",
) -> np.ndarray:
    first = begun(m, sign)
    times, side = m.trade["time"][first], sides(m, sign)[first]
    gaps = np.diff(times, prepend=times[:1]) / 1e9
    rows = np.column_stack([np.where(side > 0, gaps, NAN), np.where(side < 0, gaps, NAN)])
    rows[:1] = NAN
    rates, now = np.full((len(times), 7), NAN), np.full(7, NAN)
    for n in range(len(times)):
        rates[n] = now
        if (n + 1) % refit == 0 and n + 1 >= window:
            part = rows[n + 1 - window : n + 1]
            fewest = min(np.isfinite(part[:, 0]).sum(), np.isfinite(part[:, 1]).sum())
            if fewest >= 20 and np.nansum(part) > 0:
                now = fit_hawkes_sides(part)
    out = np.full(len(at), NAN)
    counts = np.concatenate([[0], np.cumsum(first)])[seen(m.trade["time"], at)]
    for row, (known, t) in enumerate(zip(counts.tolist(), at, strict=True)):
        if known == 0 or np.isnan(rates[known - 1, 0]):
            continue
        base, past = rates[known - 1], []
        for way in (1, -1):
            mine = np.flatnonzero(side[:known] == way)
            past.append(left(times[mine], rates[mine, 6], t))
        bought = base[0] + base[1] * past[0] + base[2] * past[1]
        sold = base[3] + base[4] * past[0] + base[5] * past[1]
        out[row] = (bought - sold) / (bought + sold)
    return out


def left(times: np.ndarray, decays: np.ndarray, t: int) -> float:
    """What is left at t of events before it, each gap faded at the decay that its end knew."""
    if not len(times) or np.isnan(decays[-1]):
        return 0.0
    # what came before the first known decay is forgotten, but for the events it is counted from
    unknown = int(np.isnan(decays).sum())
    start = int(np.searchsorted(times, times[unknown - 1])) if unknown else 0
    spans = np.append(np.diff(times[start:]), t - times[-1]) / 1e9
    faded = spans * np.nan_to_num(np.append(decays[start + 1 :], decays[-1]))
    ages = np.cumsum(faded[::-1])[::-1]
    return float(np.exp(-ages[times[start:] < t]).sum())


def run(flags: np.ndarray) -> int:
    """The longest run of neighbours that hold."""
    return max(map(len, "".join("x" if flag else " " for flag in flags).split()), default=0)


def footprint(
    price: np.ndarray, size: np.ndarray, side: np.ndarray, ratio: float, tick: float
) -> int:
    """The longer of both sides' runs, with its sign."""
    number = np.floor(price / tick + 0.5).astype(int)
    lowest = number.min() - 1
    bought, sold = np.zeros(np.ptp(number) + 3), np.zeros(np.ptp(number) + 3)
    np.add.at(bought, number - lowest, size * (side > 0))
    np.add.at(sold, number - lowest, size * (side < 0))
    up = run([b > 0 and b - ratio * s > -1e-9 for b, s in zip(bought[1:], sold[:-1], strict=True)])
    down = run(
        [s > 0 and s - ratio * b > -1e-9 for b, s in zip(bought[1:], sold[:-1], strict=True)]
    )
    return 0 if up == down else up if up > down else -down


def stacked_imbalance_count(
    m: Market,
    at: np.ndarray,
    ratio: float = 3.0,
    min: int = 3,
    bar: str = "1m",
    tick: float | str = "auto",
    sign: str = "flag",
) -> np.ndarray:
    width, side = pd.Timedelta(bar).value, sides(m, sign)
    number = m.trade["time"] // width
    bars, values = np.unique(number), []
    for one in bars:
        used = (number == one) & (side != 0)
        price = m.trade["price"][used]
        if not len(price):
            values.append(NAN)
            continue
        wanted = price[0] * 1e-4
        steps = [float(f"{d}e{n}") for n in range(-9, 9) for d in ("1", "2.5", "5")]
        step = max(s for s in steps if s <= wanted) if tick == "auto" else tick
        found = footprint(price, m.trade["size"][used], side[used], ratio, step)
        values.append(found if abs(found) >= min else 0)
    ends = (bars + 1) * width
    return np.array([NAN, *values])[np.searchsorted(ends, at, side="right")]
