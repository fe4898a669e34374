"""One event of the live layout in every arena that subscribes to it: its own key's, then those that routes name."""

from collections.abc import Callable

import numpy as np

from penstock.core.arrays import I8
from penstock.core.native import compiled
from penstock.engine import process as loop
from penstock.engine.router import EVERYBODY, Router
from penstock.engine.rows import Rows
from penstock.engine.runner import Runner
from penstock.events import Event

SIGNATURE = "void(int64, int64, int64, int64, int64, int64, int64)"
Finish = Callable[[int, int], np.ndarray | None]
Refuse = Callable[[int, int, int, int], None]


class Copies:
    """Pushes events and their copies.

    Parameters
    ----------
    runner, router
        A plan at work, and its routes.
    finish
        What the engine does where compiled code needs the host.
    refuse
        What it does with a late event.

    Attributes
    ----------
    late
        Copies that were left out because their target was further in time.
    """

    def __init__(self, runner: Runner, router: Router, finish: Finish, refuse: Refuse) -> None:
        self.runner, self.router, self.finish, self.refuse = runner, router, finish, refuse
        self.late = 0
        self._spread = compiled(loop.spread, SIGNATURE)

    def push(self, slot: int, event: Event) -> Rows:
        """Admit an event everywhere; returns the rows that it made, in the order of its copies."""
        rows, key = Rows(self.runner.names), int(event["key"])
        own = self.router.reads(slot)
        if own and self._enter(np.array([key]), slot, event, rows, self.refuse):
            return rows  # what its own key refuses enters nowhere
        for copy, target in self.router.copies(slot, key):
            present = sorted(self.runner.registry.arenas) if target == EVERYBODY else [target]
            self._enter(
                np.array(present, np.int64), copy, event, rows, self._count if own else self.refuse
            )
        return rows

    def _count(self, late: int, *_: int) -> None:
        self.late += late

    def _enter(self, keys: I8, slot: int, event: Event, rows: Rows, refuse: Refuse) -> int:
        """Admit an event into some keys; returns how many refused it."""
        registry, time, late = self.runner.registry, int(event["time"]), 0
        codes = np.empty(len(keys), np.int64)
        self._spread(
            registry.address,
            keys.ctypes.data,
            len(keys),
            slot,
            event.table,
            event.row,
            codes.ctypes.data,
        )
        for key, code in zip(keys.tolist(), codes.tolist(), strict=True):
            if code >= 0:
                if code & 1:
                    rows.add_row(key, time, registry.rows[key])
            elif code < -1:
                row = self.finish(*divmod(-2 - code, 4))
                if row is not None:
                    rows.add_row(key, time, row)
            elif time < registry.latest(key):
                late += 1
                refuse(1, key, time, registry.latest(key))
            else:
                rows.extend(self.runner.one(slot, key, event.table, event.row))
        return late
