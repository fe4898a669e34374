"""How new a text is, against whole vectors."""

import math
import re
from collections import Counter

import numpy as np
import pytest
from tests.text import data

from penstock.core.time import duration
from penstock.text import Novelty

SECOND = data.SECOND


def likeness(words, times, width):
    """By brute force over whole vectors, each made of what was there before its text."""
    vectors, out = [], []
    bags = [Counter(re.findall(r"\w+", text.lower())) for text in words]
    for i, bag in enumerate(bags):
        before = [j for j in range(i) if times[j] > times[i] - width]
        idf = {
            w: math.log((1 + len(before)) / (1 + sum(w in bags[j] for j in before))) + 1
            for w in bag
        }
        vector = {w: count * idf[w] for w, count in bag.items()}
        norm = math.sqrt(sum(x * x for x in vector.values()))
        vectors.append({w: x / norm for w, x in vector.items()})
        cosines = [sum(x * vectors[j].get(w, 0.0) for w, x in vectors[i].items()) for j in before]
        out.append(1.0 - max(cosines, default=0.0))
    return np.array(out)


def test_novelty_is_what_brute_force_says_of_real_tweets():
    words, times = data.tweets("AAPL", 400)
    novelty = Novelty("6h")
    got = [novelty.of(0, int(at), text) for at, text in zip(times, words, strict=True)]
    wanted = likeness(words, times, duration("6h"))
    np.testing.assert_allclose(got, np.clip(wanted, 0, 1), atol=1e-12)
    assert 0.05 < np.mean(np.array(got) < 0.2) < 0.95


def test_novelty_forgets_by_the_clock_and_by_room_and_keeps_keys_apart():
    novelty = Novelty("10s", room=2)
    assert novelty.of(0, 0, "rates rise") == 1.0
    assert novelty.of(1, 0, "rates rise") == 1.0
    assert novelty.of(0, 5 * SECOND, "rates rise") == pytest.approx(0.0, abs=1e-12)
    assert novelty.of(0, 15 * SECOND, "rates rise") == 1.0
    for i in range(3):
        novelty.of(2, i, f"other words {i}")
    assert len(novelty._keys[2].seen) == 2
    assert np.isnan(novelty.of(0, 16 * SECOND, "..."))
