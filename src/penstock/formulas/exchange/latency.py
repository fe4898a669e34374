"""How long events of a venue took to be received."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import Book, Expr, Quote, Trade, When, columns
from penstock.formulas.exchange.venues import PAIR, Venues, two_of
from penstock.formulas.guards import known
from penstock.formulas.spans import MINUTE
from penstock.ops.asof import AsOf
from penstock.ops.decay.decayed_mean import DecayedMean
from penstock.ops.rolling.rolling_median import RollingMedian
from penstock.ops.time.latency import Latency
from penstock.streams import AnyOf, Stream

Events = Literal["trade", "quote", "book"]
TYPES = {type_.name: type_ for type_ in (Trade, Quote, Book)}


def feed(event: Events, role: str = "") -> Stream:
    """The stream of a kind of events."""
    if event not in TYPES:
        raise DefinitionError(f"event: must be one of {', '.join(TYPES)}, got {event!r}")
    return Stream(TYPES[event], role)


def latency(of: Stream) -> Expr:
    """Milliseconds from the sender's stamp to the receiver's; NaN where the receiver's is not known."""
    return Latency(columns(of.type, of.role).receive)


def feed_latency(*, halflife: Duration = MINUTE, event: Events = "trade") -> Expr:
    r"""Mean time from the venue's stamp to the receiver's, an event counting half after each half-life.

    .. math:: \frac{\sum_i w_i (r_i - \tau_i)}{\sum_i w_i}, \quad w_i = 2^{-(\tau - \tau_i) / h}

    Notes
    -----
    What two clocks say, not an estimate of the way alone: how far they disagree is in it, so that it is below 0 where
    the receiver's is behind. Events count at the venue's time; those whose receipt nobody noted do not count. NaN where
    none did, and so of sources that are ordered by receipt (``order="receive"``), which keep one stamp.
    """
    return DecayedMean(latency(feed(event)), halflife=halflife)


def latency_differential(*, venues: Venues = PAIR, w: int = 100, event: Events = "trade") -> Expr:
    r"""How much longer one venue's events take than another's, the median over their last `w`.

    .. math:: \operatorname{med}_{i > n - w} \left[ (r - \tau)_{a,i} - (r - \tau)_{b,i} \right]

    Notes
    -----
    Of the events of both `venues`: at each of them, the difference of the latest latency of either. Those at which one
    of them is not known do not count. One receiver's clock drops out; how far the venues' own clocks disagree stays,
    and is estimated nowhere here. All differences weigh the same. NaN until `w` of them are known.
    """
    one, two = (feed(event, role) for role in two_of(venues))
    both = AnyOf((one, two))
    apart = AsOf(latency(one), on=both) - AsOf(latency(two), on=both)
    return RollingMedian(AsOf(apart, on=When(known(apart))), window=w)
