"""A seeded market simulator: order books, clustered trades, daily shape, regimes and jumps."""

from penstock.events.simulator.source import Simulator, simulate

__all__ = ["Simulator", "simulate"]
