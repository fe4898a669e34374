"""What prices, funding, open interest and options say of the mood, and texts beside them."""

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import BAR, Expr, When, funding, open_interest, option_trade
from penstock.formulas.columns import CLOSE, VOLUME
from penstock.formulas.guards import known, positive, whole
from penstock.formulas.returns import log_change
from penstock.formulas.sentiment.streams import ANY, DAY, FIVE_MINUTES, MOOD, average
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.sign import Sign
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_rank import RollingRank
from penstock.ops.state.last_known import LastKnown
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import Every

CALL, PUT = 1.0, -1.0
PARTS = 5


def zscore(x: Expr, w: int) -> Expr:
    """The value in deviations from the mean of the last `w`, itself one of them; NaN where they are all equal."""
    usual = RollingMoments(x, window=w)
    return (x - usual["mean"]) / positive(usual["std"])


def sentiment_price_divergence(
    *, w: int = 60, W: Duration = FIVE_MINUTES, scorer: str = ANY
) -> Expr:
    r"""How far the mood is above what prices did, in deviations.

    .. math:: z_w(\bar s_W) - z_w\left( \ln(c_t / c_{t-w}) \right)

    Notes
    -----
    Both at bars, against their last `w` values. Where the last `W` has no text the mood is the last one, at most `w`
    bars old.
    """
    mood = LastKnown(average(MOOD.compound, W, scorer, on=BAR), ticks=w)
    moved = log_change(CLOSE, k=w)
    return AsOf(zscore(mood, w) - zscore(moved, w))


def funding_sentiment(*, n: int = 90) -> Expr:
    r"""Rank of the last settled rate among the `n - 1` before it, from -1 to 1.

    .. math:: 2 \frac{|\{f_i < f_t\}| + \frac12 |\{f_i = f_t\}|}{n - 1} - 1

    Notes
    -----
    Longs pay where the rate is above 0, so a high rank is a crowd that is long: a reading of practice.
    """
    return AsOf(RollingRank(funding.rate, window=n) * 2.0 - 1.0)


def open_interest_sentiment(*, w: int = 24) -> Expr:
    r"""How unusually open interest changed, with the sign of the price's move: what is built or unwound.

    .. math:: \operatorname{sgn}(c_t - c_{t-w}) \cdot z_w\left( \ln \frac{\text{OI}_t}{\text{OI}_{t-1}} \right)

    Notes
    -----
    At bars, of contracts. A reading of practice: nobody sees who opened what.
    """
    contracts = AsOf(positive(open_interest.contracts), on=BAR)
    moved = Sign(CLOSE - Lag(CLOSE, ticks=w))
    return AsOf(moved * zscore(log_change(contracts), w))


def fear_greed_composite(
    *,
    weights: str = "equal",
    n: int = 250,
    w: int = 20,
    W: Duration = DAY,
    scorer: str = ANY,
) -> Expr:
    r"""Greed from 0 to 100: the mean rank of momentum, calm, volume, funding and mood.

    .. math:: 100 \sum_k a_k \, \operatorname{rank}_n(x_k), \quad
        x = \left( \ln \frac{c_t}{c_{t-w}}, \; -\sigma_w, \; v_t, \; f_t, \; \bar s_W \right)

    Notes
    -----
    Each at bars, in billionths, ranked among its last `n` values from 0 to 1; equal ones share the middle. NaN while a
    part is unknown: a composite of four is another index. `weights` are ``equal``, or five numbers such as
    ``2/1/1/1/1``. Where the last `W` has no text the mood is the last one, at most `n` bars old. A convention, not an
    estimate.
    """
    parts = (
        whole(log_change(CLOSE, k=w)),
        whole(RollingMoments(log_change(CLOSE), window=w)["std"]) * -1.0,
        VOLUME,
        AsOf(funding.rate, on=BAR),
        whole(LastKnown(average(MOOD.compound, W, scorer, on=BAR), ticks=n)),
    )
    shares = shares_of(weights)
    ranks = [
        RollingRank(part, window=n) * (100.0 * a) for part, a in zip(parts, shares, strict=True)
    ]
    return AsOf(ranks[0] + ranks[1] + ranks[2] + ranks[3] + ranks[4])


def shares_of(weights: str) -> list[float]:
    """Five weights that add up to 1."""
    try:
        found = [1.0] * PARTS if weights == "equal" else [float(x) for x in weights.split("/")]
    except ValueError:
        found = []
    if len(found) != PARTS or min(found) < 0.0 or sum(found) <= 0.0:
        raise DefinitionError(
            f"fear_greed_composite: weights must be equal, or five numbers such as 2/1/1/1/1, got {weights!r}"
        )
    return [x / sum(found) for x in found]


def put_call_sentiment(*, W: Duration = DAY, n: int = 20) -> Expr:
    r"""How unusually much is paid for calls against puts.

    .. math:: -z_n\left( \ln \frac{\sum_W p v \, [\text{put}]}{\sum_W p v \, [\text{call}]} \right)

    Notes
    -----
    Of slots from multiples of `W` on in which both were traded, against the last `n` of them. Who bought to open is not
    known: all trades count.

    References
    ----------
    Pan, J., Poteshman, A. M. (2006). The information in option volume for future stock prices. Review of Financial
    Studies 19(3), 871-908.
    """
    paid = option_trade.price * option_trade.size
    puts, calls = (
        WindowSum(Equal(option_trade.right, of) * paid, width=W, on=Every(W)) for of in (PUT, CALL)
    )
    ratio = Log(positive(puts) / positive(calls))
    traded = AsOf(ratio, on=When(known(ratio)))
    return AsOf(zscore(traded, n) * -1.0)
