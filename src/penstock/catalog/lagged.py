"""Values from before, and how much the present depends on them."""

from penstock.declare import Feature
from penstock.formulas import lags

INFINITY = float("inf")

FEATURES = (
    Feature(
        "lagged.lag_value",
        lags.lag_value,
        says="The value of k ticks ago.",
        source="definition",
        oracle="pandas.Series.shift",
    ),
    Feature(
        "lagged.lag_vector",
        lags.lag_vector,
        says="One cell of the vector of the last K values.",
        source="Takens 1981",
        oracle="statsmodels.tsa.tsatools.lagmat",
    ),
    Feature(
        "lagged.seasonal_lag_value",
        lags.seasonal_lag_value,
        says="The value at the same time one period earlier.",
        source="seasonal naive; Hyndman-Athanasopoulos",
        oracle="pandas",
    ),
    Feature(
        "lagged.autocorrelation",
        lags.autocorrelation,
        says="Autocorrelation of returns at lag k.",
        source="Box-Jenkins 1970",
        oracle="statsmodels.tsa.stattools.acf",
        range=(-1.0, 1.0),
    ),
    Feature(
        "lagged.partial_autocorrelation",
        lags.partial_autocorrelation,
        says="Partial autocorrelation of returns at lag k.",
        source="Durbin 1960",
        oracle="statsmodels.tsa.stattools.pacf",
        range=(-1.0, 1.0),
    ),
    Feature(
        "lagged.autocovariance",
        lags.autocovariance,
        says="Autocovariance of returns at lag k.",
        source="Box-Jenkins 1970",
        oracle="statsmodels.tsa.stattools.acovf",
    ),
    Feature(
        "lagged.decorrelation_time",
        lags.decorrelation_time,
        says="First lag at which the autocorrelation of closes is below 1/e.",
        source="definition",
        oracle="statsmodels.tsa.stattools.acf",
    ),
    Feature(
        "lagged.absolute_acf_sum",
        lags.absolute_acf_sum,
        says="Sum of the sizes of the autocorrelations of absolute returns.",
        source="Ding-Granger-Engle 1993",
        oracle="statsmodels.tsa.stattools.acf",
    ),
    Feature(
        "lagged.ar_coefficient",
        lags.ar_coefficient,
        says="First coefficient of an autoregression of returns.",
        source="Yule 1927",
        oracle="statsmodels.tsa.ar_model.AutoReg",
    ),
    Feature(
        "lagged.ar_forecast",
        lags.ar_forecast,
        says="Forecast of the next return by an autoregression.",
        source="Yule 1927",
        oracle="statsmodels.tsa.ar_model.AutoReg",
    ),
    Feature(
        "lagged.optimal_ar_order",
        lags.optimal_ar_order,
        says="Order of the autoregression of returns with the least information criterion.",
        source="Schwarz 1978",
        oracle="statsmodels.tsa.ar_model.ar_select_order",
    ),
    Feature(
        "lagged.sign_persistence",
        lags.sign_persistence,
        says="Share of returns with the sign of the one before.",
        source="Cowles-Jones 1937",
        oracle="pandas",
        range=(0.0, 1.0),
    ),
    Feature(
        "lagged.cowles_jones_ratio",
        lags.cowles_jones_ratio,
        says="Sequences of returns of one sign against reversals.",
        source="Cowles-Jones 1937",
        oracle="pandas",
        range=(0.0, INFINITY),
    ),
    Feature(
        "lagged.best_lag_by_mutual_information",
        lags.best_lag_by_mutual_information,
        says="First minimum over lags of the mutual information of closes.",
        source="Fraser-Swinney 1986",
        oracle="numpy.histogram2d",
    ),
    Feature(
        "lagged.exponential_lag_sum",
        lags.exponential_lag_sum,
        says="Sum of all values with weights that halve every few ticks.",
        source="Koyck 1954",
        oracle="scipy.signal.lfilter",
    ),
)
