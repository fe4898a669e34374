"""How exact screamer is."""

import screamer

from penstock.bench.exact import WINDOW
from penstock.bench.peers.errors import Calls, tell

CALLS: Calls = {
    "mean": lambda s: screamer.RollingMean(WINDOW)(s.x),
    "sum": lambda s: screamer.RollingSum(WINDOW)(s.x),
    "std": lambda s: screamer.RollingStd(WINDOW)(s.x),
    "skew": lambda s: screamer.RollingSkew(WINDOW)(s.x),
    "kurtosis": lambda s: screamer.RollingKurt(WINDOW)(s.x),
    "correlation": lambda s: screamer.RollingCorr(WINDOW)(s.x, s.y),
}

if __name__ == "__main__":
    tell(CALLS)
