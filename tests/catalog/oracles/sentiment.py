"""What the latest texts must give: libraries, tables and brute force over their words."""

import math
import re
from collections import Counter

import numpy as np
import pandas as pd
import scipy.stats
from tests.catalog import moods
from tests.catalog.market import Market
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from penstock.core.time import duration
from penstock.events import Sentiment
from penstock.events.texts import text_id
from penstock.streams import Stream
from penstock.text import Cleaning, finance_words

NAN = np.nan
MODEL, LIST, ANY = "ProsusAI/finbert", "Loughran-McDonald", "any"
VADER = "vader"
FINBERT = (
    "finbert_positive",
    "finbert_negative",
    "finbert_neutral",
    "finbert_compound",
    "finbert_confidence",
)
SCORED = tuple(
    f"sentiment.{request}"
    for request in (
        *FINBERT, "finbert_entropy", "finbert_positive(max_len=128)", "finbert_confidence(temperature=2.5)",
        f"finbert_compound(model={VADER})", "text_length", "text_length(unit=words)",
        f"text_length(unit=tokens, scorer={MODEL})", "text_readability", "lexicon_tone_lm",
        "lexicon_tone_lm(dict=finance-words)", "vader_compound", "vader_compound(alpha=4)", "news_novelty",
        "news_novelty(W=6h)",
    )
)  # fmt: skip
TOLERANCE = {
    "sentiment.vader_compound": (3e-4, "the library rounds to four digits"),
}


def mood(m: Market) -> pd.DataFrame:
    """The scores, a row each."""
    return pd.DataFrame(
        {k: v for k, v in m.others[Stream(Sentiment)].items() if k not in {"receive", "key"}}
    )


def of(frame: pd.DataFrame, scorer: str) -> pd.Series:
    return pd.Series(True, frame.index) if scorer == ANY else frame["scorer"] == text_id(scorer)


def latest(m: Market, at: np.ndarray, meant: pd.Series, values: pd.Series) -> np.ndarray:
    """The value of the last event that is meant, at each row: the rows of events are all events, one for one."""
    time, mine = mood(m)["time"].to_numpy(), meant.to_numpy()
    rows = np.arange(1, len(at) + 1) if np.array_equal(at, time) else np.searchsorted(time, at)
    places, out = np.flatnonzero(mine), np.full(len(at), NAN)
    for row, end in enumerate(rows):
        before = places[: np.searchsorted(places, end)]
        if len(before):
            out[row] = values.iloc[before[-1]]
    return out


def by_model(m: Market, model: str, max_len: int) -> pd.Series:
    f = mood(m)
    return of(f, model) & (f["limit"] == max_len)


def finbert_positive(m, at, model=MODEL, max_len=512):
    return latest(m, at, by_model(m, model, max_len), mood(m)["positive"])


def finbert_negative(m, at, model=MODEL, max_len=512):
    return latest(m, at, by_model(m, model, max_len), mood(m)["negative"])


def finbert_neutral(m, at, model=MODEL, max_len=512):
    return latest(m, at, by_model(m, model, max_len), mood(m)["neutral"])


def finbert_compound(m, at, model=MODEL, max_len=512):
    f = mood(m)
    return latest(m, at, by_model(m, model, max_len), f["positive"] - f["negative"])


def shares(m: Market) -> np.ndarray:
    return mood(m)[["positive", "negative", "neutral"]].to_numpy()


def finbert_confidence(m, at, model=MODEL, max_len=512, temperature=1.0):
    p = shares(m) ** (1.0 / temperature)
    p = p / p.sum(axis=1, keepdims=True) if temperature != 1.0 else p
    return latest(m, at, by_model(m, model, max_len), pd.Series(p.max(axis=1)))


def finbert_entropy(m, at, model=MODEL, max_len=512):
    p = shares(m)
    value = scipy.stats.entropy(p, axis=1, base=3)
    return latest(m, at, by_model(m, model, max_len), pd.Series(value))


def said(m: Market) -> list[str]:
    """The cleaned words of each event."""
    known = {text_id(text): text for text in HOSTILE_WORDS}
    if m.name:
        known |= {text_id(text): text for text in moods.words()[0]}
    return [Cleaning().clean(known[int(i)]) if i else "" for i in mood(m)["text"]]


