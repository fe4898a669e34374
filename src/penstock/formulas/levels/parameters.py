"""Every threshold of the levels pipeline, by name."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from penstock.core.errors import DefinitionError, nearest
from penstock.core.time import duration

MODES = {
    "mode": ("tick", "bar"),
    "ratio": ("dynamic", "static"),
    "spot_source": ("es", "spy", "own"),
    "wall_mode": ("flow_abs", "dealer_signed", "oi"),
    "flip_from": ("flow", "oi"),
    "flip_mode": ("root", "strike_cross"),
    "tape_mode": ("symmetric", "plan_v1"),
    "barrier_from": ("books", "orders"),
    "flow_threshold": ("absolute", "relative"),
    "labels": ("passage", "seed_literal"),
    "excursion_from": ("level", "spot"),
    "sma_sessions": ("eth", "rth"),
}
DURATIONS = (
    "session_age",
    "sma_bar",
    "approach_lookback",
    "cooldown",
    "barrier_baseline",
    "barrier_baseline_least",
    "tape_rate",
    "tape_slope",
    "sweep_gap",
    "sweep_baseline",
    "snap",
    "hold",
    "score_reset",
    "ratio_half_life",
    "ratio_fresh",
    "flip_every",
    "option_floor",
    "horizon",
    "price_gap",
)


@dataclass(frozen=True)
class Parameters:
    """The thresholds, with the defaults of the definitions.

    Prices and distances are in dollars of the underlying, sizes in contracts, durations in the text of ``"10s"``.
    What is None differs by mode: ``window`` of it is 10 s (barrier) and 5 s (tape) by tick, 60 s by bar.

    Raises
    ------
    DefinitionError
        A mode that does not exist, or a number out of its range.
    """

    mode: str = "tick"
    symbol: str = "SPY"
    # sessions and conversion
    calendar: str = "XNYS"
    zone: str = "America/New_York"
    extended: tuple[str, str] = ("04:00", "20:00")
    premarket: tuple[str, str] = ("04:00", "09:30")
    or_minutes: int = 15
    ratio: str = "dynamic"
    ratio_static: float = 10.0
    ratio_half_life: str = "60s"
    ratio_fresh: str = "1s"
    spot_source: str = "es"  # "own", the underlying's own prices alone, where a date has no futures
    # the futures
    tick: float = 0.25
    multiplier: float = 50.0
    # the level universe
    session_age: str = "300s"
    sma: tuple[int, int] = (200, 400)
    sma_bar: str = "120s"
    sma_sessions: str = "eth"
    strike_step: float = 1.0
    strike_range: float = 5.0
    strike_volume: float = 100.0
    round_step: float = 1.0
    round_range: float = 5.0
    wall_mode: str = "flow_abs"
    wall_hysteresis: float = 0.10
    wall_least: float = 1000.0
    flip_from: str = "flow"
    flip_mode: str = "root"
    flip_span: float = 0.05
    flip_grid: float = 0.25
    flip_every: str = "60s"
    rate: float = 0.045
    dividend: float = 0.013
    option_floor: str = "60s"
    merge_tol: float = 0.01
    confluence_tol: float = 0.10
    # touches
    touch_tol: float = 0.10
    rearm: float = 2.0
    cooldown: str = "600s"
    most_at_once: int = 8
    approach_lookback: str = "10m"
    # barrier
    zone_ticks: int = 8
    barrier_from: str = "books"  # "orders" where a date has them: the run says so
    order_room: int = 1 << 20  # orders that may rest at once, less one
    barrier_window: str | None = None
    barrier_baseline: str = "1800s"
    barrier_baseline_least: str = "300s"
    least_coverage: float = 0.25
    vacuum_ratio: float = 0.3
    wall_ratio: float = 1.5
    absorption_ratio: float = 1.0
    flow: float = 100.0
    flow_threshold: str = "absolute"
    flow_share: float = 0.25
    weak_quantile: float = 0.20
    wall_multiple: float = 2.0
    replenishment_cap: float = 10.0
    # tape
    tape_window: str | None = None
    tape_band: float = 0.50
    tape_rate: str = "5s"
    tape_slope: str = "3s"
    sweep_gap: str = "100ms"
    sweep_notional: float = 1e7
    sweep_prints: int = 3
    sweep_prices: int = 2
    sweep_quantile: float | None = None  # of the runs of the baseline, instead of sweep_notional
    sweep_baseline: str = "30m"
    sweep_runs: int = 100  # that the quantile is over at least; with fewer sweep_notional holds
    # fuel
    fuel_reach: float = 2.0
    fuel_threshold: float = 10_000.0
    fuel_quantile: float | None = None
    # score
    # neutral, vacuum, consumed, absorption, wall, weak
    liquidity_points: tuple[float, ...] = (50.0, 100.0, 60.0, 0.0, 0.0, 75.0)
    hedge_points: tuple[float, float, float] = (100.0, 50.0, 0.0)  # amplified, neutral, dampened
    tape_mode: str = "symmetric"
    slope_scale: float = 0.05
    weights: tuple[float, float, float] = (0.45, 0.35, 0.20)
    snap: str = "250ms"
    monitor_band: float = 0.50
    score_tau: str | None = None
    score_reset: str = "60s"
    score_high: float = 80.0
    score_low: float = 20.0
    release_high: float = 70.0
    release_low: float = 30.0
    hold: str = "3s"
    contested_volume: float = 500.0
    busy_barrier: float = 500.0
    busy_tape: float = 500.0
    busy_fuel: float = 1000.0
    confidence_cuts: tuple[float, float] = (0.7, 0.4)
    # runway
    least_separation: float = 0.10
    least_runway: float = 1.0
    weak_share: float = 0.5
    # labels
    labels: str = "passage"
    horizon: str = "300s"
    threshold: float = 0.20
    price_gap: str = "60s"
    excursion_from: str = "level"

    def __post_init__(self) -> None:
        for name, known in MODES.items():
            if getattr(self, name) not in known:
                raise DefinitionError(
                    f"Levels: {name} must be one of {', '.join(known)}, got {getattr(self, name)!r}"
                    f"{nearest(str(getattr(self, name)), known)}"
                )
        for name in DURATIONS:
            if duration(getattr(self, name)) <= 0:
                raise DefinitionError(
                    f"Levels: {name} must be above 0, got {getattr(self, name)!r}"
                )
        for name in ("touch_tol", "tick", "strike_step", "round_step", "ratio_static", "threshold"):
            if not getattr(self, name) > 0.0:
                raise DefinitionError(
                    f"Levels: {name} must be above 0, got {getattr(self, name)!r}"
                )
        share, runs = self.sweep_quantile, self.sweep_runs
        if share is not None and not 0.0 <= share <= 1.0:
            raise DefinitionError(f"Levels: sweep_quantile must be from 0 to 1, got {share!r}")
        if runs < 1:
            raise DefinitionError(f"Levels: sweep_runs must be at least 1, got {runs!r}")

    @classmethod
    def preset(cls, name: str, **changed: Any) -> "Parameters":
        """The parameters of a preset: ``default``, or ``requirement`` with every literal value of the document."""
        if name not in PRESETS:
            raise DefinitionError(
                f"Levels: the preset must be one of {', '.join(PRESETS)}, got {name!r}{nearest(name, PRESETS)}"
            )
        return cls.of(PRESETS[name] | changed)

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Parameters":
        """Parameters by name, as a file or a command line has them."""
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                raise DefinitionError(
                    f"Levels: a parameter must be one of {', '.join(known)}, got {name!r}{nearest(name, known)}"
                )
        lists: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**lists)

    def as_dict(self) -> dict[str, Any]:
        """Every parameter by name, as the manifest keeps it."""
        return asdict(self)

    @property
    def by_bar(self) -> bool:
        """Whether decisions fall on the ends of minutes, and not on trades."""
        return self.mode == "bar"

    @property
    def by_interest(self) -> bool:
        """Whether walls or the gamma flip go by open interest."""
        return "oi" in (self.wall_mode, self.flip_from)

    @property
    def barrier_width(self) -> int:
        """The barrier's window in ns."""
        return duration(self.barrier_window or ("60s" if self.by_bar else "10s"))

    @property
    def tape_width(self) -> int:
        """The tape's window in ns."""
        return duration(self.tape_window or ("60s" if self.by_bar else "5s"))

    @property
    def tau(self) -> int:
        """The time constant of the smooth score in ns."""
        return duration(self.score_tau or ("120s" if self.by_bar else "2s"))

    @property
    def hold_for(self) -> int:
        """How long a score must stand before it is a signal, in ns; by bar at once."""
        return 0 if self.by_bar else duration(self.hold)


PRESETS: dict[str, dict[str, Any]] = {
    "default": {},
    # the document's own: minute bars, $0.30, ten to one, levels -+ $0.20, sweeps of a few contracts
    "requirement": {
        "mode": "bar",
        "ratio": "static",
        "ratio_static": 10.0,
        "touch_tol": 0.30,
        "labels": "seed_literal",
        "sweep_notional": 500_000.0,
        "tape_mode": "plan_v1",
        "flip_mode": "strike_cross",
    },
}
