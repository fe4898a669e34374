"""What scorers say of texts, that features are checked on: real tweets, and hostile cases.

Words are those of tweets about AAPL, thirty times as fast as they came, so that windows hold some. VADER and a word
list are the scorers that they are; where FinBERT stands its shares are drawn: no model is needed to check a feature.
"""

import gzip
import json
from datetime import datetime
from functools import cache

import numpy as np
from tests.catalog import derivatives
from tests.catalog.market import DATA, SECOND, Market

from penstock.events import Block, Sentiment, Text
from penstock.events.texts import Texts, text_id
from penstock.streams import Stream
from penstock.text import Score, Scoring, WordScorer
from penstock.text.vader import VaderScorer

START = 1_388_534_400 * SECOND  # 1 January 2014
FASTER, NAN = 30, np.nan
MODEL, LIST, NOVEL = "ProsusAI/finbert", "Loughran-McDonald", "6h"
LANGUAGES = (0, 256 * ord("e") + ord("n"), 256 * ord("d") + ord("e"))
MOOD = Stream(Sentiment)
Columns = dict[str, np.ndarray]


class Drawn:
    """Shares that a text's id draws, under the name of a model."""

    name, limit = MODEL, 512.0

    def score(self, texts: list[str]) -> list[Score]:
        found = []
        for text in texts:
            rng = np.random.default_rng(text_id(text) % 2**32)
            p = rng.dirichlet([0.6, 0.6, 0.8]).tolist()
            if rng.random() < 0.1:
                found.append(Score(reason="not finite"))
            elif rng.random() < 0.05:
                found.append(Score(1.0, 0.0, 0.0, 1.0, tokens=600.0))
            else:
                found.append(Score(*p, p[0] - p[1], tokens=float(len(text.split()) + 2)))
        return found

    def identity(self) -> str:
        return self.name


@cache
def words(count: int = 1_200) -> tuple[tuple[str, ...], np.ndarray]:
    """Tweets, and their times."""
    text = gzip.decompress((DATA / "text_tweets" / "AAPL.jsonl.gz").read_bytes()).decode()
    rows = [json.loads(line) for line in text.splitlines()]
    at = np.array(
        [
            int(datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y").timestamp())
            * SECOND
            for row in rows
        ]
    )
    order = np.argsort(at, kind="stable")[:count]
    said = tuple(" ".join(rows[i]["text"]) for i in order)
    return said, START + (at[order] - at[order[0]]) // FASTER


def texts(said: tuple[str, ...], time: np.ndarray, held: Texts) -> Block:
    """Texts by some authors of some sources, of which not all is known."""
    n, rng = len(said), np.random.default_rng(3)

    def some(values: np.ndarray) -> np.ndarray:
        return np.where(rng.random(n) < 0.2, NAN, values)

    return Block.of(
        Text,
        time=time,
        text=held.ids(said),
        author=rng.integers(0, 50, n),
        source=rng.choice([0, *map(text_id, ("x", "reddit", "news", "blog"))], n),
        language=rng.choice(LANGUAGES, n, p=[0.6, 0.3, 0.1]),
        weight=some(np.exp(rng.normal(5.0, 2.0, n))),
        likes=some(rng.poisson(2.0, n).astype(float)),
        reposts=some(rng.poisson(1.0, n).astype(float)),
    )


def scored(said: tuple[str, ...], time: np.ndarray) -> Columns:
    """The scores of three scorers in one stream, each after its latency."""
    parts = []
    for scorer, latency, novelty in (
        (VaderScorer(), "100ms", None),
        (WordScorer(name=LIST), "200ms", None),
        (Drawn(), "2s", NOVEL),
    ):
        held = Texts()
        block = texts(said, time, held)
        parts.append(Scoring(scorer, latency=latency, novelty=novelty).scored(block, held).columns)
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(whole["time"], kind="stable")
    return {name: column[order] for name, column in whole.items()}


@cache
def moods() -> Market:
    """What three scorers say of tweets."""
    return Market("moods", others={MOOD: scored(*words())})


@cache
def moody() -> Market:
    """BTC by the hour with funding and open interest, and a mood that came over as long."""
    venue = derivatives.venue()
    mood = dict(moods().others[MOOD])
    begin, end = venue.bar["time"][[0, -1]].tolist()
    share = (mood["time"] - mood["time"][0]) / (mood["time"][-1] - mood["time"][0])
    mood["time"] = np.sort(begin + (share * (end - begin)).astype(np.int64))
    mood["receive"] = mood["time"]
    kept = {s: c for s, c in venue.others.items() if s.type.name == "funding"}
    return Market(
        "moody", bar=venue.bar, open_interest=venue.open_interest, others=kept | {MOOD: mood}
    )


def hostile() -> dict[str, Market]:
    """Texts as they should not be, by what is wrong with them."""
    n, rng = 200, np.random.default_rng(9)
    said = tuple(
        ["Great GAINS!!! 🚀", "", "42", "no loss, not good", "@x https://y.z", "Schöne Größe"][
            i % 6
        ]
        for i in range(n)
    )
    time = START + np.cumsum(rng.choice([1, 20 * SECOND, 90 * SECOND], n))
    time = time + (np.arange(n) > 150) * 7 * 3_600 * SECOND  # a long silence
    unscored = scored(said, time)
    for name in ("compound", "positive", "novelty", "likes", "weight"):
        unscored[name][rng.random(len(unscored[name])) < 0.3] = NAN
    at_once = scored(said, START + np.arange(n) // 25 * 200 * SECOND)
    spike = derivatives.hostile()["venue_of_holes"]
    mood = scored(said[:40], spike.bar["time"][np.arange(40) * len(spike.bar["time"]) // 80])
    rates = {s: c for s, c in spike.others.items() if s.type.name == "funding"}
    return {
        "unscored_texts": Market("", others={MOOD: unscored}),
        "texts_at_once": Market("", others={MOOD: at_once}),
        "one_text": Market("", others={MOOD: scored(("Profits rise",), time[:1])}),
        "moody_holes": Market(
            "", bar=spike.bar, open_interest=spike.open_interest, others=rates | {MOOD: mood}
        ),
    }
