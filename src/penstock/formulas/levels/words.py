"""What the codes of columns of touches stand for."""

from penstock.formulas.levels.prices import SINGLES
from penstock.ops.level.barrier import STATES
from penstock.ops.level.score_track import SIGNALS

KINDS = (*SINGLES, "STRIKE", "ROUND")
"""Kinds of levels by priority: of several at one price the first gives the event its kind."""
DIRECTIONS = {1: "UP", -1: "DOWN"}

WORDS: dict[str, dict[int, str]] = {
    "level_kind": dict(enumerate(KINDS)),
    "direction": DIRECTIONS,
    "barrier_state": dict(enumerate(STATES)),
    "tape_sweep_direction": {**DIRECTIONS, 0: "NONE"},
    "fuel_effect": {-1: "AMPLIFY", 1: "DAMPEN", 0: "NEUTRAL"},
    "signal": dict(enumerate(SIGNALS)),
    "confidence": {2: "HIGH", 1: "MEDIUM", 0: "LOW"},
    "runway_direction": DIRECTIONS,
    "runway_quality": {0: "CLEAR", 1: "OBSTRUCTED"},
}
"""For each column of words, its codes in the view and the words in the gold tables."""
