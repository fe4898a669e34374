"""Operators, one a file: kernel, oracle, registers, warm-up, unit, version.

What is imported here is an operator of the library: a new one is a file and a line.
"""

# pyright: reportUnusedImport=false

from penstock.expr import Add, Divide, Multiply, Operator, Subtract
from penstock.ops.asof import AsOf
from penstock.ops.book.book_entropy import BookEntropy
from penstock.ops.book.book_slope import BookSlope
from penstock.ops.book.depth_imbalance import DepthImbalance
from penstock.ops.book.depth_sum import DepthSum
from penstock.ops.book.depth_weighted_mid import DepthWeightedMid
from penstock.ops.book.depth_within import DepthWithin
from penstock.ops.book.distance_weighted_imbalance import DistanceWeightedImbalance
from penstock.ops.book.level import Level
from penstock.ops.book.microprice_adjustment import MicropriceAdjustment
from penstock.ops.book.order_flow_imbalance import OrderFlowImbalance
from penstock.ops.book.round_trip_cost import RoundTripCost
from penstock.ops.book.top_of_book import TopOfBook
from penstock.ops.clock.delayed import Delayed
from penstock.ops.decay.decayed_mean import DecayedMean
from penstock.ops.decay.decayed_rate import DecayedRate
from penstock.ops.decay.decayed_sum import DecayedSum
from penstock.ops.decay.faded import Faded
from penstock.ops.elapsed import Elapsed
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.acos import Acos
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.asin import Asin
from penstock.ops.elementwise.asinh import Asinh
from penstock.ops.elementwise.atan import Atan
from penstock.ops.elementwise.atan2 import Atan2
from penstock.ops.elementwise.atanh import Atanh
from penstock.ops.elementwise.cbrt import Cbrt
from penstock.ops.elementwise.ceil import Ceil
from penstock.ops.elementwise.clip import Clip
from penstock.ops.elementwise.cos import Cos
from penstock.ops.elementwise.cosh import Cosh
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.erf import Erf
from penstock.ops.elementwise.exp import Exp
from penstock.ops.elementwise.exp2 import Exp2
from penstock.ops.elementwise.expm1 import Expm1
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.floor import Floor
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.hypot import Hypot
from penstock.ops.elementwise.is_finite import IsFinite
from penstock.ops.elementwise.is_nan import IsNan
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.log1p import Log1p
from penstock.ops.elementwise.log2 import Log2
from penstock.ops.elementwise.log10 import Log10
from penstock.ops.elementwise.logistic import Logistic
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.modulo import Modulo
from penstock.ops.elementwise.normal_cdf import NormalCdf
from penstock.ops.elementwise.normal_quantile import NormalQuantile
from penstock.ops.elementwise.not_ import Not
from penstock.ops.elementwise.not_equal import NotEqual
from penstock.ops.elementwise.or_ import Or
from penstock.ops.elementwise.power import Power
from penstock.ops.elementwise.round_half_even import RoundHalfEven
from penstock.ops.elementwise.same import Same
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.sin import Sin
from penstock.ops.elementwise.sinh import Sinh
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.elementwise.tan import Tan
from penstock.ops.elementwise.tanh import Tanh
from penstock.ops.elementwise.trunc import Trunc
from penstock.ops.elementwise.where import Where
from penstock.ops.elementwise.wrap import Wrap
from penstock.ops.elementwise.xor import Xor
from penstock.ops.ema import Ema
from penstock.ops.expanding.ew_moments import EwMoments
from penstock.ops.expanding.expanding_moments import ExpandingMoments
from penstock.ops.expanding.reservoir_median import ReservoirMedian
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.expanding.t_digest import TDigest
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.fitted import Fitted
from penstock.ops.group.cell import Cell
from penstock.ops.group.correlation_matrix import CorrelationMatrix
from penstock.ops.lag import Lag
from penstock.ops.pane.pane_moments import PaneMoments
from penstock.ops.pane.pane_ohlc import PaneOhlc
from penstock.ops.pane.pane_sum import PaneSum
from penstock.ops.pane.pane_vwap import PaneVwap
from penstock.ops.point_process.hawkes_excitation import HawkesExcitation
from penstock.ops.point_process.hawkes_intensity import HawkesIntensity
from penstock.ops.rolling.rolling_arg_max import RollingArgMax
from penstock.ops.rolling.rolling_arg_min import RollingArgMin
from penstock.ops.rolling.rolling_autocorrelation import RollingAutocorrelation
from penstock.ops.rolling.rolling_bin_entropy import RollingBinEntropy
from penstock.ops.rolling.rolling_distinct import RollingDistinct
from penstock.ops.rolling.rolling_mad import RollingMad
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_mean_abs_dev import RollingMeanAbsDev
from penstock.ops.rolling.rolling_median import RollingMedian
from penstock.ops.rolling.rolling_min import RollingMin
from penstock.ops.rolling.rolling_mode_share import RollingModeShare
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_ordinal import RollingOrdinal
from penstock.ops.rolling.rolling_quantile import RollingQuantile
from penstock.ops.rolling.rolling_rank import RollingRank
from penstock.ops.rolling.rolling_rank_correlation import RollingRankCorrelation
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.rolling.rolling_tail import RollingTail
from penstock.ops.rolling.rolling_trend import RollingTrend
from penstock.ops.rolling.rolling_trimmed_mean import RollingTrimmedMean
from penstock.ops.rolling.rolling_weighted_mean import RollingWeightedMean
from penstock.ops.session.completed import Completed
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.session.first_since import FirstSince
from penstock.ops.session.ohlcv import Ohlcv
from penstock.ops.signs import SIGNS
from penstock.ops.state.hysteresis import Hysteresis
from penstock.ops.state.run_length import RunLength
from penstock.ops.state.slot_sum import SlotSum
from penstock.ops.state.threshold import Threshold
from penstock.ops.volatility.garch_volatility import GarchVolatility
from penstock.ops.window.window_count import WindowCount
from penstock.ops.window.window_max import WindowMax
from penstock.ops.window.window_mean import WindowMean
from penstock.ops.window.window_min import WindowMin
from penstock.ops.window.window_moments import WindowMoments
from penstock.ops.window.window_sum import WindowSum
from penstock.ops.window.window_time_mean import WindowTimeMean
from penstock.ops.window.window_vwap import WindowVwap

OPERATORS: tuple[type[Operator], ...] = tuple(
    sorted(
        (x for x in vars().copy().values() if isinstance(x, type) and x is not Operator),
        key=lambda cls: cls.__name__,
    )
)
