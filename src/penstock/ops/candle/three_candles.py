"""Patterns of three candles, and one of three after a white one."""

from dataclasses import dataclass
from typing import ClassVar

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr
from penstock.ops.candle.patterns import Patterns
from penstock.ops.candle.rows import (
    EXAMPLE,
    LONG,
    PARTS,
    RANGE,
    RUN,
    SHADOW,
    SMALL,
    Candle,
    above,
    below,
    prices,
    shape,
    signal,
    told,
)

NEEDED = {
    "advance_block": 13, "gap_side_by_side_white": 8, "identical_three_crows": 13, "stalled_pattern": 13,
    "stick_sandwich": 8, "tasuki_gap": 8, "three_black_crows": 14, "three_inside": 13, "three_outside": 4,
    "three_stars_in_south": 13, "three_white_soldiers": 13, "tristar": 13, "two_crows": 13, "unique_three_river": 13,
    "upside_gap_two_crows": 13, "xside_gap_three_methods": 3,
}  # fmt: skip


@jit
def _kernel(
    advance_block: F8,
    gap_side_by_side_white: F8,
    identical_three_crows: F8,
    stalled_pattern: F8,
    stick_sandwich: F8,
    tasuki_gap: F8,
    three_black_crows: F8,
    three_inside: F8,
    three_outside: F8,
    three_stars_in_south: F8,
    three_white_soldiers: F8,
    tristar: F8,
    two_crows: F8,
    unique_three_river: F8,
    upside_gap_two_crows: F8,
    xside_gap_three_methods: F8,
    candles: F8,
) -> None:
    for i in range(tristar.size):
        a, b, c = i + 1, i + 2, i + 3
        open2, high2, low2, close2 = prices(candles, a)
        top2, bottom2, body2, upper2, lower2 = shape(candles, a)
        open1, high1, low1, close1 = prices(candles, b)
        top1, bottom1, body1, upper1, lower1 = shape(candles, b)
        opened, high, low, close = prices(candles, c)
        top, bottom, body, upper, lower = shape(candles, c)
        small2, small1, small = candles[a, SMALL], candles[b, SMALL], candles[c, SMALL]
        few2, few1, run = candles[a, RANGE], candles[b, RANGE], candles[c, RUN]
        mean1, mean = candles[b, LONG], candles[c, LONG]
        known = run >= 13.0
        white2, black2 = close2 >= open2, close2 < open2
        white1, black1, white, black = (
            close1 >= open1,
            close1 < open1,
            close >= opened,
            close < opened,
        )
        long2, short = body2 > candles[a, LONG], body < mean
        jumps, drops = bottom1 > top2, top1 < bottom2  # the middle body against the first

        # three of one colour
        whites = white2 & white1 & white & (close > close1) & (close1 > close2)
        start = open1 <= close2 + 0.2 * few2
        follows = whites & (open1 > open2) & start & (opened > open1)
        follows &= opened <= close1 + 0.2 * few1
        bare = (upper2 < small2) & (upper1 < small1) & (upper < small)
        grown = (body1 > body2 - 0.6 * few2) & (body > body1 - 0.6 * few1) & (body > mean)
        three_white_soldiers[i] = signal(known, follows & bare & grown, False)
        tires = (body1 < body2 - 0.6 * few2) & (body < body1 + 0.2 * few1)
        tires |= body < body1 - 0.6 * few1
        shrinks = body < body1
        shaded = (upper > candles[c, SHADOW]) | (upper1 > candles[b, SHADOW])
        tires |= shrinks & (body1 < body2) & shaded
        tires |= shrinks & (upper > body)
        blocked = follows & long2 & (upper2 < candles[a, SHADOW]) & tires
        advance_block[i] = signal(known, False, blocked)
        stalls = whites & long2 & (body1 > mean1) & (upper1 < small1) & (open1 > open2) & start
        stalls &= short & (opened >= close1 - body - 0.2 * few1)
        stalled_pattern[i] = signal(known, False, stalls)
        blacks = black2 & black1 & black
        crows = blacks & (lower2 < small2) & (lower1 < small1) & (lower < small)
        crows &= (close2 > close1) & (close1 > close)
        within = (open1 < open2) & (open1 > close2) & (opened < open1) & (opened > close1)
        led = (candles[i, 3] >= candles[i, 0]) & (candles[i, 1] > close2)
        three_black_crows[i] = signal(run >= 14.0, False, crows & within & led)
        equal2, equal1 = 0.05 * few2, 0.05 * few1
        same = (open1 <= close2 + equal2) & (open1 >= close2 - equal2)
        same &= (opened <= close1 + equal1) & (opened >= close1 - equal1)
        identical_three_crows[i] = signal(known, False, crows & same)
        south = blacks & long2 & (lower2 > body2) & (body1 < body2)
        south &= (open1 > close2) & (open1 <= high2) & (low1 < close2) & (low1 >= low2)
        south &= (lower1 > small1) & short & (lower < small) & (upper < small)
        three_stars_in_south[i] = signal(known, south & (low > low1) & (high < high1), False)

        # a third candle that confirms
        inside = long2 & (body1 <= mean1) & (top1 < top2) & (bottom1 > bottom2)
        up, down = black2 & white & (close > open2), white2 & black & (close < open2)
        three_inside[i] = signal(known, inside & up, inside & down)
        up = white1 & black2 & (close1 > open2) & (open1 < close2) & (close > close1)
        down = black1 & white2 & (open1 > close2) & (close1 < open2) & (close < close1)
        three_outside[i] = signal(run >= 4.0, up, down)
        flown = white2 & long2 & black1 & jumps & black
        pair = (opened < open1) & (opened > close1) & (close > open2) & (close < close2)
        two_crows[i] = signal(known, False, flown & pair)
        pair = (body1 <= mean1) & (opened > open1) & (close < close1) & (close > close2)
        upside_gap_two_crows[i] = signal(known, False, flown & pair)
        river = long2 & black2 & black1 & (close1 > close2) & (open1 <= open2) & (low1 < low2)
        unique_three_river[i] = signal(known, river & short & white & (opened > low1), False)
        held = black2 & white1 & black & (low1 > close2)
        held &= (close <= close2 + equal2) & (close >= close2 - equal2)
        stick_sandwich[i] = signal(run >= 8.0, held, False)

        # gaps
        alike = abs(body1 - body) < 0.2 * few1
        back = alike & (opened < top1) & (opened > bottom1)
        up = jumps & white1 & black & back & (close < open1) & (close > top2)
        down = drops & black1 & white & back & (close > open1) & (close < bottom2)
        tasuki_gap[i] = signal(run >= 8.0, up, down)
        side = white1 & white & (body >= body1 - 0.2 * few1) & (body <= body1 + 0.2 * few1)
        side &= (opened >= open1 - equal1) & (opened <= open1 + equal1)
        up, down = jumps & (bottom > top2), drops & (top < bottom2)
        gap_side_by_side_white[i] = signal(run >= 8.0, side & up, side & down)
        closes = (opened < top1) & (opened > bottom1) & (close < top2) & (close > bottom2)
        up, down = white2 & white1 & black & jumps, black2 & black1 & white & drops
        xside_gap_three_methods[i] = signal(run >= 3.0, closes & up, closes & down)
        crosses = (body2 <= small2) & (body1 <= small2) & (body <= small2)
        up, down = drops & (bottom > bottom1), jumps & (top < top1)
        tristar[i] = signal(known, crosses & up, crosses & down)


