"""What describes a touch: the columns of a row, by the names of the gold tables.

Some are of the moment, one number a row; the others have a cell for each of the levels that were touched at once, by
priority, NaN where fewer were.
"""

from dataclasses import dataclass
from functools import cached_property

from penstock.core.time import duration
from penstock.events import Trade
from penstock.expr import Constant, Expr, columns
from penstock.formulas.levels.physics import Physics
from penstock.formulas.levels.prices import NOTHING, SINGLES
from penstock.ops import (
    AsOf,
    Confluence,
    Equal,
    FillNan,
    FiredCells,
    Gather,
    IsFinite,
    Lag,
    Maximum,
    Minimum,
    Ordinal,
    Part,
    RoundHalfEven,
    RowMax,
    RowMin,
    RunLength,
    Runway,
    SessionTimes,
    Sign,
    Spread,
    Where,
)

ONE, ZERO = Constant(1.0), Constant(0.0)


@dataclass(frozen=True, eq=False)
class Touched(Physics):
    """The columns of touches."""

    def at_touch(self, x: Expr) -> Expr:
        """A number as it stood at the touch."""
        return AsOf(x, on=self.rows)

    @cached_property
    def slots(self) -> Expr:
        """Which cells of the universe were touched."""
        fired = self.at_touch(self.touches["fired"])
        return FiredCells(fired, most=self.parameters.most_at_once)

    def own(self, x: Expr) -> Expr:
        """What each touched level has of its own, of a column beside the universe."""
        return Gather(self.at_touch(x), self.slots)

    def beside(self, x: Expr) -> Expr:
        """A number of the moment beside each touched level."""
        return Spread(x, members=self.parameters.most_at_once)

    def of_futures(self, x: Expr) -> Expr:
        """What is measured in trades of the future; unknown where there are none."""
        return x * NOTHING if self.alone else x

    @cached_property
    def session_position(self) -> Expr:
        """Place of the price in the session's range so far."""
        high, low = self.extremes
        return Where(high - low, (self.spot - low) / (high - low), Constant(0.5))

    @cached_property
    def strike(self) -> Expr:
        """The active strike nearest to the price."""
        strikes = Part(self.universe, len(SINGLES), self.strike_cells)
        gap = abs(strikes - Spread(self.spot, members=self.strike_cells))
        nearest = Where(gap <= Spread(RowMin(gap), members=self.strike_cells), strikes, NOTHING)
        return RowMax(nearest)

    @cached_property
    def round(self) -> Expr:
        """The round number nearest to the price."""
        p, step = self.parameters, self.parameters.round_step
        nearest = RoundHalfEven(self.spot / step) * step
        near = abs(nearest - self.spot) <= p.round_range
        return Where(near & self.is_open, nearest, NOTHING)

    @cached_property
    def values(self) -> dict[str, Expr]:
        """The level of each kind at each trade."""
        single = {f"level_{name.lower()}": expr for name, expr in self.named.items()}
        return {**single, "level_strike": self.strike, "level_round": self.round}

    @cached_property
    def moment(self) -> dict[str, Expr]:
        """Columns of the moment."""
        spot = self.at_touch(self.spot)
        values = {name: self.at_touch(x) for name, x in self.values.items()}
        since = SessionTimes(self.parameters.calendar, on=self.rows)["since_open"]
        return {
            "spot": spot,
            "is_first_15m": (since >= 0.0) & (since < 15.0),
            "is_opening_range": (since >= 0.0) & (since < float(self.parameters.or_minutes)),
            "dist_to_sma_200": spot - values["level_sma_200"],
            "dist_to_sma_400": spot - values["level_sma_400"],
            "dist_to_vwap": spot - values["level_vwap"],
            "session_position": self.at_touch(self.session_position),
            "tape_velocity": self.of_futures(self.at_touch(self.pace)),
            "tape_price_velocity": self.of_futures(self.at_touch(self.slope)),
            "fuel_call_wall": values["level_call_wall"],
            "fuel_put_wall": values["level_put_wall"],
            "fuel_hvl": values["level_gamma_flip"],
            **values,
            "trades": self.at_touch(Ordinal(columns(Trade).price)),
            **self.uncounted,
        }

    @property
    def uncounted(self) -> dict[str, Expr]:
        """Orders that found no room, where orders are counted."""
        by_order = self.parameters.barrier_from == "orders"
        return {"orders_missed": self.at_touch(self.missed)} if by_order else {}

    @cached_property
    def level(self) -> Expr:
        return self.own(self.universe)

    @cached_property
    def way(self) -> Expr:
        return self.own(self.touches["ways"])

    @cached_property
    def about_level(self) -> dict[str, Expr]:
        """Which level it is, and how the price came to it."""
        p, slots, close = self.parameters, self.slots, self.bar("close")
        change = close - Lag(close, 1)
        minutes = duration(p.approach_lookback) // duration("60s")
        climb = self.at_touch((close - Lag(close, minutes)) / float(minutes))
        run = FillNan(self.at_touch(RunLength(Sign(change)) * Sign(change)), 0.0)
        first = float(len(SINGLES))
        lasting = Where(
            slots < first + float(self.strike_cells), Constant(first), Constant(first + 1.0)
        )
        return {
            "level_price": self.level,
            "level_kind": Where(slots < first, slots, Where(slots >= first, lasting, NOTHING)),
            "direction": self.way,
            "distance": abs(self.beside(self.at_touch(self.spot)) - self.level),
            "level_confluence_count": Confluence(
                self.level, self.at_touch(self.universe), len(SINGLES), self.strike_cells, p.confluence_tol,
            ),
            "approach_velocity": self.way * self.beside(climb),
            "approach_bars": Maximum(self.way * self.beside(run), ZERO),
            "prior_touch_count": self.own(self.touches["fired"]) - 1.0,
            "time_since_last_touch": self.own(self.touches["since"]),
        }  # fmt: skip

    @cached_property
    def about_barrier(self) -> dict[str, Expr]:
        """What the book did."""
        barrier, flows, accounts = self.barrier, self.flows, self.accounts
        return {
            "barrier_state": self.own(barrier["state"]),
            "barrier_delta_liq": self.own(barrier["delta"]),
            "barrier_replenishment_ratio": self.own(barrier["replenishment"]),
            "barrier_added": self.own(accounts["added"]),
            "barrier_canceled": self.own(accounts["cancelled"]),
            "barrier_filled": self.own(accounts["filled"]),
            "wall_ratio": self.own(barrier["wall"]),
            "depth_in_zone": self.own(self.seen),
            "churn": self.own(barrier["churn"]),
            "barrier_zone_coverage": self.own(flows["known"]) / self.zone,
        }

    @cached_property
    def about_tape(self) -> dict[str, Expr]:
        """What was traded."""
        names = self.tape.outputs
        bought, sold, sweep = (self.of_futures(self.own(self.tape[name])) for name in names)
        total, way = bought + sold, Sign(sweep)
        none = Where(IsFinite(total), ZERO, NOTHING)
        return {
            "tape_imbalance": Where(total > 0.0, (bought - sold) / total, none),
            "tape_buy_vol": bought,
            "tape_sell_vol": sold,
            "tape_sweep_detected": abs(way),
            "tape_sweep_direction": way,
            "tape_sweep_notional": abs(sweep) * self.parameters.multiplier,
        }

    @cached_property
    def about_fuel(self) -> dict[str, Expr]:
        """What hedging may do."""
        net = self.own(self.exposure)
        return {
            "gamma_exposure": net,
            "fuel_effect": self.own(self.effect),
            "fuel_net_dealer_gamma": net,
            "fuel_call_gamma": self.own(self.near("call_gamma")),
            "fuel_put_gamma": self.own(self.near("put_gamma")),
        }

    @cached_property
    def about_score(self) -> dict[str, Expr]:
        """How likely a break is, and how much there was to judge by."""
        score, track = self.score, self.track
        return {
            "break_score_raw": self.own(score["raw"]),
            "break_score_smooth": self.own(track["smooth"]),
            "liquidity_score": self.own(score["liquidity"]),
            "hedge_score": self.own(score["hedge"]),
            "tape_score": self.own(score["tape"]),
            "signal": self.own(track["signal"]),
            "confidence": self.confidence,
        }

    @cached_property
    def confidence(self) -> Expr:
        p, tape = self.parameters, self.about_tape
        busy = (
            (self.about_barrier["churn"], p.busy_barrier),
            (tape["tape_buy_vol"] + tape["tape_sell_vol"], p.busy_tape),
            (self.own(self.near("volume")), p.busy_fuel),
        )
        first, second, third = (Minimum(FillNan(x, 0.0) / most, ONE) for x, most in busy)
        sure = (first + second + third) / 3.0
        whole = self.own(self.score["parts"]) >= 3.0
        high, some = (whole & (sure >= cut) for cut in p.confidence_cuts)
        grade = Where(high, Constant(2.0), Where(some, ONE, ZERO))
        return Where(self.slots >= 0.0, grade, NOTHING)

    @cached_property
    def about_runway(self) -> dict[str, Expr]:
        """How far the price may go."""
        p, way, score = self.parameters, self.way, self.about_score
        smooth, signal = score["break_score_smooth"], score["signal"]
        onward = Where(smooth >= 50.0, way, -way)
        onward = Where(Equal(signal, ONE), way, Where(Equal(signal, Constant(2.0)), -way, onward))
        gross = self.board["call_gamma"] + self.board["put_gamma"]
        runway = Runway(
            self.level, onward, self.at_touch(self.single), self.strikes_at(self.rows), self.at_touch(gross),
            separation=p.least_separation, least=p.least_runway, share=p.weak_share,
        )  # fmt: skip
        return {
            "runway_direction": onward,
            "runway_next_level_price": runway["next_level"],
            "runway_distance": runway["distance"],
            "runway_quality": runway["obstructed"],
        }

    @cached_property
    def each(self) -> dict[str, Expr]:
        """Columns with a cell for each touched level."""
        return {
            **self.about_level, **self.about_barrier, **self.about_tape, **self.about_fuel, **self.about_score,
            **self.about_runway,
        }  # fmt: skip
