"""The catalogue's features that TA-Lib has as functions, over arrays."""

import json
import sys

import talib

from penstock.bench.peers.measure import batch, series

OHLC = ("open", "high", "low", "close")
HLC = OHLC[1:]
HL = OHLC[1:3]
BODY = ("open", "close")
CLOSE = ("close",)
# the feature, TA-Lib's function, its inputs, its parameters where they are not the function's defaults
HAVE: dict[str, tuple[str, tuple[str, ...], dict[str, float]]] = {
    "price.typical_price": ("TYPPRICE", HLC, {}),
    "price.true_range": ("TRANGE", HLC, {}),
    "volume.on_balance_volume": ("OBV", ("close", "volume"), {}),
    "volume.accumulation_distribution": ("AD", (*HLC, "volume"), {}),
    "volume.money_flow_index": ("MFI", (*HLC, "volume"), {}),
    "indicators.momentum": ("MOM", CLOSE, {}),
    "indicators.rate_of_change": ("ROC", CLOSE, {}),
    "indicators.trix": ("TRIX", CLOSE, {"timeperiod": 15}),
    "indicators.tsi": ("TSI", CLOSE, {}),
    "indicators.coppock_curve": ("COPPOCK", CLOSE, {}),
    "indicators.detrended_price_oscillator": ("DPO", CLOSE, {}),
    "indicators.qstick": ("QSTICK", BODY, {}),
    "indicators.forecast_oscillator": ("FOSC", CLOSE, {"timeperiod": 14}),
    "indicators.efficiency_ratio": ("ER", CLOSE, {}),
    "indicators.rsi": ("RSI", CLOSE, {}),
    "indicators.cmo": ("CMOU", CLOSE, {}),
    "indicators.intraday_momentum_index": ("IMI", BODY, {}),
    "indicators.relative_volatility_index": ("RVI", CLOSE, {}),
    "indicators.stochastic_fast_k": ("STOCHF", HLC, {"fastk_period": 14, "fastd_period": 1}),
    "indicators.stochastic_slow_d": ("STOCH", HLC, {"fastk_period": 14}),
    "indicators.stochastic_rsi": ("STOCHRSI", CLOSE, {"fastk_period": 14, "fastd_period": 1}),
    "indicators.kdj_j": ("KDJ", HLC, {}),
    "indicators.williams_r": ("WILLR", HLC, {}),
    "indicators.stochastic_momentum_index": ("SMI", HLC, {}),
    "indicators.cci": ("CCI", HLC, {"timeperiod": 20}),
    "indicators.awesome_oscillator": ("AO", HL, {}),
    "indicators.accelerator_oscillator": ("AC", HL, {}),
    "indicators.ultimate_oscillator": ("ULTOSC", HLC, {}),
    "indicators.elder_bull_power": ("ERI", HLC, {}),
    "indicators.balance_of_power": ("BOP", OHLC, {}),
    "indicators.ichimoku_tenkan": ("MIDPRICE", HL, {"timeperiod": 9}),
    "indicators.ichimoku_kijun": ("MIDPRICE", HL, {"timeperiod": 26}),
}


def measure() -> dict[str, float]:
    """Nanoseconds of a row of each."""
    data, found = series(), {}
    for feature, (name, inputs, parameters) in HAVE.items():
        function, columns = getattr(talib, name), [data[column] for column in inputs]
        found[feature] = batch(lambda f=function, c=columns, p=parameters: f(*c, **p))
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
