"""Patterns of two candles."""

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
    "counterattack": 12, "doji_star": 12, "engulfing": 3, "hammer": 12, "hanging_man": 12, "harami": 12,
    "harami_cross": 12, "homing_pigeon": 12, "in_neck": 12, "inverted_hammer": 12, "kicking": 12,
    "kicking_by_length": 12, "matching_low": 7, "on_neck": 12, "piercing": 12, "separating_lines": 12,
    "shooting_star": 12, "thrusting": 12,
}  # fmt: skip


@jit
def _kernel(
    counterattack: F8,
    doji_star: F8,
    engulfing: F8,
    hammer: F8,
    hanging_man: F8,
    harami: F8,
    harami_cross: F8,
    homing_pigeon: F8,
    in_neck: F8,
    inverted_hammer: F8,
    kicking: F8,
    kicking_by_length: F8,
    matching_low: F8,
    on_neck: F8,
    piercing: F8,
    separating_lines: F8,
    shooting_star: F8,
    thrusting: F8,
    candles: F8,
) -> None:
    for i in range(engulfing.size):
        open1, high1, low1, close1 = prices(candles, i)
        top1, bottom1, body1, upper1, lower1 = shape(candles, i)
        opened, high, low, close = prices(candles, i + 1)
        top, bottom, body, upper, lower = shape(candles, i + 1)
        mean1, small1, few1 = candles[i, LONG], candles[i, SMALL], candles[i, RANGE]
        mean, small, run = candles[i + 1, LONG], candles[i + 1, SMALL], candles[i + 1, RUN]
        known = run >= 12.0
        white1, black1, white, black = (
            close1 >= open1,
            close1 < open1,
            close >= opened,
            close < opened,
        )
        long1, long, cross = body1 > mean1, body > mean, body <= small
        no_top1, no_bottom1 = upper1 < small1, lower1 < small1
        no_top, no_bottom = upper < small, lower < small
        rises, falls = black1 & white, white1 & black  # colours that turn
        equal, near = 0.05 * few1, 0.2 * few1
        over, under = bottom > top1, top < bottom1

        met = long1 & long & (close <= close1 + equal) & (close >= close1 - equal)
        counterattack[i] = signal(known, met & rises, met & falls)
        parted = long & (opened <= open1 + equal) & (opened >= open1 - equal)
        separating_lines[i] = signal(known, parted & rises & no_bottom, parted & falls & no_top)
        matching_low[i] = signal(
            run >= 7.0,
            black1 & black & (close <= close1 + equal) & (close >= close1 - equal),
            False,
        )

        covers = (top >= top1) & (bottom <= bottom1) & ((top > top1) | (bottom < bottom1))
        share = 1.0 if (opened != close1) & (close != open1) else 0.8
        engulfing[i] = share * signal(run >= 3.0, rises & covers, falls & covers)
        inside = (top <= top1) & (bottom >= bottom1) & long1
        part = 1.0 if (top < top1) & (bottom > bottom1) else 0.8
        held = inside & (body <= mean)
        harami[i] = part * signal(known, held & black1, held & white1)
        held = inside & cross
        harami_cross[i] = part * signal(known, held & black1, held & white1)
        pigeon = black1 & black & long1 & (body <= mean) & (opened < open1) & (close > close1)
        homing_pigeon[i] = signal(known, pigeon, False)
        starred = long1 & cross
        doji_star[i] = signal(known, starred & black1 & under, starred & white1 & over)

        short = body < mean
        head = short & (lower > body) & no_top
        hammer[i] = signal(known, head & (bottom <= low1 + near), False)
        hanging_man[i] = signal(known, False, head & (bottom >= high1 - near))
        foot = short & (upper > body) & no_bottom
        inverted_hammer[i] = signal(known, foot & under, False)
        shooting_star[i] = signal(known, False, foot & over)

        both = long1 & no_top1 & no_bottom1 & long & no_top & no_bottom
        up, down = both & rises & (low > high1), both & falls & (high < low1)
        kicking[i] = signal(known, up, down)
        newer = body > body1  # the longer one says which way
        kicking_by_length[i] = signal(
            known, (up & newer) | (down & (not newer)), (down & newer) | (up & (not newer))
        )

        fell = black1 & long1 & white & (opened < low1)
        on_neck[i] = signal(known, False, fell & (close <= low1 + equal) & (close >= low1 - equal))
        in_neck[i] = signal(known, False, fell & (close <= close1 + equal) & (close >= close1))
        half = close1 + body1 * 0.5
        thrusting[i] = signal(known, False, fell & (close > close1 + equal) & (close <= half))
        piercing[i] = signal(known, fell & long & (close < open1) & (close > half), False)


