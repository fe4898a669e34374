"""What a touch of a level is like, told in time until the next one."""

from typing import Any

import numpy as np
from tests.catalog.levels_by_hand import CELLS, NAN, SINGLE, as_of
from tests.catalog.market import SECOND, Market
from tests.catalog.touches_by_hand import Day, day

PLAIN = (
    "level_price", "level_kind", "direction", "distance", "spot", "is_first_15m", "is_opening_range", "dist_to_sma_200",
    "dist_to_sma_400", "dist_to_vwap", "session_position", "barrier_state", "barrier_delta_liq",
    "barrier_replenishment_ratio", "barrier_added", "barrier_canceled", "barrier_filled", "wall_ratio", "depth_in_zone",
    "churn", "tape_imbalance", "tape_buy_vol", "tape_sell_vol", "tape_velocity", "tape_sweep_detected",
    "tape_sweep_direction", "tape_sweep_notional", "gamma_exposure", "fuel_effect", "fuel_net_dealer_gamma",
    "fuel_call_wall", "fuel_put_wall", "fuel_hvl", "fuel_call_gamma", "fuel_put_gamma", "liquidity_score",
    "hedge_score", "tape_score", "break_score_raw", "break_score_smooth", "signal", "confidence", "runway_direction",
    "runway_next_level_price", "runway_distance", "runway_quality",
)  # fmt: skip
PIPELINE = (
    *(f"spymaster.{name}" for name in PLAIN),
    *(f"levels.{name}" for name in (
        "level_confluence_count", "approach_velocity", "approach_bars", "prior_touch_count", "time_since_last_touch",
        "barrier_zone_coverage", "tape_price_velocity",
    )),
)  # fmt: skip
CHANGED = (
    *(f"levels.{name}" for name in (
        "level_confluence_count(tol=0.5)", "approach_velocity(lookback=3m)", "barrier_zone_coverage(zone_ticks=14)",
        "tape_price_velocity(W=20s)",
    )),
    *(f"spymaster.{name}" for name in (
        "level_price(cell=1)", "level_kind(cell=1)", "direction(cell=1, ratio=10)", "is_opening_range(or_minutes=30)",
        "barrier_state(F=20, R_wall=1.1, weak_q=0.5)", "barrier_delta_liq(W_b=30s, zone=4)",
        "barrier_replenishment_ratio(cap=1.2)", "wall_ratio(baseline=8m)", "depth_in_zone(zone=14)",
        "tape_imbalance(W_t=30s, band=1)", "tape_velocity(W_v=60s)",
        "tape_sweep_detected(gap=2s, min_notional=1e6, min_prints=2, min_levels=1)", "tape_sweep_notional(mult=5)",
        "tape_sweep_detected(gap=500ms, quantile=0.8, baseline=6m, min_runs=60, min_prints=2, min_levels=1)",
        "gamma_exposure(dK=4)", "fuel_effect(G_th=500)", "fuel_call_gamma(dK=4)", "fuel_put_gamma(dK=1)",
        "liquidity_score(neutral=40, wall=5, weak=70)", "hedge_score(neutral=30)", "tape_score(v_ref=1)",
        "tape_score(mode=plan_v1)", "break_score_raw(w=0.2:0.2:0.6)", "break_score_smooth(tau=30s)",
        "signal(hi=45, lo=44, rel_hi=40, rel_lo=50, hold=1s)", "confidence(n_barrier=900, n_tape=90, cuts=0.6:0.5)",
        "runway_next_level_price(min_sep=0.6)", "runway_quality(min_runway=0.2, weak_share=0.1)",
    )),
)  # fmt: skip
GAMMA = "an implied volatility is a root: both searches end within 1e-9 of it"
TOLERANCE = {
    **{
        f"spymaster.{name}": (1e-7, GAMMA)
        for name in ("fuel_hvl", "gamma_exposure", "fuel_net_dealer_gamma")
    },
    **{f"spymaster.{name}": (1e-7, GAMMA) for name in ("fuel_call_gamma", "fuel_put_gamma")},
    **{
        f"{family}.{name}": (1e-7, "slopes of least squares, by running differences of times")
        for family, name in (("levels", "tape_price_velocity"), ("spymaster", "tape_score"))
    },
}