def _same_colour(a: Candle, b: Candle, c: Candle, z: Candle) -> dict[str, float]:
    """The patterns of three whites or three blacks."""
    three = (a, b, c)
    rising = all(x.white for x in three) and a.close < b.close < c.close
    falling = all(x.black and x.bare_bottom for x in three) and a.close > b.close > c.close
    starts = a.open < b.open <= a.close + a.near
    steps = rising and starts and b.open < c.open <= b.close + b.near
    tires = (
        (b.body < a.body - a.far and c.body < b.body + b.near)
        or c.body < b.body - b.far
        or (c.body < b.body < a.body and (c.upper > c.shadow or b.upper > b.shadow))
        or (c.body < b.body and c.upper > c.body)
    )
    second = b.body < a.body and a.close < b.open <= a.high and a.low <= b.low < a.close
    third = c.is_short and c.bare_bottom and c.bare_top and c.low > b.low and c.high < b.high
    return {
        "three_white_soldiers": 100.0
        * (steps and all(x.bare_top for x in three) and b.body > a.body - a.far)
        * (c.body > b.body - b.far and c.body > c.long),
        "advance_block": -100.0 * (steps and a.is_long and a.upper < a.shadow and tires),
        "stalled_pattern": -100.0
        * (rising and a.is_long and b.is_long and b.bare_top and starts)
        * (c.is_short and c.open >= b.close - c.body - b.near),
        "three_black_crows": -100.0
        * (falling and z.white and z.high > a.close)
        * (a.close < b.open < a.open and b.close < c.open < b.open),
        "identical_three_crows": -100.0
        * (falling and a.equals(b.open, a.close) and b.equals(c.open, b.close)),
        "three_stars_in_south": 100.0
        * (all(x.black for x in three) and a.is_long and a.lower > a.body)
        * (second and b.lower > b.small and third),
    }


