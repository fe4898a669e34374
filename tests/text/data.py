"""Labelled texts, and texts as sources."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from penstock.events import Block, Keys, Quarantine, Text
from penstock.events.texts import Texts

DATA = (Path(__file__).resolve().parents[2] / ".." / "shared" / "data").resolve()
NAN = np.nan
SECOND = 1_000_000_000
LABEL = re.compile(r"'(positive|negative|neutral)'[,}]")
START = 1_700_000_000 * SECOND


def unpacked(name: str) -> str:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"../shared is absent: {name} is not read")
    return gzip.decompress(path.read_bytes()).decode()


def rated_tweets() -> tuple[list[str], np.ndarray]:
    """Tweets, and what people thought of them, from -4 to 4."""
    rows = [
        line.split("\t")
        for line in unpacked("text_sentiment/vader_tweets_GroundTruth.txt.gz").splitlines()
    ]
    return [row[2] for row in rows], np.array([float(row[1]) for row in rows])


def headlines() -> tuple[list[str], np.ndarray]:
    """Headlines that name one company, and whether they are good for it: -1, 0 or 1."""
    found = []
    for row in csv.DictReader(io.StringIO(unpacked("text_sentiment/SEntFiN.csv.gz"))):
        labels = set(LABEL.findall(row["Decisions"]))
        if len(labels) == 1:
            found.append((row["Title"], labels.pop()))
    value = {"positive": 1, "negative": -1, "neutral": 0}
    return [title for title, _ in found], np.array([value[label] for _, label in found])


def tweets(symbol: str, most: int) -> tuple[list[str], np.ndarray]:
    """A company's tweets and their times, in order."""
    rows = [json.loads(line) for line in unpacked(f"text_tweets/{symbol}.jsonl.gz").splitlines()]
    at = [
        int(datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y").timestamp())
        for row in rows
    ]
    order = np.argsort(at, kind="stable")[:most]
    return [" ".join(rows[i]["text"]) for i in order], np.array(at)[order] * SECOND


def block(
    words: list[str], time: np.ndarray, texts: Texts, keys: np.ndarray | None = None
) -> Block:
    n = len(words)
    whole = {name: np.zeros(n, np.int64) for name in ("author", "source", "language")}
    return Block.of(
        Text,
        time=time,
        key=np.zeros(n, np.int64) if keys is None else keys,
        text=texts.ids(words),
        **whole,
        **{name: np.full(n, NAN) for name in ("weight", "likes", "reposts")},
    )


@dataclass
class Told:
    """Texts as a source, a few in a chunk."""

    words: list[str]
    time: np.ndarray
    size: int = 50
    texts: Texts = field(default_factory=Texts)
    name: str = "told"
    types = (Text,)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        number = keys.number(("A",))
        for i in range(0, len(self.words), self.size):
            part = slice(i, i + self.size)
            n = len(self.words[part])
            yield (block(self.words[part], self.time[part], self.texts, np.full(n, number)),)

    def content_hash(self) -> str:
        return "0" * 64
