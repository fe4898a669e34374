"""Fits of models on a window of values; each module needs the ``fits`` extra only if it says so."""