def _patterns(c: Candle, b: Candle, a: Candle, z: Candle) -> dict[str, float]:
    """Each pattern as it is printed; a, b and c follow each other, and z stands before them."""
    gap = 1 if above(b, a) else -1 if below(b, a) else 0
    turned = -a.colour * (a.colour == -c.colour)
    alike = b.white and c.white and abs(c.body - b.body) <= b.near and b.equals(c.open, b.open)
    from_second = b.bottom < c.open < b.top
    wraps = b.colour == -a.colour and b.bottom < a.bottom and b.top > a.top
    crows = a.white and a.is_long and b.black and c.black and gap == 1
    filled = c.bottom > a.top if gap == 1 else c.top < a.bottom
    return _same_colour(a, b, c, z) | {
        "three_inside": 100.0
        * turned
        * (a.is_long and b.body <= b.long and a.bottom < b.bottom and b.top < a.top)
        * (c.close > a.open if a.black else c.close < a.open),
        "three_outside": 100.0
        * b.colour
        * (wraps and (c.close > b.close if b.white else c.close < b.close)),
        "two_crows": -100.0 * (crows and b.close < c.open < b.open and a.open < c.close < a.close),
        "upside_gap_two_crows": -100.0
        * (crows and b.body <= b.long and c.open > b.open and a.close < c.close < b.close),
        "unique_three_river": 100.0
        * (a.black and a.is_long and b.black and b.close > a.close and b.open <= a.open)
        * (b.low < a.low and c.is_short and c.white and c.open > b.low),
        "stick_sandwich": 100.0
        * (a.black and b.white and c.black and b.low > a.close and a.equals(c.close, a.close)),
        "tasuki_gap": 100.0
        * gap
        * (gap == b.colour == -c.colour and from_second and abs(c.body - b.body) < b.near)
        * (a.top < c.close < b.open if gap == 1 else b.open < c.close < a.bottom),
        "gap_side_by_side_white": 100.0 * gap * (alike and filled),
        "xside_gap_three_methods": 100.0
        * gap
        * (gap == a.colour == b.colour == -c.colour)
        * (from_second and a.bottom < c.close < a.top),
        "tristar": -100.0
        * gap
        * (max(a.body, b.body, c.body) <= a.small)
        * (c.top < b.top if gap == 1 else c.bottom > b.bottom),
    }


def _oracle(candles: F8) -> dict[str, F8]:
    return told(candles, 4, NEEDED, _patterns)


@dataclass(frozen=True, eq=False, repr=False)
class ThreeCandles(Patterns):
    r"""Patterns of three candles: crows, soldiers, gaps, inside, outside, rivers and their kin.

    .. math::
        \text{outside}_t = \pm 100 \cdot 1\{[o_{t-2}, c_{t-2}] \subset (o_{t-1}, c_{t-1}), \pm c_t > \pm c_{t-1}\},
        \dots

    Notes
    -----
    Seed: none. NaN: until as many whole candles in a row are known as the pattern and its averages need. Warm-up: 3
    for ``xside_gap_three_methods``, 4 for ``three_outside``, 8 for ``stick_sandwich``, ``tasuki_gap`` and
    ``gap_side_by_side_white``, 14 for ``three_black_crows``, else 13. Unit: 1; 100 for a bullish pattern, -100 for a
    bearish one, else 0. Letters are those of `Candles`. All three dojis of ``tristar`` are measured before the first.

    References
    ----------
    TA-Lib 0.6, functions CDL3OUTSIDE, CDL3BLACKCROWS and the others of three candles. Nison, S. (1991). Japanese
    Candlestick Charting Techniques. New York Institute of Finance.

    Examples
    --------
    >>> rows = [[3.0, 3.0, 2.0, 2.0, 3.0, 2.0], [1.0, 4.0, 1.0, 4.0, 4.0, 1.0], [4.0, 5.0, 4.0, 5.0, 5.0, 4.0]]
    >>> rows = [[*row, *[0.5] * 7, run] for row, run in zip(rows, (12.0, 13.0, 14.0))]
    >>> evaluate(ThreeCandles(ThreeCandles.example["candles"]), candles=rows)["three_outside"][-1]
    100.0
    """

    candles: Expr

    outputs: ClassVar = tuple(NEEDED)
    needed: ClassVar = NEEDED
    back: ClassVar = 3
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"candles": EXAMPLE}
    exempt: ClassVar = {"unit": PARTS}