def own(m: Market, at: np.ndarray, read: Any, cell: int, ratio: Any, **changed: Any) -> np.ndarray:
    d: Day = day(m, ratio, **changed)
    return d.told(d.own(read(d), cell), at)


def at_trades(
    m: Market, at: np.ndarray, read: Any, cell: int, ratio: Any, **changed: Any
) -> np.ndarray:
    d = day(m, ratio, **changed)
    return d.told(d.own(read(d), cell, at_samples=False), at)


def moment(m: Market, at: np.ndarray, read: Any, ratio: Any, **changed: Any) -> np.ndarray:
    d = day(m, ratio, **changed)
    return d.told(d.moment(read(d)), at)


def level_price(m, at, cell=0, ratio="dynamic"):
    return at_trades(m, at, lambda d: d.universe, cell, ratio)


def level_kind(m, at, cell=0, ratio="dynamic"):
    d = day(m, ratio)
    place = d.rows[1][:, cell]
    lasting = np.where(place < SINGLE + CELLS, SINGLE, SINGLE + 1.0)
    return d.told(np.where(np.isnan(place), NAN, np.where(place < SINGLE, place, lasting)), at)


def direction(m, at, cell=0, ratio="dynamic"):
    return at_trades(m, at, lambda d: d.touches["ways"], cell, ratio)


def distance(m, at, cell=0, ratio="dynamic"):
    return at_trades(m, at, lambda d: abs(d.universe - d.spot[:, None]), cell, ratio)


def spot(m, at, ratio="dynamic"):
    return moment(m, at, lambda d: d.spot, ratio)


def is_first_15m(m, at, ratio="dynamic"):
    return moment(m, at, lambda d: (d.since_open < 15).astype(float), ratio)


def is_opening_range(m, at, or_minutes=15, ratio="dynamic"):
    return moment(
        m, at, lambda d: (d.since_open < or_minutes).astype(float), ratio, or_minutes=or_minutes
    )


def dist_to_sma_200(m, at, ratio="dynamic"):
    return moment(m, at, lambda d: d.spot - d.named["sma_200"], ratio)


def dist_to_sma_400(m, at, ratio="dynamic"):
    return moment(m, at, lambda d: d.spot - d.named["sma_400"], ratio)


def dist_to_vwap(m, at, ratio="dynamic"):
    return moment(m, at, lambda d: d.spot - d.named["vwap"], ratio)


def session_position(m, at, ratio="dynamic"):
    def place(d: Day) -> np.ndarray:
        inside = np.where(d.open, d.spot, NAN)
        high, low = (d.extreme(inside, d.session(d.t), sign) for sign in (1, -1))
        return np.where(high == low, 0.5, (d.spot - low) / np.where(high == low, 1.0, high - low))

    return moment(m, at, place, ratio)


def level_confluence_count(m, at, tol=0.1, cell=0, ratio="dynamic"):
    return at_trades(m, at, lambda d: d.confluence, cell, ratio, confluence_tol=tol)


def approach_velocity(m, at, lookback=600 * SECOND, cell=0, ratio="dynamic"):
    d, n = day(m, ratio), lookback // (60 * SECOND)
    climb = as_of(d.minutes.index.to_numpy(), d.minutes["close"].diff(n).to_numpy() / n, d.t)
    return at_trades(m, at, lambda d: d.touches["ways"] * climb[:, None], cell, ratio)


def approach_bars(m, at, cell=0, ratio="dynamic"):
    d = day(m, ratio)
    close, ends = d.minutes["close"].to_numpy(), d.minutes.index.to_numpy()
    runs = np.zeros(close.size)
    for i in range(1, close.size):
        way = np.nan_to_num(np.sign(close[i] - close[i - 1]))
        runs[i] = way * (abs(runs[i - 1]) + 1 if way * runs[i - 1] > 0 else 1)
    known = np.nan_to_num(as_of(ends, runs, d.t))
    return at_trades(
        m, at, lambda d: np.maximum(d.touches["ways"] * known[:, None], 0.0), cell, ratio
    )


