"""Scores by words: against the authors' library, a count by hand, and people's opinions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.text import data

from penstock.core.errors import DataError, DefinitionError
from penstock.text import WordScorer

pytest.importorskip(
    "vaderSentiment", reason="vaderSentiment is missing: pip install penstock[text]"
)
from vaderSentiment.vaderSentiment import (
    NEGATE,
    SPECIAL_CASES,
    SentimentIntensityAnalyzer,
    normalize,
)

from penstock.text.vader import VaderScorer

LIBRARY, OURS = SentimentIntensityAnalyzer(), VaderScorer()
PIECES = st.lists(
    st.sampled_from(
        [*NEGATE, *SPECIAL_CASES, "good", "BAD", "great", "hate", "so", "this", "never", "without", "doubt", "no",
         "very", "kind", "of", "least", "at", "but", "or", "🚀", "😂", ":)", "!!!", "??", "the", "DAY", "é"]
    ),
    max_size=9,
)  # fmt: skip


def same_as_the_library(text):
    (ours,), theirs = OURS.score([text]), LIBRARY.polarity_scores(text)
    if ours.reason:
        assert not text.split()
        return
    assert (ours.positive, ours.negative, ours.neutral, ours.compound) == (
        theirs["pos"], theirs["neg"], theirs["neu"], theirs["compound"],
    )  # fmt: skip
    assert round(normalize(ours.valence), 4) == ours.compound


def test_vader_is_the_library_on_rated_tweets():
    texts, _ = data.rated_tweets()
    for text in texts:
        same_as_the_library(text)


@given(PIECES)
def test_vader_is_the_library_on_what_its_rules_are_about(pieces):
    same_as_the_library(" ".join(pieces))


@given(st.text(max_size=40))
def test_vader_is_the_library_on_any_text(text):
    same_as_the_library(text)


def test_vader_agrees_with_people():
    """Hutto and Gilbert report a correlation of 0.88 on these tweets."""
    texts, rated = data.rated_tweets()
    found = np.array([score.compound for score in OURS.score(texts)])
    assert np.corrcoef(found, rated)[0, 1] > 0.85
    assert np.mean(np.sign(found) == np.sign(rated)) > 0.9
    titles, label = data.headlines()
    of_titles = np.array([score.compound for score in OURS.score(titles)])
    assert np.mean(np.sign(of_titles) == label) > 0.5


def test_the_small_list_is_better_than_chance_on_headlines():
    titles, label = data.headlines()
    found = np.array([score.compound for score in WordScorer().score(titles)])
    same = np.sign(found) == label
    most_common = max(np.mean(label == value) for value in (-1, 0, 1))
    assert np.mean(same) > max(0.63, most_common + 0.15)
    sure = (label != 0) & (found != 0)
    assert np.mean(same[sure]) > 0.89


def by_hand(text, good, bad):
    """Tone by a walk over the words, one rule at a time."""
    words = text.lower().split()
    p = n = 0
    for i, word in enumerate(words):
        near = words[i - 3 : i] if i >= 3 else words[:i]
        turned = any(w in {"no", "not", "never", "none"} or w.endswith("n't") for w in near)
        p += word in good and not turned
        n += word in bad or (word in good and turned)
    return (p - n) / (p + n + 1)


SOME = ("rise", "gain", "fall", "loss", "no", "not", "never", "isn't", "the", "a", "of")


@given(st.lists(st.sampled_from(SOME), min_size=1))
def test_a_tone_is_the_count_by_hand(words):
    scorer = WordScorer(["rise", "gain"], ["fall", "loss"])
    (score,) = scorer.score([" ".join(words)])
    assert score.compound == by_hand(" ".join(words), {"rise", "gain"}, {"fall", "loss"})
    assert score.positive + score.negative + score.neutral == pytest.approx(1.0, abs=1e-15)


def test_words_of_other_scripts_are_words():
    (score,) = WordScorer(["überschuss", "прибыль"], []).score(["ÜBERSCHUSS und прибыль"])
    assert score.tokens == 3
    assert score.positive == pytest.approx(2 / 3)


def test_a_text_without_words_has_no_score():
    (score,) = WordScorer().score(["123 !!"])
    assert score.reason == "no words"
    assert np.isnan(score.compound)


def test_a_list_in_a_file_is_read_as_its_authors_mean_it(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text(
        "Word,Seq_num,Negative,Positive\nABLE,1,0,2009\nLOSS,2,2009,0\nGREAT,3,0,-2020\nPLAIN,4,0,0\n"
    )
    scorer = WordScorer.of_file(path)
    assert (scorer.positive, scorer.negative) == ({"able"}, {"loss"})
    assert scorer.name == "Loughran-McDonald"
    assert scorer.identity() != WordScorer(["able"], [], name=scorer.name).identity()
    path.write_text("token,score\nable,1\n")
    with pytest.raises(DataError, match="must have columns word, positive and negative"):
        WordScorer.of_file(path)


def test_a_word_is_good_or_bad():
    with pytest.raises(DefinitionError, match="got 'risk' as both"):
        WordScorer(["Risk"], ["risk"])
