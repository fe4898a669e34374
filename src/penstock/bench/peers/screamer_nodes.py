"""100 statistics of one stream in a live pipeline of screamer, value by value from Python."""

import json
import sys

import screamer

from penstock.bench.feed import one_symbol
from penstock.bench.mix import PEER_WINDOWS
from penstock.bench.timing import figures, median, seconds

EVENTS = 1_000
REPEATS = 10
NODES = ("Mean", "Var", "Std", "Skew", "Kurt", "Sum", "Min", "Max", "Median")


def measure() -> dict[str, float]:
    """Nanoseconds a node; the outputs are drained after each repeat and not timed."""
    x = screamer.Input("x")
    outputs = [getattr(screamer, f"Rolling{name}")(w)(x) for w in PEER_WINDOWS for name in NODES]
    outputs += [screamer.EwMean(span=w)(x) for w in PEER_WINDOWS]
    live = screamer.Pipeline([x], outputs, align_outputs=False).live()
    values = one_symbol(2 * EVENTS * (REPEATS + 1))[1].columns["price"].tolist()
    spent = []
    for turn in range(REPEATS + 1):
        part = list(enumerate(values[turn * EVENTS : (turn + 1) * EVENTS], turn * EVENTS))

        def work(part: list[tuple[int, float]] = part) -> None:
            for index, value in part:
                live.push(0, index, value)

        spent.append(seconds(work) / EVENTS)
        live.result()
    return {"ns_per_feature": figures(median(spent[1:]) * 1e9 / len(outputs))}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
