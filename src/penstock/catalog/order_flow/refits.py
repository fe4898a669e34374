"""Order flow whose weights are fitted from time to time."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.declare import Feature
from penstock.expr import VIEW, Constant, Expr, When
from penstock.fits import DFA, PIN, SIDES
from penstock.fits.order_flow import component
from penstock.formulas.columns import LEVELS
from penstock.formulas.guards import NOTHING
from penstock.formulas.order_flow.quotes import level_flow
from penstock.formulas.order_flow.signs import Rule, direction, signed
from penstock.formulas.order_flow.volumes import begins_order
from penstock.formulas.sessions import session_clock
from penstock.formulas.spans import TEN_SECONDS
from penstock.ops.asof import AsOf
from penstock.ops.book.depth_sum import DepthSum
from penstock.ops.elapsed import Elapsed
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.not_equal import NotEqual
from penstock.ops.elementwise.where import Where
from penstock.ops.fitted import Fitted
from penstock.ops.group.cell import Cell
from penstock.ops.group.part import Part
from penstock.ops.point_process.hawkes_excitation import HawkesExcitation
from penstock.ops.point_process.hawkes_intensity import HawkesIntensity
from penstock.ops.row.dot import Dot
from penstock.ops.row.stack import Stack
from penstock.ops.window.window_mean import WindowMean
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import Clock, Every

Kernel = Literal["bivariate_exp"]


def normalised_flows(L: int, width: Duration, on: Clock) -> Expr:
    """The order flow imbalance of each level over a window, by the mean size of a level over it."""
    size = WindowMean(DepthSum(LEVELS, depth=L, side="both") / (2.0 * L), width=width, on=on)
    flows: list[Expr] = [
        WindowSum(FillNan(level_flow(level), value=0.0), width=width, on=on) / size
        for level in range(1, L + 1)
    ]
    stacked = flows[0]
    for flow in flows[1:]:
        stacked = Stack(stacked, flow)
    return stacked


def integrated_ofi(
    *, L: int = 10, W: Duration = TEN_SECONDS, window: int = 2_340, refit: int = 2_340
) -> Expr:
    r"""Order flow imbalance of `L` levels along the direction in which they move together.

    .. math:: \frac{w_1^\top \text{ofi}_t}{\lVert w_1 \rVert_1}, \quad
              \text{ofi}^{(l)}_t = \frac{\sum_n e_n^{(l)}}{\frac{1}{2L} \sum_{l \le L} \overline{Q^b_l + Q^a_l}}

    Notes
    -----
    :math:`w_1` is the first principal component of the imbalances of the last `window` slots of `W`, turned so that
    its weights do not add up to less than 0. It is fitted every `refit` slots and used from the next slot on. The row
    refits once a day; slots are counted instead, by default those of a session of six and a half hours.
    """
    weights = Fitted(normalised_flows(L, W, Every(W)), component(L), window=window, every=refit)
    return Dot(normalised_flows(L, W, VIEW), AsOf(weights))


def pin_probability(*, days: int = 60, session: str = "session", sign: Rule = "flag") -> Expr:
    r"""Probability that a trade is informed, by a model of the numbers of bought and sold trades of a session.

    .. math:: \frac{\alpha \mu}{\alpha \mu + \epsilon_b + \epsilon_s}

    Notes
    -----
    A model, not an observation: with probability :math:`\alpha` a session has news, on which informed trades come at
    rate :math:`\mu` on one side. It is fitted at each session's end on the last `days` sessions and used from the end
    of the next one on. A session is a day from 00:00 UTC, or what `session` says, such as ``1d+14h30m``; one without
    trades whose sign is known is none. `sign` is the rule of `signed_volume`.
    """
    clock = session_clock(session)
    if not isinstance(clock, Every):
        raise DefinitionError(f"pin_probability: session must be a period, got {session!r}")
    side, width = direction(sign), clock.hop
    bought = WindowSum(Greater(side, 0.0), width=width, on=clock)
    sold = WindowSum(Less(side, 0.0), width=width, on=clock)
    traded = When(Greater(bought + sold, 0.0))
    counts = Stack(AsOf(bought, on=traded), AsOf(sold, on=traded))
    return Cell(AsOf(Fitted(counts, PIN, window=days, every=1)), cell=0)


def trade_sign_memory_exponent(*, w: int = 5_000, refit: int = 500, sign: Rule = "flag") -> Expr:
    r"""How long the signs of trades are remembered: the exponent of a detrended fluctuation analysis.

    .. math:: F(n) \propto n^\alpha

    Notes
    -----
    1/2 where signs have no memory, above it where one side stays; that of ``nolds.dfa`` with ``fit_exp="poly"``, of the
    last `w` trades whose sign is known. Fitted every `refit` such trades, and used from the next one on.
    """
    return AsOf(Fitted(signed(sign), DFA, window=w, every=refit))


def hawkes_buy_sell_asymmetry(
    *,
    kernel: Kernel = "bivariate_exp",
    window: int = 1_000,
    refit: int = 500,
    sign: Rule = "flag",
) -> Expr:
    r"""Orders expected to buy against orders expected to sell, if each makes others more likely for a while.

    .. math::

        \frac{\lambda^B_t - \lambda^S_t}{\lambda^B_t + \lambda^S_t}, \quad
        \lambda^k_t = \mu_k + \sum_{j \in \{B, S\}} \sum_{t^j_i < t} \alpha_{kj} e^{-\beta (t - t^j_i)}

    Notes
    -----
    A model. Successive trades with one stamp and one side are one order. Its seven parameters are fitted by maximum
    likelihood every `refit` orders on the last `window` of them, and used from the next order on; the row refits once
    an hour. Each gap between orders of a side fades at the decay that was in force at its end, or at its beginning if
    it has not ended yet, and what came before the first fit is forgotten.
    """
    if kernel != "bivariate_exp":
        raise DefinitionError(
            f"hawkes_buy_sell_asymmetry: kernel must be bivariate_exp, got {kernel!r}"
        )
    side, first = direction(sign), begins_order(sign)
    order = AsOf(side, on=When(first * NotEqual(side, 0.0)))
    gap = Elapsed(order)
    gaps = Stack(Where(Greater(order, 0.0), gap, NOTHING), Where(Less(order, 0.0), gap, NOTHING))
    fitted = Fitted(gaps, SIDES, window=window, every=refit)
    rates = AsOf(fitted)
    past: Expr = Constant(
        1.0
    )  # of the base rate; then what is left of what was bought, and of what was sold
    for taken in (Greater(side, 0.0), Less(side, 0.0)):
        clock = When(first * taken)
        decay = AsOf(Cell(fitted, cell=6), on=clock)
        excited = HawkesExcitation(AsOf(side, on=clock), 0.0, 1.0, decay)
        past = Stack(past, FillNan(HawkesIntensity(excited), value=0.0))
    bought, sold = (Dot(past, Part(rates, start=start, size=3)) for start in (0, 3))
    return (bought - sold) / (bought + sold)


FEATURES = (
    Feature(
        "order_flow.integrated_ofi",
        integrated_ofi,
        says="Order flow imbalance of the first L levels along the direction in which they move together.",
        source="Cont-Cucuringu-Zhang 2023",
        oracle="numpy.linalg.svd",
    ),
    Feature(
        "order_flow.pin_probability",
        pin_probability,
        says="Probability that a trade is informed, by a model of the bought and sold trades of sessions.",
        source="Easley-Kiefer-O'Hara-Paperman 1996; EHO 2010",
        oracle="scipy.optimize.minimize",
        range=(0.0, 1.0),
    ),
    Feature(
        "order_flow.trade_sign_memory_exponent",
        trade_sign_memory_exponent,
        says="How long the signs of trades are remembered; one half where they are not.",
        source="Lillo-Farmer 2004; Bouchaud 2004",
        oracle="numpy.polyfit box by box, as nolds.dfa",
        range=(0.0, 1.5),
    ),
    Feature(
        "order_flow.hawkes_buy_sell_asymmetry",
        hawkes_buy_sell_asymmetry,
        says="Orders expected to buy against those to sell, by a fitted process in which each excites both.",
        source="Bacry-Muzy 2014",
        oracle="brute force over orders; the fit by its likelihood",
        range=(-1.0, 1.0),
    ),
)