def prior_touch_count(m, at, cell=0, ratio="dynamic"):
    return at_trades(m, at, lambda d: d.touches["fired"] - 1, cell, ratio)


def time_since_last_touch(m, at, cell=0, ratio="dynamic"):
    return at_trades(m, at, lambda d: d.touches["since"], cell, ratio)


def barrier_zone_coverage(m, at, zone_ticks=8, cell=0, ratio="dynamic"):
    return own(
        m, at, lambda d: d.flows["known"] / (2 * zone_ticks + 1), cell, ratio, zone_ticks=zone_ticks
    )


def tape_price_velocity(m, at, W=3 * SECOND, ratio="dynamic"):
    d = day(m, ratio, tape_slope=f"{W}ns")
    return d.told(d.moment(d.slope, at_samples=True), at)


def tape_velocity(m, at, W_v=5 * SECOND, ratio="dynamic"):
    d = day(m, ratio, tape_rate=f"{W_v}ns")
    return d.told(d.moment(d.pace, at_samples=True), at)


def barrier_state(
    m, at, R_vac=0.3, R_wall=1.5, R_abs=1.0, F=100.0, weak_q=0.2, cell=0, ratio="dynamic"
):
    changed = {
        "vacuum_ratio": R_vac,
        "wall_ratio": R_wall,
        "absorption_ratio": R_abs,
        "flow": F,
        "weak_quantile": weak_q,
    }
    return own(m, at, lambda d: d.barrier["state"], cell, ratio, **changed)


def barrier_delta_liq(m, at, W_b=10 * SECOND, zone=8, cell=0, ratio="dynamic"):
    changed = {"barrier_window": f"{W_b}ns", "zone_ticks": zone}
    return own(m, at, lambda d: d.barrier["delta"], cell, ratio, **changed)


def barrier_replenishment_ratio(m, at, cap=10.0, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.barrier["replenishment"], cell, ratio, replenishment_cap=cap)


def barrier_added(m, at, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.flows["added"], cell, ratio)


def barrier_canceled(m, at, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.flows["cancelled"], cell, ratio)


def barrier_filled(m, at, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.flows["filled"], cell, ratio)


def wall_ratio(m, at, baseline=1_800 * SECOND, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.barrier["wall"], cell, ratio, barrier_baseline=f"{baseline}ns")


def depth_in_zone(m, at, zone=8, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.seen, cell, ratio, zone_ticks=zone)


def churn(m, at, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.barrier["churn"], cell, ratio)


def tape_imbalance(m, at, W_t=5 * SECOND, band=0.5, cell=0, ratio="dynamic"):
    def share(d: Day) -> np.ndarray:
        b, s = d.tape["bought"], d.tape["sold"]
        return np.where(
            b + s > 0, (b - s) / np.where(b + s > 0, b + s, 1), np.where(np.isnan(b + s), NAN, 0.0)
        )

    return own(m, at, share, cell, ratio, tape_window=f"{W_t}ns", tape_band=band)


def tape_buy_vol(m, at, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.tape["bought"], cell, ratio)


def tape_sell_vol(m, at, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.tape["sold"], cell, ratio)


def tape_sweep_detected(
    m,
    at,
    gap=SECOND // 10,
    min_notional=1e7,
    min_prints=3,
    min_levels=2,
    quantile="fixed",
    baseline=1_800 * SECOND,
    min_runs=100,
    cell=0,
    ratio="dynamic",
):
    changed = {"sweep_gap": f"{gap}ns", "sweep_notional": min_notional, "sweep_prints": min_prints}
    changed |= {"sweep_quantile": None if quantile == "fixed" else quantile, "sweep_runs": min_runs}
    changed |= {"sweep_baseline": f"{baseline}ns"}
    return own(
        m,
        at,
        lambda d: abs(np.sign(d.tape["sweep"])),
        cell,
        ratio,
        sweep_prices=min_levels,
        **changed,
    )


