"""Japanese candlesticks: a candle with what came before it, and the patterns that candles make."""
