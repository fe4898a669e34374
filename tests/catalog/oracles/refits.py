"""What the features with fitted parameters must give: the micro-price from scratch, Hawkes by the direct sum."""

from functools import cache

import numpy as np
from tests.catalog.market import Market
from tests.catalog.oracles.micro import mid_price, top
from tests.catalog.oracles.stats import NAN

from penstock.fits.hawkes import fit_hawkes


def chain_state(quote: np.ndarray, tick: float, bins: int, spreads: int) -> tuple[int, int]:
    """Spread and imbalance of a quote as the numbers of their intervals."""
    bid, bid_size, ask, ask_size = quote
    share = bid_size / (bid_size + ask_size)
    return min(max(round((ask - bid) / tick), 1), spreads) - 1, min(int(share * bins), bins - 1)


def microprice_table(quotes: np.ndarray, bins: int, spreads: int) -> tuple[float, np.ndarray]:
    """Stoikov's adjustment by summing B^i G1 until it stands, over transitions and their mirror images."""
    sound = (quotes[:, 2] > quotes[:, 0]) & (quotes[:, 1] > 0) & (quotes[:, 3] > 0)
    tick, size = (quotes[sound, 2] - quotes[sound, 0]).min(), bins * spreads
    stay, go, gain, seen = (
        np.zeros((size, size)),
        np.zeros((size, size)),
        np.zeros(size),
        np.zeros(size),
    )
    for now, then in zip(
        quotes[:-1][sound[:-1] & sound[1:]], quotes[1:][sound[:-1] & sound[1:]], strict=True
    ):
        (s0, i0), (s1, i1) = (chain_state(q, tick, bins, spreads) for q in (now, then))
        # not in whole ticks: the smallest spread of a window may be several of the exchange's
        move = round(then[0] + then[2] - now[0] - now[2], 6) / 2
        for a, b, m in ((i0, i1, move), (bins - 1 - i0, bins - 1 - i1, -move)):
            (go if m else stay)[s0 * bins + a, s1 * bins + b] += 1
            gain[s0 * bins + a] += m
            seen[s0 * bins + a] += 1
    used = seen > 0
    wait = np.linalg.inv(np.eye(used.sum()) - (stay[used][:, used].T / seen[used]).T)
    step, jump = wait @ (gain[used] / seen[used]), wait @ (go[used][:, used].T / seen[used]).T
    total = np.zeros(used.sum())
    while np.abs(step).max() > 1e-15:
        total, step = total + step, jump @ step
    table = np.full(size, NAN)
    table[used] = total
    return tick, table


def microprice(
    m: Market, at: np.ndarray, nI: int = 10, nS: int = 3, window: int = 5_000, refit: int = 1_000
) -> np.ndarray:
    quotes, mid = np.column_stack(top(m)), mid_price(m, at)
    out = np.full(len(at), NAN)
    for row in range(len(at)):
        fits = row // refit * refit  # used from the tick after the fit on
        if fits >= window:
            if row == fits or row == 0:
                tick, table = microprice_table(quotes[fits - window : fits], nI, nS)
            if quotes[row, 2] >= quotes[row, 0]:
                spread, share = chain_state(quotes[row], tick, nI, nS)
                out[row] = mid[row] + table[spread * nI + share]
    return out


def hawkes_intensity(
    m: Market,
    at: np.ndarray,
    mu: float | str = "auto",
    alpha: float | str = "auto",
    beta: float | str = "auto",
    window: int = 1_000,
    refit: int = 500,
) -> np.ndarray:
    """Every earlier event summed anew, each gap faded at the rate then in force; the fit is tested in tests/fits."""
    times = np.unique(m.trade["time"])
    gaps, rates = np.diff(times, prepend=times[:1]) / 1e9, np.full((len(times), 3), NAN)
    for event in range(len(times)):
        fits = event // refit * refit
        if mu != "auto":
            rates[event] = mu, alpha, beta
        elif fits >= window:
            rates[event] = fitted_hawkes(
                np.where(np.arange(len(gaps)) > 0, gaps, NAN)[fits - window : fits].tobytes()
            )
    faded = np.cumsum(np.nan_to_num(rates[:, 2]) * gaps)
    start = max(np.isnan(rates[:, 2]).sum() - 1, 0)  # what came before the first fit is forgotten
    last = np.searchsorted(times, at, side="right") - 1  # the event of the row itself
    past = [np.exp(faded[start:event] - faded[event]).sum() for event in range(len(times))]
    return rates[last, 0] + rates[last, 1] * np.array(past)[last]


@cache
def fitted_hawkes(gaps: bytes) -> np.ndarray:
    return fit_hawkes(np.frombuffer(gaps))
