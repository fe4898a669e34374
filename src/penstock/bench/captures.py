"""Captures of an exchange: from the file to books, stage by stage, and a book in Python beside it.

Some captures are made of a seed, in the form and the proportions of Binance's: per message of depth some levels near
the best, ten best bids and asks and three trades. Recorded ones are measured where they are there.
"""

import gzip
import random
from pathlib import Path
from typing import Any

from penstock.bench.child import child
from penstock.bench.timing import figures, median, repeated, wall_seconds
from penstock.events import Depth, Keys, Quarantine
from penstock.events.books.depth_books import DepthBooks
from penstock.events.readers import CaptureSource, with_books
from penstock.events.readers.pieces import pieces

TARGET = 500_000  # messages of depth a second, from the message to the book
START = 1_723_161_255_000_000_000
# five minutes of Binance's futures and spot; they stand beside a checkout and not in it
RECORDED = tuple(
    Path(__file__).resolve().parents[4] / "shared/data/crypto_l2" / name
    for name in ("usdm_btcusdt_20240808.gz", "spot_btcusdt_20240808.gz")
)
LEVELS = (4, 20)  # changed by a message: what Bybit sends on average, and Binance every 0.1 s
Result = dict[str, Any]


def write_capture(path: Path, messages: int, levels: int) -> None:
    """Write a capture with so many messages of depth of about so many levels."""
    draw = random.Random(7)  # noqa: S311  (a market, no secret)
    stamp, at = START, 60_000.0
    with gzip.open(path, "wt", compresslevel=6) as file:
        sides = [
            [[f"{at + sign * (i + 1) / 10:.2f}", "1.5"] for i in range(1_000)] for sign in (-1, 1)
        ]
        bids, asks = (str(side).replace("'", '"').replace(" ", "") for side in sides)
        file.write(f'{stamp} {{"lastUpdateId":0,"T":1,"bids":{bids},"asks":{asks}}}\n')
        for number in range(1, messages + 1):
            stamp += 50_000_000
            move = draw.choice((-1, 0, 1))
            at += move / 10
            ticks = f"{stamp} " + '{"stream":"btcusdt@'
            ms = stamp // 1_000_000
            bid, ask = f"{at - 0.1:.2f}", f"{at + 0.1:.2f}"
            changes = [_side(draw, at, sign, levels, passed=move == sign) for sign in (-1, 1)]
            file.write(
                f'{ticks}depth@0ms","data":{{"e":"depthUpdate","E":{ms},"T":{ms},"s":"BTCUSDT","U":{number},'
                f'"u":{number},"pu":{number - 1},"b":{changes[0]},"a":{changes[1]}}}}}\n'
            )
            for _ in range(10):
                file.write(
                    f'{ticks}bookTicker","data":{{"e":"bookTicker","u":{number},"s":"BTCUSDT","b":"{bid}",'
                    f'"B":"1.234","a":"{ask}","A":"2.345","T":{ms},"E":{ms}}}}}\n'
                )
            for _ in range(3):
                file.write(
                    f'{ticks}trade","data":{{"e":"trade","E":{ms},"T":{ms},"s":"BTCUSDT","t":{number},'
                    f'"p":"{ask}","q":"0.010","X":"MARKET","m":false}}}}\n'
                )


def _side(draw: random.Random, at: float, sign: int, levels: int, *, passed: bool) -> str:
    """Levels of one side that changed, most near the best; some are taken out, and one that was passed."""
    distances = sorted({1 + int(draw.expovariate(1 / 60)) for _ in range(levels // 2)})
    parts = [
        f'["{at + sign * distance / 10:.2f}","{draw.choice((0.0, 0.5, 1.25)):.3f}"]'
        for distance in distances
    ]
    if passed:
        parts.insert(0, f'["{at:.2f}","0.000"]')
    return f"[{','.join(parts)}]"


def captures(folder: Path, messages: int, repeats: int) -> list[Result]:
    """The cases of captures."""
    found: list[Result] = []
    for levels in LEVELS:
        path = folder / f"capture-{levels}.gz"
        write_capture(path, messages, levels)
        found.append(of_capture(path, f"depth to book, {levels} levels a message", repeats))
    return found


def recordings(repeats: int, paths: tuple[Path, ...] = RECORDED) -> list[Result]:
    """The same of the recorded captures that are there."""
    return [
        of_capture(path, f"depth to book, {path.name}", repeats) for path in paths if path.is_file()
    ]


def of_capture(path: Path, case: str, repeats: int) -> Result:
    """Seconds and rates of each stage of a capture, and of a peer's book on the same messages."""
    source, aside = CaptureSource(path), Quarantine()
    place = source.types.index(Depth)
    blocks = [chunk[place] for chunk in source.chunks(Keys(), aside)]
    lines = aside.read[source.name]
    levels = sum(map(len, blocks))
    messages = sum(int((block.columns["flags"] & 128 != 0).sum()) for block in blocks)

    def unpack() -> None:
        for _ in pieces(path):
            pass

    def parse() -> None:
        for _ in source.chunks(Keys(), Quarantine()):
            pass

    def build() -> None:
        books, quarantine = DepthBooks(), Quarantine()
        for block in blocks:
            books.apply(block, quarantine)

    def whole() -> None:
        for _ in with_books(source).chunks(Keys(), Quarantine()):
            pass

    stages = {"unpack": unpack, "unpack and parse": parse, "whole": whole}
    whole()  # compiles
    spent = {
        name: median([wall_seconds(work) for _ in range(repeats)]) for name, work in stages.items()
    } | {"build": repeated(build, 3 * repeats)}  # of one thread: by its processor time, as the peer
    return {
        "case": case,
        "lines": lines,
        "bad_lines": aside.total,
        "messages": messages,
        "levels": levels,
        "messages_to_book_per_s": figures(messages / spent["build"]),
        "ns_per_level": figures(1e9 * spent["build"] / levels),
        "target_messages_per_s": TARGET,
        "file_to_book_lines_per_s": figures(lines / spent["whole"]),
        "seconds": {name: figures(seconds) for name, seconds in spent.items()},
        "peers": child("peers.python_depth", str(path)),
    }
