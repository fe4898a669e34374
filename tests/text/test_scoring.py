"""Scores as events: of history and of a live feed, the same bits; nothing waits, nothing vanishes."""

import asyncio
import threading
import time
from collections import Counter

import numpy as np
import pytest
from tests.engine.feeds import Memory
from tests.text import data

import penstock as ps
from penstock.core.errors import DataError, DefinitionError
from penstock.events import Block, Event, Keys, Quarantine, Sentiment, Text, Trade
from penstock.events.texts import Texts, text_id
from penstock.expr import columns
from penstock.ops import AsOf, WindowMean
from penstock.text import Cleaning, Score, Scored, ScoredFeed, Scoring, WordScorer

SECOND, START = data.SECOND, data.START
WORDS = [
    "Profits rise #up",
    "@jane",
    "Losses 🚀",
    "rates rise",
    "rates rise",
    "",
    "no gain, no loss",
]


def told(n=40, gap=SECOND, size=7):
    words = [WORDS[i % len(WORDS)] + (f" {i}" if i % 3 == 0 else "") for i in range(n)]
    return data.Told(words, START + np.arange(n) * gap, size)


def all_of(scored):
    blocks = [block for (block,) in scored.chunks(Keys(), Quarantine(policy="stop"))]
    return {name: np.concatenate([b.columns[name] for b in blocks]) for name in blocks[0].columns}


def bits(columns):
    return {name: column.tobytes() for name, column in columns.items()}


def test_a_score_stands_at_its_text_and_the_declared_latency():
    source = told()
    found = all_of(Scored(source, Scoring(WordScorer(), latency="250ms", novelty="10s")))
    assert (found["time"] == source.time + 250_000_000).all()
    assert (found["published"] == source.time).all()
    assert set(found["scorer"].tolist()) == {text_id("finance-words")}
    cleaned = [Cleaning().clean(text) for text in source.words]
    assert found["characters"].tolist() == [len(text) for text in cleaned]
    expected = [score.compound for score in WordScorer().score(cleaned)]
    np.testing.assert_array_equal(found["compound"], expected)


def test_a_text_without_a_score_is_counted_by_its_reason():
    source = told(14)
    scored = Scored(source, Scoring(WordScorer()))
    found = all_of(scored)
    blank = [not Cleaning().clean(text) for text in source.words]
    assert scored.reasons == Counter(
        {"empty": sum(blank), "no words": int(np.isnan(found["compound"]).sum()) - sum(blank)}
    )


def test_cuts_into_chunks_change_no_bit():
    wanted = bits(all_of(Scored(told(size=1), Scoring(WordScorer(), novelty="9s"))))
    for size, memory in ((2, 1), (7, 3), (40, 1 << 16)):
        scoring = Scoring(WordScorer(), novelty="9s", memory=memory)
        assert bits(all_of(Scored(told(size=size), scoring))) == wanted


class Broken:
    """A scorer that cannot bear some words, and has no number for others."""

    name, limit = "broken", 512.0

    def identity(self):
        return "broken"

    def score(self, texts):
        if any("rates" in text for text in texts):
            raise ValueError(texts)
        return [Score(0.2, 0.3, 0.5, float("nan") if "no" in text else -0.1) for text in texts]


def test_a_scorer_that_fails_at_a_text_scores_the_others():
    scored = Scored(told(14), Scoring(Broken()))
    found = all_of(scored)
    assert scored.reasons["failed: ValueError"] == 4
    assert scored.reasons["not finite"] == 2
    assert np.isfinite(found["compound"]).sum() == 14 - sum(scored.reasons.values())
    assert (found["limit"] == 512.0).all()


def test_words_that_are_not_held_any_more_give_no_score():
    texts = Texts(room=8)
    block = data.block(["Profits rise", "Losses fall"], START + np.arange(2), texts)
    scoring = Scoring(WordScorer())
    made = scoring.scored(block, texts)
    assert np.isnan(made.columns["compound"]).tolist() == [True, False]
    assert scoring.reasons == {"words not held": 1}


def test_a_source_must_hold_words_and_a_latency_is_not_negative():
    with pytest.raises(DefinitionError, match="a source of texts that holds their words"):
        Scored(
            Memory((Block.of(Trade, time=[1], price=[1.0], size=[1.0], side=[1]),)),
            Scoring(WordScorer()),
        )
    with pytest.raises(DefinitionError, match="latency must not be negative"):
        Scoring(WordScorer(), latency=-1)


def test_the_hash_of_a_source_has_all_that_scores_depend_on():
    hashes = {
        Scored(told(), scoring).content_hash()
        for scoring in (
            Scoring(WordScorer()),
            Scoring(WordScorer(["good"], [])),
            Scoring(WordScorer(), latency="1s"),
            Scoring(WordScorer(), cleaning=Cleaning(emoji="drop")),
            Scoring(WordScorer(), novelty="1h"),
        )
    }
    assert len(hashes) == 5


# --- live


