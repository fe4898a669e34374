"""What relative strength and its kin must give, from TA-Lib, pandas and brute force; for hostile data by hand."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import talib
from tests.catalog.market import Market
from tests.catalog.oracles.by_hand import known_only
from tests.catalog.oracles.momentum import changes, shift, weighted, windows
from tests.catalog.oracles.volume import ratio

NAN = np.nan
BARS = tuple(
    f"indicators.{request}"
    for request in (
        "rsi", "rsi(w=3)", "cutler_rsi", "cutler_rsi(w=5)", "connors_rsi", "connors_rsi(rsi=4, streak=3, rank=20)",
        "cmo", "cmo(w=5)", "psychological_line", "psychological_line(w=5)", "intraday_momentum_index",
        "intraday_momentum_index(w=4)", "inverse_fisher_rsi", "inverse_fisher_rsi(rsi=3, w=4)", "laguerre_rsi",
        "laguerre_rsi(gamma=0.8)", "relative_volatility_index", "relative_volatility_index(w=5, sd=4)", "inertia",
        "inertia(w=6, rvi=5)",
    )
)  # fmt: skip


def strength(x: np.ndarray, w: int) -> np.ndarray:
    """Wilder's index of any column; 50 where there was no move at all."""
    change = np.diff(x, prepend=NAN)
    up, down = (known_only(v, 1 / w, w) for v in (change.clip(min=0), (-change).clip(min=0)))
    return np.where(up + down == 0, 50.0, 100 * up / (up + down))


def rsi(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.RSI(m.bar["close"], w)


def rsi_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return strength(m.bar["close"], w)


def moves(m: Market, w: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums of gains and of losses over whole windows."""
    rolled = windows(changes(m), w)
    return rolled.clip(min=0).sum(axis=1), (-rolled).clip(min=0).sum(axis=1)


def cutler_rsi(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    up, down = moves(m, w)
    return np.where(up + down == 0, 50.0, 100 * up / (up + down))


def streaks(m: Market) -> np.ndarray:
    out, count = np.full(len(m.bar["close"]), NAN), 0.0
    for t, change in enumerate(changes(m)):
        side = np.sign(change)
        if np.isnan(side):
            count = 0.0
        else:
            out[t] = count = count + side if count * side > 0 else side
    return out


def connors_rsi(
    m: Market, at: np.ndarray, rsi: int = 3, streak: int = 2, rank: int = 100
) -> np.ndarray:
    rolled = windows(m.bar["close"] / shift(m.bar["close"], 1) - 1, rank + 1)
    below = (rolled[:, :-1] < rolled[:, -1:]).mean(axis=1)
    below[np.isnan(rolled).any(axis=1)] = NAN
    return (strength(m.bar["close"], rsi) + strength(streaks(m), streak) + 100 * below) / 3


def cmo(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return np.where(sum(moves(m, w)) == 0, NAN, talib.CMOU(m.bar["close"], w))


def cmo_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    up, down = moves(m, w)
    return 100 * ratio(up - down, up + down)


def psychological_line(m: Market, at: np.ndarray, w: int = 12) -> np.ndarray:
    rolled = windows(changes(m), w)
    return np.where(np.isnan(rolled).any(axis=1), NAN, 100 * (rolled > 0).mean(axis=1))


def intraday_momentum_index(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    flat = windows(m.bar["close"] == m.bar["open"], w).all(axis=1)
    return np.where(flat, NAN, talib.IMI(m.bar["open"], m.bar["close"], w))


def intraday_momentum_index_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    bodies = windows(m.bar["close"] - m.bar["open"], w)
    return 100 * ratio(bodies.clip(min=0).sum(axis=1), abs(bodies).sum(axis=1))


def inverse_fisher_rsi(m: Market, at: np.ndarray, rsi: int = 5, w: int = 9) -> np.ndarray:
    y = talib.WMA(0.1 * (talib.RSI(m.bar["close"], rsi) - 50), w)
    return (np.exp(2 * y) - 1) / (np.exp(2 * y) + 1)


def inverse_fisher_rsi_by_hand(m: Market, at: np.ndarray, rsi: int = 5, w: int = 9) -> np.ndarray:
    y = weighted(0.1 * (strength(m.bar["close"], rsi) - 50), w)
    return (np.exp(2 * y) - 1) / (np.exp(2 * y) + 1)


def laguerre_rsi(m: Market, at: np.ndarray, gamma: float = 0.5) -> np.ndarray:
    """The four stages as printed, with more digits than equal prices for a hundred bars use up."""
    digits = 10**60
    g, stages, out, n = int(Fraction(gamma) * digits), [], np.full(len(at), NAN), 0
    for t, close in enumerate(m.bar["close"]):
        if np.isnan(close):
            out[t] = out[t - 1]
            continue
        n += 1
        price = int(Fraction(close) * digits)
        old = stages or [price] * 4
        stages = [((digits - g) * price + g * old[0]) // digits]
        for k in range(1, 4):
            stages.append(old[k - 1] + (g * old[k] - g * stages[k - 1]) // digits)
        steps = [one - two for one, two in pairwise(stages)]
        total = sum(map(abs, steps))
        if n >= 4 and total > 100:  # what is left of equal prices is the last digit
            out[t] = Fraction(sum(step for step in steps if step > 0), total)
    return out


def relative_volatility_index(m: Market, at: np.ndarray, w: int = 14, sd: int = 10) -> np.ndarray:
    return talib.RVI(m.bar["close"], w, sd)


def relative_volatility_index_by_hand(
    m: Market, at: np.ndarray, w: int = 14, sd: int = 10
) -> np.ndarray:
    deviation, change = windows(m.bar["close"], sd).std(axis=1), changes(m)
    up, down = (
        known_only(np.where(np.isnan(change), NAN, deviation * side), 1 / w, w)
        for side in (change > 0, change < 0)
    )
    return 100 * ratio(up, up + down)


def inertia(m: Market, at: np.ndarray, w: int = 20, rvi: int = 14) -> np.ndarray:
    return talib.LINEARREG(relative_volatility_index(m, at, rvi), w)


def inertia_by_hand(m: Market, at: np.ndarray, w: int = 20, rvi: int = 14) -> np.ndarray:
    place = np.arange(w) - (w - 1) / 2
    end = 1 / w + (w - 1) / 2 * place / (place @ place)
    return windows(relative_volatility_index_by_hand(m, at, rvi), w) @ end
