"""The view whose rows are touches: what was measured when a trade, or a bar, touched levels.

A row has the columns of the moment, and for each of the levels that were touched at once its own, named ``column#0``
and so on; ``slot#0`` says which cell of the level universe it is, NaN where fewer were touched.
"""

from functools import cache

from penstock.declare import View
from penstock.events import OptionTrade, Trade
from penstock.expr import Constant, Expr, columns
from penstock.formulas.levels.parameters import Parameters
from penstock.formulas.levels.physics import Physics
from penstock.formulas.levels.prices import NOTHING, SINGLES, STREAMS, TRADES
from penstock.ops import (
    AsOf,
    Cell,
    Confluence,
    Equal,
    FiredCells,
    Gather,
    Lag,
    Ordinal,
    Part,
    RowMax,
    RowMin,
    RunLength,
    Runway,
    SessionTimes,
    Sign,
    Spread,
    Where,
)

__all__ = ["SINGLES", "STREAMS", "path", "view"]


@cache
def view(parameters: Parameters, threshold: float | None = None) -> View:
    """The view of touches.

    Parameters
    ----------
    parameters
        Every threshold.
    threshold
        Dealers' gamma from which hedging matters, where it is another than the parameters say: a quantile of the
        sessions before.
    """
    levels = Physics(parameters)
    limit = parameters.fuel_threshold if threshold is None else threshold
    made = moment(levels) | touched(levels, limit)
    return View(
        "levels",
        made,
        on=levels.rows,
        says="Touches of price levels, and what the market did there.",
    )


@cache
def path(parameters: Parameters) -> View:
    """The view of the underlying's price at each trade: what labels are of."""
    return View("levels_path", {"spot": Physics(parameters).spot}, on=TRADES)


def moment(levels: Physics) -> dict[str, Expr]:
    """What is one number at a touch."""
    p, rows, spot = levels.parameters, levels.rows, levels.spot
    high, low = levels.extremes
    place = Where(high - low, (spot - low) / (high - low), Constant(0.5))
    close = levels.bar("close")
    change = close - Lag(close, 1)
    strikes = Part(levels.universe, len(SINGLES), levels.strike_cells)
    gap = abs(strikes - Spread(spot, members=levels.strike_cells))
    nearest = Where(gap <= Spread(RowMin(gap), members=levels.strike_cells), strikes, NOTHING)
    at_trades = {
        "spot": spot,
        "session_position": place,
        **{f"level_{name.lower()}": expr for name, expr in levels.named.items()},
        "level_strike": RowMax(nearest),
        "trades": Ordinal(columns(Trade).price),
    }
    at_minutes = {
        "climb": (close - Lag(close, 10)) / 10.0,
        "run": RunLength(Sign(change)) * Sign(change),
    }
    at_samples = {"tape_velocity": levels.pace, "tape_price_velocity": levels.slope}
    return {
        **{
            name: AsOf(expr, on=rows)
            for name, expr in (at_trades | at_minutes | at_samples).items()
        },
        "since_open": SessionTimes(p.calendar, on=rows)["since_open"],
        "to_close": SessionTimes(p.calendar, on=rows)["to_close"],
        "options": AsOf(Ordinal(columns(OptionTrade).price), on=rows),
    }


def touched(levels: Physics, limit: float) -> dict[str, Expr]:
    """What each touched level has of its own."""
    p, rows = levels.parameters, levels.rows
    fired = AsOf(levels.touches["fired"], on=rows)
    slots = FiredCells(fired, most=p.most_at_once)
    score, track, barrier, tape = (
        levels.score(limit), levels.track(limit), levels.barrier, levels.tape,
    )  # fmt: skip

    def at(x: Expr) -> Expr:
        return Gather(AsOf(x, on=rows), slots)

    way, smooth, signal = at(levels.touches["ways"]), at(track["smooth"]), at(track["signal"])
    onward = Where(smooth >= 50.0, way, -way)
    onward = Where(
        Equal(signal, Constant(1.0)), way, Where(Equal(signal, Constant(2.0)), -way, onward)
    )
    level = at(levels.universe)
    gross = levels.board["call_gamma"] + levels.board["put_gamma"]
    runway = Runway(
        level, onward, AsOf(levels.single, on=rows), levels.at_strikes("strikes", rows), AsOf(gross, on=rows),
        separation=p.least_separation, least=p.least_runway, share=p.weak_share,
    )  # fmt: skip
    made = {
        "slot": slots,
        "level": level,
        "way": way,
        "episode": at(levels.touches["fired"]),
        "since": at(levels.touches["since"]),
        "confluence": Confluence(
            level,
            AsOf(levels.universe, on=rows),
            len(SINGLES),
            levels.strike_cells,
            p.confluence_tol,
        ),
        **{name: at(barrier[name]) for name in barrier.outputs},
        **{name: at(levels.flows[name]) for name in levels.flows.outputs},
        **{name: at(tape[name]) for name in tape.outputs},
        "exposure": at(levels.exposure),
        "call_gamma": at(levels.near("call_gamma")),
        "put_gamma": at(levels.near("put_gamma")),
        "option_volume": at(levels.near("volume")),
        **{name: at(score[name]) for name in score.outputs},
        "smooth": smooth,
        "signal": signal,
        "onward": onward,
        "next_level": runway["next_level"],
        "gap": runway["distance"],
        "obstructed": runway["obstructed"],
    }
    return {f"{name}#{j}": Cell(x, j) for j in range(p.most_at_once) for name, x in made.items()}