def _patterns(c: Candle, b: Candle) -> dict[str, float]:
    """Each pattern as it is printed; b stands before c."""
    turned, within = b.colour == -c.colour, b.bottom <= c.bottom and c.top <= b.top
    part = 100.0 if b.bottom < c.bottom and c.top < b.top else 80.0
    wraps = c.bottom <= b.bottom and b.top <= c.top and c.body > b.body
    whole = 100.0 if c.open != b.close and c.close != b.open else 80.0
    star = above(c, b) if b.white else below(c, b)
    bare = all((b.is_long, b.bare_top, b.bare_bottom, c.is_long, c.bare_top, c.bare_bottom))
    gap = c.low > b.high if c.white else c.high < b.low
    kicks = turned and bare and gap
    longer = c if c.body > b.body else b
    neck = b.black and b.is_long and c.white and c.open < b.low
    half = b.close + b.body * 0.5
    return {
        "counterattack": 100.0
        * c.colour
        * (turned and b.is_long and c.is_long and b.equals(c.close, b.close)),
        "doji_star": -100.0 * b.colour * (b.is_long and c.is_doji and star),
        "engulfing": whole * c.colour * (turned and wraps),
        "hammer": 100.0
        * (c.is_short and c.lower > c.body and c.bare_top and c.bottom <= b.low + b.near),
        "hanging_man": -100.0
        * (c.is_short and c.lower > c.body and c.bare_top and c.bottom >= b.high - b.near),
        "harami": -part * b.colour * (b.is_long and c.body <= c.long and within),
        "harami_cross": -part * b.colour * (b.is_long and c.is_doji and within),
        "homing_pigeon": 100.0
        * (b.black and c.black and b.is_long and c.body <= c.long)
        * (c.open < b.open and c.close > b.close),
        "in_neck": -100.0 * (neck and b.close <= c.close and b.equals(c.close, b.close)),
        "inverted_hammer": 100.0
        * (c.is_short and c.upper > c.body and c.bare_bottom and below(c, b)),
        "kicking": 100.0 * c.colour * kicks,
        "kicking_by_length": 100.0 * longer.colour * kicks,
        "matching_low": 100.0 * (b.black and c.black and b.equals(c.close, b.close)),
        "on_neck": -100.0 * (neck and b.equals(c.close, b.low)),
        "piercing": 100.0 * (neck and c.is_long and half < c.close < b.open),
        "separating_lines": 100.0
        * c.colour
        * (turned and c.is_long and b.equals(c.open, b.open))
        * (c.bare_bottom if c.white else c.bare_top),
        "shooting_star": -100.0
        * (c.is_short and c.upper > c.body and c.bare_bottom and above(c, b)),
        "thrusting": -100.0 * (neck and b.close + 0.05 * b.range < c.close <= half),
    }


def _oracle(candles: F8) -> dict[str, F8]:
    return told(candles, 2, NEEDED, _patterns)


@dataclass(frozen=True, eq=False, repr=False)
class TwoCandles(Patterns):
    r"""Patterns of two candles: engulfing, harami, stars, hammers, necks, kicking and their kin.

    .. math::
        \text{engulfing}_t = \pm 100 \cdot 1\{[o_{t-1}, c_{t-1}] \subset [o_t, c_t]\}, \quad
        \text{harami}_t = \mp 100 \cdot 1\{[o_t, c_t] \subset [o_{t-1}, c_{t-1}],
        b_{t-1} > \bar b_{t-1}, b_t \le \bar b_t\}, \dots

    Notes
    -----
    Seed: none. NaN: until as many whole candles in a row are known as the pattern and its averages need. Warm-up: 3
    for ``engulfing``, 7 for ``matching_low``, else 12. Unit: 1; 100 for a bullish pattern, -100 for a bearish one,
    80 where one end of the bodies is equal, else 0. Letters are those of `Candles`.

    References
    ----------
    TA-Lib 0.6, functions CDLENGULFING, CDLHARAMI and the others of two candles. Nison, S. (1991). Japanese
    Candlestick Charting Techniques. New York Institute of Finance.

    Examples
    --------
    >>> first = [3.0, 3.0, 2.0, 2.0, 3.0, 2.0, 1.0, 0.0, 0.0, 1.0, 0.1, 0.5, 1.0, 11.0]
    >>> second = [1.0, 4.0, 1.0, 4.0, 4.0, 1.0, 3.0, 0.0, 0.0, 1.0, 0.1, 0.5, 1.0, 12.0]
    >>> evaluate(TwoCandles(TwoCandles.example["candles"]), candles=[first, second])["engulfing"]
    [0.0, 100.0]
    """

    candles: Expr

    outputs: ClassVar = tuple(NEEDED)
    needed: ClassVar = NEEDED
    back: ClassVar = 1
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"candles": EXAMPLE}
    exempt: ClassVar = {"unit": PARTS}
