"""The suite ``serving``: a feature server on one core, its clients on the other."""

from penstock.bench.serving.suite import serving

__all__ = ["serving"]
