"""Price levels as they stand, at each trade and in time."""

from typing import Any

import numpy as np
from tests.catalog.levels_by_hand import CELLS, SINGLE, as_of
from tests.catalog.market import SECOND, Market
from tests.catalog.touches_by_hand import day

KINDS = (
    "pm_high", "pm_low", "or_high", "or_low", "session_high", "session_low", "sma_200", "sma_400", "vwap", "strike",
    "call_wall", "put_wall", "gamma_flip", "round",
)  # fmt: skip
PIPELINE = tuple(f"levels.level_{kind}" for kind in KINDS)
CHANGED = tuple(f"levels.level_{request}" for request in (
    "pm_high(start=08:30, end=09:00)", "pm_low(start=08:30, end=09:00)", "or_high(minutes=5)", "or_low(minutes=5)",
    "session_high(min_age=2m)", "session_low(min_age=2m)", "sma_200(n=50, tf=1m)", "sma_200(n=30, sessions=rth)",
    "sma_400(ratio=10)", "vwap(ratio=10)", "strike(min_volume=300, range=3)",
    "call_wall(mode=dealer_signed, hyst=0)", "put_wall(mode=dealer_signed, hyst=0)", "gamma_flip(grid=0.5, span=0.03)",
    "call_wall(mode=oi)", "put_wall(mode=oi, hyst=0)", "gamma_flip(positions=oi)",
    "round(step=0.5, range=2)",
))  # fmt: skip
ROOTS = "an implied volatility is a root: both searches end within 1e-9 of it"
TOLERANCE = {"levels.level_gamma_flip": (1e-7, ROOTS)}


def named(m: Market, at: np.ndarray, name: str, ratio: Any, **changed: Any) -> np.ndarray:
    found = day(m, ratio, **changed)
    return as_of(found.t, found.named[name], at)


def level_pm_high(m, at, start="04:00", end="09:30", ratio="dynamic"):
    return named(m, at, "pm_high", ratio, premarket=(start, end))


def level_pm_low(m, at, start="04:00", end="09:30", ratio="dynamic"):
    return named(m, at, "pm_low", ratio, premarket=(start, end))


def level_or_high(m, at, minutes=15, ratio="dynamic"):
    return named(m, at, "or_high", ratio, or_minutes=minutes)


def level_or_low(m, at, minutes=15, ratio="dynamic"):
    return named(m, at, "or_low", ratio, or_minutes=minutes)


def level_session_high(m, at, min_age=300 * SECOND, ratio="dynamic"):
    return named(m, at, "session_high", ratio, session_age=f"{min_age // SECOND}s")


def level_session_low(m, at, min_age=300 * SECOND, ratio="dynamic"):
    return named(m, at, "session_low", ratio, session_age=f"{min_age // SECOND}s")


def level_sma_200(m, at, n=200, tf=120 * SECOND, sessions="eth", ratio="dynamic"):
    return named(
        m, at, "sma_200", ratio, sma=(n, 400), sma_bar=f"{tf // SECOND}s", sma_sessions=sessions
    )


def level_sma_400(m, at, n=400, tf=120 * SECOND, sessions="eth", ratio="dynamic"):
    return named(
        m, at, "sma_400", ratio, sma=(200, n), sma_bar=f"{tf // SECOND}s", sma_sessions=sessions
    )


def level_vwap(m, at, ratio="dynamic"):
    return named(m, at, "vwap", ratio)


def level_call_wall(m, at, mode="flow_abs", hyst=0.1, ratio="dynamic"):
    return named(m, at, "call_wall", ratio, wall_mode=mode, wall_hysteresis=hyst)


def level_put_wall(m, at, mode="flow_abs", hyst=0.1, ratio="dynamic"):
    return named(m, at, "put_wall", ratio, wall_mode=mode, wall_hysteresis=hyst)


def level_gamma_flip(m, at, grid=0.25, span=0.05, positions="flow", ratio="dynamic"):
    changed = {"flip_grid": grid, "flip_span": span, "flip_from": positions}
    return named(m, at, "gamma_flip", ratio, **changed)


def level_strike(m, at, min_volume=100.0, range=5.0, ratio="dynamic"):
    found = day(m, ratio, strike_volume=min_volume, strike_range=range)
    strikes = found.universe[:, SINGLE : SINGLE + CELLS]
    gap = abs(strikes - found.spot[:, None])
    nearest = np.where(gap == np.fmin.reduce(gap, axis=1)[:, None], strikes, np.nan)
    return as_of(found.t, np.fmax.reduce(nearest, axis=1), at)


def level_round(m, at, step=1.0, range=5.0, ratio="dynamic"):
    found = day(m, ratio)
    nearest = np.round(found.spot / step) * step
    there = found.open & (abs(nearest - found.spot) <= range)
    return as_of(found.t, np.where(there, nearest, np.nan), at)