def trades(n=200, gap=SECOND // 5):
    return Block.of(
        Trade,
        time=START + np.arange(n) * gap,
        price=np.arange(n) + 1.0,
        size=np.ones(n),
        side=np.ones(n, np.int64),
    )


def feed_of(source, market):
    """Trades and texts in the order of time, texts after trades of their time."""
    (texts,) = zip(*source.chunks(Keys(), Quarantine()), strict=True)
    events = [event for block in (market, *texts) for event in block]
    return sorted(events, key=lambda event: (event["time"], event.type is Text))


def view():
    mood = columns(Sentiment)
    return ps.View(
        "mood",
        {
            "compound": AsOf(mood.compound),
            "mean": WindowMean(AsOf(mood.characters, on=mood.stream), width="5s"),
        },
        on="trade",
    )


@pytest.mark.parametrize("latency", ["0s", "200ms", "1300ms"])
def test_history_and_a_live_feed_have_the_same_bits(latency):
    scoring = Scoring(WordScorer(), latency=latency, novelty="10s")
    history = ps.run(view(), [Memory((trades(),)), Scored(told(), scoring)])
    source = told()
    feed = ScoredFeed(feed_of(source, trades()), scoring, source.texts, wait=True)
    rows = [row.copy().values for row in ps.live(view(), feed, streams=(Trade, Sentiment))]
    got = np.array(rows)
    wanted = history.select("compound", "mean").to_numpy()
    assert got.shape == wanted.shape
    assert np.isfinite(wanted).sum() > 100
    np.testing.assert_array_equal(got, wanted)
    assert feed.reasons["empty"] > 0


class Slow:
    """A scorer that waits until it is let go."""

    name, limit = "slow", float("nan")

    def __init__(self):
        self.go = threading.Event()

    def identity(self):
        return "slow"

    def score(self, texts):
        assert self.go.wait(30)
        return [Score(0.5, 0.2, 0.3, 0.3) for _ in texts]


@pytest.mark.parametrize("full", ["drop", "aside"])
def test_the_market_does_not_wait_and_what_finds_no_room_is_counted(full):
    slow, source, market = Slow(), told(), trades()
    feed = ScoredFeed(feed_of(source, market), Scoring(slow), source.texts, room=3, full=full)
    passed, scores = 0, 0
    for item in feed:
        passed += item.type is Trade
        scores += item.type is Sentiment
        if item.type is Trade and passed == len(market):
            assert scores == 0  # the whole market has come by
            slow.go.set()
    assert passed == len(market)
    refused = feed.refused["scoring queue full"]
    assert refused >= 40 - 3 - 3
    assert scores == 40 - refused
    assert len(feed.aside) == (refused if full == "aside" else 0)
    assert all(event.type is Text for _, event in feed.aside)


def test_a_late_score_is_kept_aside_by_the_live_view():
    slow, source, market = Slow(), told(5), trades()
    feed = ScoredFeed(feed_of(source, market), Scoring(slow, latency="10ms"), source.texts)
    live = ps.live(view(), feed, streams=(Trade, Sentiment))
    rows = 0
    for _ in live:
        rows += 1
        if rows == len(market):
            slow.go.set()
    assert rows == len(market)
    assert live.late == 5


def test_an_async_feed_has_the_events_and_scores_of_one_that_is_not():
    source = told()
    events = feed_of(source, trades())

    async def arriving():
        for event in events:
            yield event
            await asyncio.sleep(0)

    async def taken(**options):
        feed = ScoredFeed(arriving(), Scoring(WordScorer()), source.texts, **options)
        return [event async for event in feed]

    def records(items):
        return sorted(event.record() for event in items if event.type is Sentiment)

    wanted = ScoredFeed(events, Scoring(WordScorer()), source.texts, wait=True)
    assert records(asyncio.run(taken())) == records(wanted)
    with pytest.raises(DefinitionError, match="wait=False are needed"):
        asyncio.run(taken(wait=True))
    with pytest.raises(DefinitionError, match="an iterable feed is needed for 'for'"):
        next(iter(ScoredFeed(arriving(), Scoring(WordScorer()), source.texts)))


def test_an_error_in_the_thread_reaches_the_feed():
    class Wrong(Slow):
        def score(self, texts):
            return []

    source = told()
    feed = ScoredFeed(feed_of(source, trades()), Scoring(Wrong()), source.texts, wait=True, room=2)
    with pytest.raises(DataError, match="scoring must go on, got DefinitionError: Scorer slow"):
        list(feed)


def test_a_feed_that_is_left_early_leaves_no_thread():
    source = told()
    before = threading.active_count()
    feed = iter(ScoredFeed(feed_of(source, trades()), Scoring(WordScorer()), source.texts))
    for _ in range(20):
        next(feed)
    feed.close()
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_a_scored_event_of_a_role_keeps_it():
    source = told(3)
    (texts,) = zip(*source.chunks(Keys(), Quarantine()), strict=True)
    items = [("news", event) for block in texts for event in block]
    feed = ScoredFeed(items, Scoring(WordScorer(), latency="1s"), source.texts, wait=True)
    found = [item for item in feed if item[1].type is Sentiment]
    assert [role for role, _ in found] == ["news"] * 3


def test_events_of_scores_are_admitted_one_by_one():
    event = Event.of(
        Sentiment, **{"time": 5, **dict.fromkeys((f.name for f in Sentiment.fields), 0)}
    )
    assert event["compound"] == 0.0