HOSTILE_WORDS = (
    "Great GAINS!!! 🚀", "", "42", "no loss, not good", "@x https://y.z", "Schöne Größe", "Profits rise",
)  # fmt: skip


def split(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*", text.lower())


def text_length(m, at, unit="chars", scorer=ANY):
    f, texts = mood(m), said(m)
    length = {
        "chars": [float(len(text)) for text in texts],
        "words": [float(len(split(text))) for text in texts],
        "tokens": f["tokens"],
    }[unit]
    return latest(m, at, of(f, scorer), pd.Series(length))


def text_readability(m, at):
    f, out = mood(m), []
    for text, language in zip(said(m), f["language"], strict=True):
        words = split(text)
        vowels = "[aeiouyáéíóúäöüàèìòùâêîôû]+"
        syllables = sum(max(1, len(re.findall(vowels, word))) for word in words)
        sentences = max(1, len(re.findall(r"[.!?…。！？]+", text)))  # noqa: RUF001  (the signs themselves)
        english = language in {0, 256 * ord("e") + ord("n")}
        out.append(
            206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)
            if words and english
            else NAN
        )
    return latest(m, at, of(f, ANY), pd.Series(out))


def lexicon_tone_lm(m, at, dict=LIST):
    out = []
    for text in said(m):
        words = re.findall(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*", text.lower())
        turned = [
            any(w in {"no", "not", "none", "neither", "never", "nobody", "nor", "without", "cannot"}
                or w.endswith(("n't", "n\u2019t")) for w in words[max(0, i - 3) : i])
            for i in range(len(words))
        ]  # fmt: skip
        good = sum(
            w in finance_words.POSITIVE and not t for w, t in zip(words, turned, strict=True)
        )
        bad = sum(
            w in finance_words.NEGATIVE or (w in finance_words.POSITIVE and t)
            for w, t in zip(words, turned, strict=True)
        )
        out.append((good - bad) / (good + bad + 1) if words else NAN)
    compound = pd.Series(out)
    if not m.name:  # scores were taken away
        compound[mood(m)["compound"].isna()] = NAN
    return latest(m, at, of(mood(m), dict), compound)


def vader_compound(m, at, alpha=15.0):
    library, out = SentimentIntensityAnalyzer(), []
    for text, s in zip(said(m), mood(m)["valence"], strict=True):
        compound = library.polarity_scores(text)["compound"] if text.split() else NAN
        out.append(compound if alpha == 15.0 else s / math.sqrt(s * s + alpha))
    return latest(m, at, of(mood(m), VADER), pd.Series(out))


def news_novelty(m, at, W="1d"):
    f = mood(m)
    mine = f["horizon"] == duration(W)
    if not m.name:  # by the table: words that no scorer sees do not count
        return latest(m, at, mine, f["novelty"])
    bags = [Counter(re.findall(r"\w+", text.lower())) for text in said(m)]
    places = np.flatnonzero(mine.to_numpy())
    column = {w: i for i, w in enumerate(dict.fromkeys(w for p in places for w in bags[p]))}
    counts = np.zeros((len(places), len(column)), np.float32)
    for row, place in enumerate(places):
        for word, count in bags[place].items():
            counts[row, column[word]] = count
    having = np.concatenate([np.zeros((1, len(column))), np.cumsum(counts > 0, axis=0)])
    time, out = f["published"].to_numpy()[places], pd.Series(NAN, f.index)
    start = np.searchsorted(time, time - duration(W), side="right")
    vectors = np.empty_like(counts, float)
    for row, begin in enumerate(start):
        n, df = row - begin, having[row] - having[begin]
        vector = counts[row] * (np.log((1 + n) / (1 + df)) + 1)
        vectors[row] = vector / np.linalg.norm(vector)
        likest = (vectors[begin:row] @ vectors[row]).max(initial=0.0)
        out[places[row]] = np.clip(1.0 - likest, 0.0, 1.0)
    return latest(m, at, mine, out)
