"""Patterns of four and five candles, and those that a later candle confirms."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr
from penstock.ops.candle.patterns import Patterns
from penstock.ops.candle.rows import (
    BODY,
    BOTTOM,
    EXAMPLE,
    LONG,
    LOWER,
    PARTS,
    RANGE,
    RUN,
    SMALL,
    TOP,
    UPPER,
    Candle,
    above,
    below,
    prices,
    signal,
    told,
)

NEEDED = {
    "breakaway": 15, "conceal_baby_swallow": 14, "hikkake": 6, "hikkake_modified": 11, "ladder_bottom": 15,
    "rise_fall_three_methods": 15, "three_line_strike": 9,
}  # fmt: skip
CONFIRMED = 3  # candles within which a false break is confirmed


@jit
def _near(price: float, top: float, bottom: float, near: float) -> bool:
    """Whether a price is in or near a body."""
    return (price >= bottom - near) & (price <= top + near)


@jit
def _break(
    found: int, sign: int, age: int, close: float, high: float, low: float
) -> tuple[int, int, int]:
    """A signal in hundreds, then direction and age of the false break that waits for its confirmation."""
    if found != 0:
        return found, found, 0
    age += 1
    waits = age <= CONFIRMED
    if waits & (((sign > 0) & (close > high)) | ((sign < 0) & (close < low))):
        return 2 * sign, 0, 0
    return 0, sign if waits else 0, age


@jit
def _kernel(
    breakaway: F8,
    conceal_baby_swallow: F8,
    hikkake: F8,
    hikkake_modified: F8,
    ladder_bottom: F8,
    rise_fall_three_methods: F8,
    three_line_strike: F8,
    candles: F8,
    registers: np.ndarray,
) -> None:
    s = registers[0]
    sign, age, high_line, low_line = s["sign"], s["age"], s["high"], s["low"]
    turn, since, high_turn, low_turn = s["turn"], s["since"], s["high_turn"], s["low_turn"]
    for i in range(breakaway.size):
        v, a, b, c, d = i, i + 1, i + 2, i + 3, i + 4
        open4, high4, low4, close4 = prices(candles, v)
        open3, high3, low3, close3 = prices(candles, a)
        open2, high2, low2, close2 = prices(candles, b)
        open1, high1, low1, close1 = prices(candles, c)
        opened, high, low, close = prices(candles, d)
        run = candles[d, RUN]
        white4, black4 = close4 >= open4, close4 < open4
        white3, black3 = close3 >= open3, close3 < open3
        white2, black2 = close2 >= open2, close2 < open2
        white1, black1, white, black = (
            close1 >= open1,
            close1 < open1,
            close >= opened,
            close < opened,
        )
        top3, bottom3, top2, bottom2 = (
            candles[a, TOP],
            candles[a, BOTTOM],
            candles[b, TOP],
            candles[b, BOTTOM],
        )
        top1, bottom1 = candles[c, TOP], candles[c, BOTTOM]
        long4 = candles[v, BODY] > candles[v, LONG]

        up = white3 & white2 & white1 & black & (close1 > close2) & (close2 > close3)
        up &= (opened > close1) & (close < open3)
        down = black3 & black2 & black1 & white & (close1 < close2) & (close2 < close3)
        down &= (opened < close1) & (close > open3)
        line = _near(open2, top3, bottom3, 0.2 * candles[a, RANGE])
        line &= _near(open1, top2, bottom2, 0.2 * candles[b, RANGE])
        three_line_strike[i] = signal(run >= 9.0, up & line, down & line)
        baby = black3 & black2 & black1 & black & (candles[a, LOWER] < candles[a, SMALL])
        baby &= (candles[a, UPPER] < candles[a, SMALL]) & (candles[b, LOWER] < candles[b, SMALL])
        baby &= (candles[b, UPPER] < candles[b, SMALL]) & (top1 < bottom2)
        baby &= (candles[c, UPPER] > candles[c, SMALL]) & (high1 > close2)
        conceal_baby_swallow[i] = signal(run >= 14.0, baby & (high > high1) & (low < low1), False)
        bottoms = black4 & black3 & black2 & (open4 > open3) & (open3 > open2) & (close4 > close3)
        bottoms &= (close3 > close2) & black1 & (candles[c, UPPER] > candles[c, SMALL])
        bottoms &= white & (opened > open1) & (close > high1)
        ladder_bottom[i] = signal(run >= 15.0, bottoms, False)
        up = long4 & black4 & black3 & black1 & white & (top3 < candles[v, BOTTOM])
        up &= (high2 < high3) & (low2 < low3) & (high1 < high2) & (low1 < low2)
        up &= (close > open3) & (close < close4)
        down = long4 & white4 & white3 & white1 & black & (bottom3 > candles[v, TOP])
        down &= (high2 > high3) & (low2 > low3) & (high1 > high2) & (low1 > low2)
        down &= (close < open3) & (close > close4)
        breakaway[i] = signal(run >= 15.0, up, down)
        small = (candles[a, BODY] < candles[a, LONG]) & (candles[b, BODY] < candles[b, LONG])
        small &= (candles[c, BODY] < candles[c, LONG]) & long4
        small &= (candles[d, BODY] > candles[d, LONG]) & (bottom3 < high4) & (top3 > low4)
        small &= (bottom2 < high4) & (top2 > low4) & (bottom1 < high4) & (top1 > low4)
        up = white4 & black3 & black2 & black1 & white & (close2 < close3) & (close1 < close2)
        up &= (opened > close1) & (close > close4)
        down = black4 & white3 & white2 & white1 & black & (close2 > close3) & (close1 > close2)
        down &= (opened < close1) & (close < close4)
        rise_fall_three_methods[i] = signal(run >= 15.0, small & up, small & down)

        # a false break of the candle before it, which lies inside its own
        under, over = (high < high1) & (low < low1), (high > high1) & (low > low1)
        within = (high1 < high2) & (low1 > low2)
        found = (1 if within & under else 0) - (1 if within & over else 0)
        told, sign, age = _break(found, sign, age, close, high_line, low_line)
        if found != 0:
            high_line, low_line = high1, low1
        hikkake[i] = 100.0 * told if run >= 6.0 else np.nan
        within &= (high2 < high3) & (low2 > low3)
        near = 0.2 * candles[b, RANGE]
        found = (1 if within & under & (close2 <= low2 + near) else 0) - (
            1 if within & over & (close2 >= high2 - near) else 0
        )
        told, turn, since = _break(found, turn, since, close, high_turn, low_turn)
        if found != 0:
            high_turn, low_turn = high1, low1
        hikkake_modified[i] = 100.0 * told if run >= 11.0 else np.nan
        if run == 0.0:  # nothing waits across a hole
            sign, turn = 0, 0
    s["sign"], s["age"], s["high"], s["low"] = sign, age, high_line, low_line
    s["turn"], s["since"], s["high_turn"], s["low_turn"] = turn, since, high_turn, low_turn


def _broken(c: Candle, b: Candle, a: Candle, z: Candle, *, modified: bool) -> int:
    """A false break at c: 1 downwards, so bullish, or -1."""
    if not (b.high < a.high and b.low > a.low):
        return 0
    down, up = c.high < b.high and c.low < b.low, c.high > b.high and c.low > b.low
    if modified:
        if not (a.high < z.high and a.low > z.low):
            return 0
        down, up = down and a.close <= a.low + a.near, up and a.close >= a.high - a.near
    return int(down) - int(up)


def _false_break(last: tuple[Candle, ...], *, modified: bool) -> float:
    """The false break at the last candle, or one up to three candles ago that it is the first to confirm."""
    found = _broken(*last[:4], modified=modified)
    if found:
        return 100.0 * found
    for ago in range(1, CONFIRMED + 1):
        sign, before = _broken(*last[ago : ago + 4], modified=modified), last[ago + 1]
        if sign:
            beyond = [
                x.close > before.high if sign > 0 else x.close < before.low for x in last[:ago]
            ]
            return 200.0 * sign * (beyond[0] and not any(beyond[1:]))
    return 0.0


def _patterns(*last: Candle) -> dict[str, float]:
    """Each pattern as it is printed; the letters follow each other up to the last candle."""
    e, d, c, b, a = last[:5]
    trio, colours = (b, c, d), [x.colour for x in (a, b, c, d, e)]
    strike = (
        d.close > c.close > b.close and e.open > d.close and e.close < b.open
        if d.white
        else d.close < c.close < b.close and e.open < d.close and e.close > b.open
    )
    opens = all(x.bottom - x.near <= y.open <= x.top + x.near for x, y in ((b, c), (c, d)))
    baby = all(x.bare_bottom and x.bare_top for x in (b, c)) and below(d, c)
    away = (
        a.is_long
        and colours[0] == colours[1] == colours[3] == -colours[4]
        and (above(b, a) if a.white else below(b, a))
        and (b.high < c.high < d.high and b.low < c.low < d.low) * a.white
        + (b.high > c.high > d.high and b.low > c.low > d.low) * a.black
        and (a.close < e.close < b.open if a.white else b.open < e.close < a.close)
    )
    sign = a.colour
    rests = (
        a.is_long
        and e.is_long
        and all(x.is_short and x.bottom < a.high and x.top > a.low for x in trio)
        and colours == [sign, -sign, -sign, -sign, sign]
        and sign * b.close > sign * c.close > sign * d.close
        and sign * e.open > sign * d.close
        and sign * e.close > sign * a.close
    )
    return {
        "breakaway": 100.0 * e.colour * bool(away),
        "conceal_baby_swallow": 100.0
        * (all(x.black for x in (*trio, e)) and baby and d.upper > d.small)
        * (d.high > c.close and e.high > d.high and e.low < d.low),
        "hikkake": _false_break(last, modified=False),
        "hikkake_modified": _false_break(last, modified=True),
        "ladder_bottom": 100.0
        * (all(x.black for x in (a, b, c, d)) and a.open > b.open > c.open)
        * (a.close > b.close > c.close and d.upper > d.small)
        * (e.white and e.open > d.open and e.close > d.high),
        "rise_fall_three_methods": 100.0 * sign * rests,
        "three_line_strike": 100.0
        * d.colour
        * (colours[1:] == [d.colour] * 3 + [-d.colour] and opens and strike),
    }


def _oracle(candles: F8) -> dict[str, F8]:
    return told(candles, 7, NEEDED, _patterns)


@dataclass(frozen=True, eq=False, repr=False)
class MoreCandles(Patterns):
    r"""Patterns of four and five candles: strikes, breakaways, methods; and the false break that is confirmed.

    .. math::
        \text{hikkake}_t = \begin{cases}
        \pm 100 & h_{t-1} < h_{t-2}, l_{t-1} > l_{t-2}, \pm h_t < \pm h_{t-1}, \pm l_t < \pm l_{t-1} \\
        \pm 200 & \text{one to three candles later, the first close beyond candle } t-1 \end{cases}, \dots

    Notes
    -----
    Seed: none. NaN: until as many whole candles in a row are known as the pattern and its averages need. Warm-up: 6
    for ``hikkake``, 9 for ``three_line_strike``, 11 for ``hikkake_modified``, 14 for ``conceal_baby_swallow``, else
    15. Unit: 1; 100 for a bullish pattern, -100 for a bearish one, twice that where it is confirmed, else 0. Letters
    are those of `Candles`. A newer false break takes the place of one that waits.

    References
    ----------
    Chesler, D. L. (2003). Daily Charts: The Hikkake Pattern. Active Trader. TA-Lib 0.6, functions CDLHIKKAKE,
    CDLHIKKAKEMOD, CDL3LINESTRIKE and the others of four and five candles.

    Examples
    --------
    >>> rows = [[5.0, 9.0, 1.0, 5.0], [5.0, 8.0, 2.0, 5.0], [5.0, 7.0, 1.0, 5.0], [5.0, 9.0, 2.0, 8.5]]
    >>> rows = [[*row, *[0.5] * 9, 15.0] for row in rows]
    >>> evaluate(MoreCandles(MoreCandles.example["candles"]), candles=rows)["hikkake"]
    [0.0, 0.0, 100.0, 200.0]
    """

    candles: Expr

    outputs: ClassVar = tuple(NEEDED)
    needed: ClassVar = NEEDED
    back: ClassVar = 4
    registers: ClassVar = np.dtype(
        [
            ("sign", "i8"), ("age", "i8"), ("high", "f8"), ("low", "f8"),
            ("turn", "i8"), ("since", "i8"), ("high_turn", "f8"), ("low_turn", "f8"),
        ]
    )  # fmt: skip
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"candles": EXAMPLE}
    exempt: ClassVar = {"unit": PARTS}
