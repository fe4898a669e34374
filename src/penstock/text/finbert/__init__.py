"""Sentiment by FinBERT, or by another model of its kind: on torch, or on ONNX Runtime."""

from penstock.text.finbert.scorer import FinbertScorer

__all__ = ["FinbertScorer"]