def tape_sweep_direction(m, at, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: np.sign(d.tape["sweep"]), cell, ratio)


def tape_sweep_notional(m, at, mult=50.0, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: abs(d.tape["sweep"]) * mult, cell, ratio, multiplier=mult)


def gamma_exposure(m, at, dK=2.0, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.exposure, cell, ratio, fuel_reach=dK)


fuel_net_dealer_gamma = gamma_exposure


def fuel_effect(m, at, G_th=10_000.0, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.effect, cell, ratio, fuel_threshold=G_th)


def fuel_call_wall(m, at, ratio="dynamic"):
    return moment(m, at, lambda d: d.named["call_wall"], ratio)


def fuel_put_wall(m, at, ratio="dynamic"):
    return moment(m, at, lambda d: d.named["put_wall"], ratio)


def fuel_hvl(m, at, ratio="dynamic"):
    return moment(m, at, lambda d: d.named["gamma_flip"], ratio)


def fuel_call_gamma(m, at, dK=2.0, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.near("call_gamma"), cell, ratio, fuel_reach=dK)


def fuel_put_gamma(m, at, dK=2.0, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.near("put_gamma"), cell, ratio, fuel_reach=dK)


def liquidity_score(m, at, neutral=50.0, wall=0.0, weak=75.0, cell=0, ratio="dynamic"):
    points = (neutral, 100.0, 60.0, 0.0, wall, weak)
    return own(m, at, lambda d: d.score["liquidity"], cell, ratio, liquidity_points=points)


def hedge_score(m, at, neutral=50.0, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.score["hedge"], cell, ratio, hedge_points=(100.0, neutral, 0.0))


def tape_score(m, at, v_ref=0.05, mode="symmetric", cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.score["tape"], cell, ratio, slope_scale=v_ref, tape_mode=mode)


def break_score_raw(m, at, w=(0.45, 0.35, 0.2), cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.score["raw"], cell, ratio, weights=w)


def break_score_smooth(m, at, tau=2 * SECOND, cell=0, ratio="dynamic"):
    return own(m, at, lambda d: d.track["smooth"], cell, ratio, score_tau=f"{tau}ns")


def signal(
    m, at, hi=80.0, lo=20.0, rel_hi=70.0, rel_lo=30.0, hold=3 * SECOND, cell=0, ratio="dynamic"
):
    changed = {
        "score_high": hi,
        "score_low": lo,
        "release_high": rel_hi,
        "release_low": rel_lo,
        "hold": f"{hold}ns",
    }
    return own(m, at, lambda d: d.track["signal"], cell, ratio, **changed)


def confidence(
    m, at, n_barrier=500.0, n_tape=500.0, n_fuel=1000.0, cuts=(0.7, 0.4), cell=0, ratio="dynamic"
):
    d = day(m, ratio)
    volume = d.tape["bought"] + d.tape["sold"]
    parts = ((d.barrier["churn"], n_barrier), (volume, n_tape), (d.near("volume"), n_fuel))
    sure = sum(np.minimum(np.nan_to_num(x) / most, 1.0) for x, most in parts) / 3
    whole = np.nan_to_num(d.score["parts"]) >= 3
    grade = np.where(whole & (sure >= cuts[0]), 2.0, np.where(whole & (sure >= cuts[1]), 1.0, 0.0))
    return d.told(d.own(grade, cell), at)


def runway_direction(m, at, cell=0, ratio="dynamic"):
    d = day(m, ratio)
    return d.told(d.onward(cell), at)


def runway_next_level_price(m, at, min_sep=0.1, cell=0, ratio="dynamic"):
    d = day(m, ratio, least_separation=min_sep)
    return d.told(d.runway(cell)["next_level"], at)


def runway_distance(m, at, cell=0, ratio="dynamic"):
    d = day(m, ratio)
    return d.told(d.runway(cell)["distance"], at)


def runway_quality(m, at, min_runway=1.0, weak_share=0.5, cell=0, ratio="dynamic"):
    d = day(m, ratio, least_runway=min_runway, weak_share=weak_share)
    return d.told(d.runway(cell)["obstructed"], at)
