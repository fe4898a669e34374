"""Sentiment of texts: cleaning, scorers, and their scores as events of a stream."""

from penstock.text.cleaning import Cleaning
from penstock.text.feed import ScoredFeed
from penstock.text.novelty import Novelty
from penstock.text.score import Score, Scorer
from penstock.text.scoring import Scoring
from penstock.text.source import Scored
from penstock.text.words import WordScorer

__all__ = [
    "Cleaning",
    "Novelty",
    "Score",
    "Scored",
    "ScoredFeed",
    "Scorer",
    "Scoring",
    "WordScorer",
]
