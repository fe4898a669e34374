"""The look-ahead harness: it finds those who cheat, and nobody else."""

from dataclasses import dataclass

import pytest
from tests.engine import feeds
from tests.jobs.cheats import AboveMean, Chance, Fair, NextValue, SinceBlock

import penstock as ps
from penstock.catalog import FEATURES
from penstock.core import native
from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType, Field
from penstock.events import Block
from penstock.events.source import Source
from penstock.expr import BOOK, Column
from penstock.jobs.lookahead import check_lookahead
from penstock.ops import AsOf, Ema, Level, RollingMedian, WindowMax, WindowSum
from penstock.streams import Stream

MARKET = feeds.Memory(feeds.market(400, keys=2, seed=8), (("A",), ("B",)))
PRICE, SIZE = ps.trade.price, ps.trade.size
BID = Level(Column(BOOK, "levels"), level=0, field="bid_price")


def checks(report) -> set[tuple[str, str]]:
    return {(finding.check, finding.column) for finding in report.findings}


@pytest.mark.parametrize("on", ["trade", "any(trade,book)", "every:1s", "volume:200"])
def test_honest_views_pass(on):
    columns = {
        "ema": AsOf(Ema(PRICE, 4.0)),
        "median": AsOf(RollingMedian(PRICE, 5)),
        "bid": AsOf(BID),
        "before": AsOf(Fair(PRICE)),
    }
    if on.startswith(("every", "any")):
        columns |= {"sum": WindowSum(SIZE, "3s"), "high": WindowMax(PRICE, "9s")}
    report = check_lookahead(ps.View("fair", columns, on=on), MARKET, cuts=6)
    assert report, str(report)
    assert (report.events, report.cuts) == (400, 6)
    assert report.rows > 20
    assert str(report).startswith("fair: no look-ahead in")


def test_an_operator_that_reads_ahead_is_found():
    view = ps.View(
        "peek", {"fair": Ema(PRICE, 4.0), "next": Ema(NextValue(PRICE), 4.0)}, on="trade"
    )
    report = check_lookahead(view, MARKET)
    assert not report
    assert checks(report) == {(check, "next") for check in ("cut", "future", "blocks")}
    finding = next(f for f in report.findings if f.check == "cut")
    # the first row that a cut changed, with both values: the fair one is there too
    frame = ps.run(view, MARKET)
    row = frame.filter((frame["symbol"] == finding.key[0]) & (frame["ts"] == finding.ts))
    assert finding.wanted in row["next"].to_list()
    assert finding.got not in row["next"].to_list()
    assert "next (" in str(report)
    assert "without what comes after" in str(finding)


def test_an_operator_that_depends_on_its_block_is_found():
    report = check_lookahead(ps.View("block", {"x": SinceBlock(SIZE)}, on="trade"), MARKET)
    # the past alone is one block too, so that cuts find nothing
    assert checks(report) == {("blocks", "x")}
    report = check_lookahead(ps.View("mean", {"x": AboveMean(SIZE)}, on="trade"), MARKET)
    assert checks(report) == {("blocks", "x"), ("cut", "x"), ("future", "x")}


@pytest.mark.skipif(not native.available(), reason="interpreted code has no such generator")
def test_an_operator_of_chance_is_found():
    report = check_lookahead(ps.View("chance", {"x": Chance(SIZE)}, on="trade"), MARKET, cuts=2)
    assert ("again", "x") in checks(report)


def test_a_feature_a_request_and_an_expression_get_a_clock_that_fits():
    (feature,) = (f for f in FEATURES if f.name == "price.log_return")
    assert check_lookahead(feature, MARKET, cuts=2).rows > 0
    assert check_lookahead("volume.volume", MARKET, cuts=2).rows > 0
    assert check_lookahead(Ema(PRICE, 4.0), MARKET, cuts=2).rows > 100
    assert not check_lookahead(NextValue(PRICE), MARKET, cuts=2)
    with pytest.raises(DefinitionError, match="a cut and two events are needed, got 0, 20000"):
        check_lookahead("volume.volume", MARKET, cuts=0)


SCORE = EventType("score", "What somebody thinks of a trade.", (Field("value", "1"),))


@dataclass(frozen=True)
class Scores:
    """A source derived from another one; an honest one stamps its events later by the latency that it declares."""

    source: Source
    latency: int
    honest: bool
    name: str = "scores"
    types: tuple[EventType, ...] = (SCORE,)

    def content_hash(self):
        return "0" * 64

    def chunks(self, keys, quarantine):
        for trades_, *_ in self.source.chunks(keys, quarantine):
            time = trades_.columns["time"] + (self.latency if self.honest else 0)
            columns = trades_.columns
            yield (Block.of(SCORE, time=time, key=columns["key"], value=columns["size"] ** 2),)


@pytest.mark.parametrize("honest", [True, False])
def test_derived_events_carry_their_declared_latency(honest):
    score = Column(Stream(SCORE), "value")
    source = Scores(MARKET, 2 * feeds.SECOND, honest)
    report = check_lookahead(ps.View("scored", {"x": Ema(score, 4.0)}, on=Stream(SCORE)), source)
    assert bool(report) == honest
    assert checks(report) == (set() if honest else {("latency", "scores.value")})
    if not honest:
        assert "the declared latency is 2000000000 ns" in str(report)


def test_a_view_of_a_view_under_other_keys_passes():
    inner = ps.View("inner", {"size": SIZE, "side": ps.trade.side + 2.0}, on="trade")
    moved = ps.Rekey(inner, MARKET, by=("side",), latency="500ms")
    stream = Stream(moved.type)
    outer = ps.View("outer", {"x": Ema(Column(stream, "size"), 4.0)}, key="side", on=stream)
    report = check_lookahead(outer, moved, cuts=4)
    assert report, str(report)
