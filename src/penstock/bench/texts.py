"""Sentiment of texts: cleaning, scores by words, events of scores, and a model of FinBERT's size.

Processor time of one thread, the model's too. The model has random weights: the work is that of the published one.
"""

import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from penstock.bench import bert
from penstock.bench.timing import figures, repeated
from penstock.events import Block, Text
from penstock.events.texts import Texts
from penstock.text import Cleaning, Scorer, Scoring, WordScorer, finance_words
from penstock.text.finbert.export import export_onnx
from penstock.text.finbert.scorer import FinbertScorer
from penstock.text.finbert.tokens import Tokens

START, SECOND = 1_700_000_000_000_000_000, 1_000_000_000
TARGET = 20_000.0  # texts a second by words
BATCHES = (1, 8, 32)
COMMON = (
    "the of and to in for on with at by from is are was will after before year quarter company shares market price "
    "analysts bank oil tech today new says about over its that this not but very so no never good bad great"
)


def text(*, quick: bool = False) -> list[dict[str, Any]]:
    """All cases."""
    told = written(200 if quick else 20_000)
    repeats = 1 if quick else 5
    cleaning = Cleaning()
    cleaned = [cleaning.clean(one) for one in told]
    return [
        {"case": "cleaning", **rate(len(told), lambda: list(map(cleaning.clean, told)), repeats)},
        *lexicons(cleaned, repeats),
        events(told, repeats),
        *models(cleaned, quick=quick),
    ]


def written(count: int) -> list[str]:
    """Messages of 8 to 24 words, as people write about companies; no two alike."""
    rng = np.random.default_rng(1)
    common, listed = COMMON.split(), sorted(finance_words.POSITIVE | finance_words.NEGATIVE)
    # one word in eight is of a list, as in tweets
    weights = np.repeat([7.0 / len(common), 1.0 / len(listed)], [len(common), len(listed)])
    words, weights = [*common, *listed], weights / weights.sum()
    found = []
    for number in range(count):
        chosen = rng.choice(words, rng.integers(8, 25), p=weights).tolist()
        parts = [
            "@jane" if rng.random() < 0.2 else "",
            *chosen,
            rng.choice(["", "!", "!!!", "?", "#stocks", "🚀", "https://t.co/x"]),
            str(number),
        ]
        found.append(" ".join(part for part in parts if part))
    return found


def rate(count: int, work: Any, repeats: int) -> dict[str, Any]:
    """How many texts a second."""
    return {"texts": count, "texts_per_second": figures(count / repeated(work, repeats))}


def lexicons(told: list[str], repeats: int) -> list[dict[str, Any]]:
    """Scores by word lists, and by VADER where it is installed."""
    found: list[dict[str, Any]] = []
    for scorer in scorers():
        mine = rate(len(told), lambda scorer=scorer: scorer.score(told), repeats)
        met = mine["texts_per_second"] >= TARGET
        found.append({"case": scorer.name, **mine, "target": TARGET, "met": met})
    if len(found) == 1:
        found.append({"case": "vader", "absent": "pip install penstock[text]"})
    return found


def scorers() -> list[Scorer]:
    """Those that need no model."""
    if find_spec("vaderSentiment") is None:
        return [WordScorer()]
    from penstock.text.vader import VaderScorer  # noqa: PLC0415  (an extra)

    return [WordScorer(), VaderScorer()]


def events(told: list[str], repeats: int) -> dict[str, Any]:
    """From a block of texts to a block of scores: cleaned, scored, counted; none is told twice."""
    texts, n = Texts(), len(told)
    numbers = {name: np.zeros(n, np.int64) for name in ("author", "source", "language")}
    unknown = {name: np.full(n, np.nan) for name in ("weight", "likes", "reposts")}
    time = START + np.arange(n) * SECOND
    block = Block.of(Text, time=time, text=texts.ids(told), **numbers, **unknown)
    scoring = Scoring(scorers()[-1], latency="1s")
    return {
        "case": "events",
        "scorer": scoring.scorer.name,
        **rate(n, lambda: scoring.anew().scored(block, texts), repeats),
    }


def models(told: list[str], *, quick: bool) -> list[dict[str, Any]]:
    """A model of FinBERT's size on both runtimes, some texts at a time."""
    missing = [
        name for name in ("torch", "transformers", "onnx", "onnxruntime") if not find_spec(name)
    ]
    if missing:
        return [{"case": "finbert", "absent": f"{missing[0]}: pip install penstock[finbert,onnx]"}]
    found: list[dict[str, Any]] = []
    size, count = (bert.TINY, 8) if quick else (bert.BASE, 32)
    with tempfile.TemporaryDirectory() as folder:
        words = sorted({word for one in told[:count] for word in one.lower().split()})
        model = bert.written(Path(folder), size, words=words[:300])
        export_onnx(model)
        _, counts = Tokens(model).encode(told[:count], 512)
        for runtime in ("torch", "onnx"):
            for batch in BATCHES:
                scorer = FinbertScorer(model, runtime=runtime, device="cpu", batch=batch, threads=1)
                mine = rate(count, lambda s=scorer: s.score(told[:count]), 1 if quick else 3)
                found.append(
                    {
                        "case": f"finbert_{runtime}_{batch}",
                        **mine,
                        "tokens_mean": figures(float(np.mean(counts))),
                    }
                )
    return found
