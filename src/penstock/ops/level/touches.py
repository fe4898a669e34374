"""When trades touch levels."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.level import ACTIVE, CLOSE, LEVELS_AT, SPOT, near, spans
from penstock.ops.level.episodes import ENTRY, TABLE, approach, joins, meet, place, spot_of
from penstock.streams import NEVER, Clock

COOLDOWN = Duration(600_000_000_000)


@jit
def _kernel(
    ways: F8,
    fired: F8,
    since: F8,
    spot: F8,
    low: F8,
    high: F8,
    levels: F8,
    close: F8,
    active: F8,
    at: I8,
    before: I8,
    registers: np.ndarray,
    history: np.ndarray,
    singles: int,
    strikes: int,
    strike_step: float,
    step: float,
    tolerance: float,
    rearm: float,
    cooldown: int,
    together: float,
    most: int,
    crossing: int,
) -> None:
    s = registers[0]
    for i in range(spot.size):
        s["bar"] += before[i] - s["session"]
        s["session"] = before[i]
        opened = 1 if active[i] > 0.0 else 0
        s["opens"] += max(opened - s["open"], 0)
        s["open"] = opened
        row, p, bar = levels[i], spot[i], s["bar"]
        here, waiting = 0, 0
        for k in range(row.size):
            ways[i, k], fired[i, k], since[i, k] = np.nan, 0.0, np.nan
            if not maths.is_finite(row[k]):
                continue
            e = history[place(row[k], k, singles, strikes, strike_step, step)]
            meet(e, row[k], bar, k < singles, rearm * tolerance)
            inside = spans(low[i], high[i], row[k], tolerance)
            if opened == 0:
                e["touched"], e["count"], e["open"] = 0, 0, s["opens"] + 1
            elif e["open"] != s["opens"]:  # it was not there since
                e["touched"], e["count"], e["open"], e["outside"] = 0, 0, s["opens"], np.nan
            elif e["touched"] == 1 and (
                bar - e["bar"] >= 2 or (at[i] - e["began"] >= cooldown and not inside)
            ):
                e["touched"] = 0
            if spans(low[i], high[i], row[k], rearm * tolerance):
                e["bar"] = bar
            if maths.is_finite(p) and not near(p, row[k], tolerance):
                e["outside"] = p
            if inside and e["touched"] == 1:
                e["inside"] = at[i]
            if inside and e["touched"] == 0 and active[i] > 0.0:
                waiting += 1
            # by bar the side is that of the bar before: this one has crossed
            from_ = np.nan if crossing == 1 else e["outside"]
            ways[i, k] = e["way"] if e["touched"] == 1 else approach(from_, close[i], row[k])
        for k in range(row.size if waiting > 0 else 0):
            if not spans(low[i], high[i], row[k], tolerance):
                continue
            if crossing == 1 and near(close[i], row[k], tolerance):
                continue
            e = history[place(row[k], k, singles, strikes, strike_step, step)]
            if e["touched"] == 1:
                continue
            way = joins(history, row, k, singles, strikes, strike_step, step, together)
            if way == 0:
                way = int(ways[i, k])
                if way != 0 and here == most:
                    continue  # the next trade's, where it is still in the band
                if way != 0:
                    here += 1
                    fired[i, k] = 1.0 + e["count"]
                    if e["count"] > 0:
                        since[i, k] = (at[i] - e["inside"]) / 1e9
                    e["count"] += 1
            ways[i, k] = way
            e["touched"], e["way"], e["began"], e["inside"] = 1, way, at[i], at[i]


def _oracle(
    spot: F8,
    low: F8,
    high: F8,
    levels: F8,
    close: F8,
    active: F8,
    at: I8,
    before: I8,
    singles: int,
    strikes: int,
    strike_step: float,
    step: float,
    tolerance: float,
    rearm: float,
    cooldown: int,
    together: float,
    most: int,
    crossing: int,
) -> dict[str, F8]:
    out = {name: np.full(levels.shape, np.nan) for name in ("ways", "fired", "since")}
    out["fired"][:] = 0.0
    seen: dict[Any, dict[str, Any]] = {}
    openings = np.cumsum((active > 0) & ~np.r_[False, active[:-1] > 0])
    for t, p in enumerate(spot.tolist()):
        here = [k for k, level in enumerate(levels[t].tolist()) if np.isfinite(level)]
        open_now, emitted = bool(active[t] > 0.0), 0
        names = {k: spot_of(levels[t, k], k, singles, strikes, strike_step, step) for k in here}
        for k, (where, which) in names.items():
            e = seen.get(where)
            if e is None or (k >= singles and abs(e["which"] - which) > 1e-9):
                e = seen[where] = {"outside": None, "episode": None, "bars": [], "ends": []}
            if "price" in e and abs(e["price"] - levels[t, k]) > rearm * tolerance + 1e-9:
                e["episode"] = None  # the level jumped
            e["which"], e["price"] = which, levels[t, k]
            gap = max(low[t] - levels[t, k], levels[t, k] - high[t], 0.0)
            gap = gap if np.isfinite([low[t], high[t]]).all() else np.inf
            episode = e["episode"]
            if not open_now:
                e["episode"], e["ends"], e["open"] = None, [], openings[t] + 1
            elif e.get("open") != openings[t]:
                e["episode"], e["ends"], e["open"], e["outside"] = None, [], openings[t], None
            elif episode is not None:
                passed = e["bars"] and before[t] - e["bars"][-1] >= 2
                cooled = at[t] - episode["began"] >= cooldown and gap > tolerance + 1e-9
                if passed or cooled:
                    e["episode"] = None
                elif gap <= tolerance + 1e-9:
                    e["last"] = int(at[t])
            if gap <= rearm * tolerance + 1e-9:
                e["bars"].append(int(before[t]))
            if np.isfinite(p) and abs(p - levels[t, k]) > tolerance + 1e-9:
                e["outside"] = p
            from_ = None if crossing else e["outside"]
            last = from_ if from_ not in (None, levels[t, k]) else close[t]
            side = float(np.sign(levels[t, k] - last)) if not np.isnan(last) else 0.0
            out["ways"][t, k] = e["episode"]["way"] if e["episode"] is not None else side
        for k in here:
            e, level = seen[names[k][0]], levels[t, k]
            if e["episode"] is not None:
                continue
            gap = max(low[t] - level, level - high[t], 0.0)
            finite = np.isfinite([low[t], high[t]]).all()
            if not (open_now and finite and gap <= tolerance + 1e-9):
                continue
            if crossing and abs(close[t] - level) <= tolerance + 1e-9:
                continue
            beside = [j for j in here if j != k and abs(levels[t, j] - level) <= together + 1e-9]
            with_it = [seen[names[j][0]]["episode"] for j in beside]
            way = next((one["way"] for one in with_it if one is not None), 0.0)
            if way == 0.0:
                way = out["ways"][t, k]
                if way != 0.0 and emitted == most:
                    continue
                if way != 0.0:
                    emitted += 1
                    out["fired"][t, k] = 1 + len(e["ends"])
                    if e["ends"]:
                        out["since"][t, k] = (at[t] - e["last"]) / 1e9
                    e["ends"].append(t)
            out["ways"][t, k] = way
            e["episode"], e["last"] = {"way": way, "began": int(at[t])}, int(at[t])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Touches(Operator):
    r"""Trades that touch levels: one event for each episode of a level, and the side that the price comes from.

    .. math:: |S_t - L| \le \tau \text{ where the level is idle}

    Notes
    -----
    Seed: none. NaN: `ways` and `since` where there is no level, and `since` where nothing fired or nothing had; a
    price that is not finite touches nothing. Warm-up: 1. Unit: 1, seconds for `since`. `fired` is the number of
    the level's episode since `active` became positive, and 0 where none begins; nothing is kept of a level that was not
    there in between. `ways` is 1 where the
    last price outside the band was below the level (of an episode: when it began), -1 where it was above, and
    goes by `close`, the close of the last bar, before one is known; 0 is not known, and such an episode makes no
    event. A level is idle again when a full bar (of `reset`) stayed away by more than `rearm` times the tolerance,
    after `cooldown` outside the band, or when it jumps by as much: then it is another price. Levels within
    `together` of each other are one: the first of them makes the event, and one that joins an episode that goes on
    makes none. Of more than `most` events of a trade the rest are the next trade's. `since` counts from the last price
    in the band of the episode before. A billionth is granted to each distance. By trade `low` and `high` are the price
    too; by bar they are the bar's, a bar touches what its range reaches, and with `crossing` 1 it does so only where
    the close before was outside the band, whose side counts. The column is single levels, then `strikes` of them, then
    round numbers; of each the last 256 are remembered by number.

    References
    ----------
    Osler, C. L. (2000). Support for resistance: technical analysis and intraday exchange rates. Federal Reserve Bank
    of New York Economic Policy Review 6(2), 53-68.

    Examples
    --------
    >>> node = Touches(SPOT, SPOT, SPOT, LEVELS_AT, CLOSE, ACTIVE, singles=5, strikes=0, tolerance=0.1, together=0.01)
    >>> rows = [[10.0, 10.0, 20.0, 30.0, 40.0]] * 3
    >>> price = [9.0, 9.95, 10.0]
    >>> found = evaluate(node, spot=price, low=price, high=price, levels=rows, close=[9.0] * 3, active=[1.0] * 3)
    >>> [row[:2] for row in found["fired"]]
    [[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]
    """

    spot: Expr
    low: Expr
    high: Expr
    levels: Expr
    close: Expr
    active: Expr
    singles: int
    strikes: int
    strike_step: float = 1.0
    step: float = 1.0
    tolerance: float = 0.10
    rearm: float = 2.0
    cooldown: Duration = COOLDOWN
    together: float = 0.01
    most: int = 8
    crossing: int = 0
    reset: Clock = NEVER

    outputs: ClassVar = ("ways", "fired", "since")
    registers: ClassVar = np.dtype([(name, "i8") for name in ("bar", "session", "open", "opens")])
    absolute: ClassVar = {"session": "reset"}
    history: ClassVar = ENTRY
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "spot": SPOT, "low": SPOT, "high": SPOT, "levels": LEVELS_AT, "close": CLOSE, "active": ACTIVE,
        "singles": 2, "strikes": 1, "tolerance": 1.0, "together": 0.5, "most": 2,
        "cooldown": "40s",
    }  # fmt: skip
    exempt: ClassVar = {"unit": "the tolerances are in the unit of the price"}

    def check(self) -> None:
        self.require("levels must be a wide column", self.levels.cells > 1, self.levels.text)
        kinds = (self.singles, self.strikes)
        fits = min(kinds) >= 0 and sum(kinds) <= self.levels.cells
        self.require(f"single levels and strikes must be among {self.levels.cells}", fits, kinds)
        for name in ("strike_step", "step", "tolerance"):
            self.require(f"{name} must be positive", getattr(self, name) > 0.0, getattr(self, name))
        self.require("rearm must be at least 1", self.rearm >= 1.0, self.rearm)
        self.require("together must not be negative", self.together >= 0.0, self.together)
        self.require("cooldown must be positive", self.cooldown > 0, self.cooldown)
        self.require("most must be positive", self.most > 0, self.most)
        self.require("crossing must be 0 or 1", self.crossing in (0, 1), self.crossing)

    @property
    def history_items(self) -> int:
        return self.singles + 2 * TABLE

    @property
    def cells(self) -> int:
        return self.levels.cells

    def unit_of(self, output: str) -> str:
        return "s" if output == "since" else ONE
