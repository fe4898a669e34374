"""One event to every arena that subscribes: copies of events in roles, for blocks and one by one."""

from collections.abc import Collection, Iterator

import numpy as np

from penstock.core.arrays import I8
from penstock.events import Keys
from penstock.plan import Plan
from penstock.streams import Stream

EVERYBODY = -1


class Router:
    """The routes of a plan, by the numbers of streams and keys.

    Parameters
    ----------
    plan
        What runs.
    keys
        The numbers of keys.
    slots
        The places of the plan's streams.

    Attributes
    ----------
    copies_of
        The stream that each copy is one of.
    """

    def __init__(self, plan: Plan, keys: Keys, slots: dict[Stream, int]) -> None:
        self.copies_of: dict[int, int] = {}
        self._routes: list[tuple[int, int, int, int]] = []  # stream, key, copy, target
        # a key that an event makes sees those copies of the event that are for everybody
        for route in sorted(plan.routes, key=lambda route: route.target is None):
            source = keys.number(route.source)
            target = EVERYBODY if route.target is None else keys.number(route.target)
            for copy in plan.routed:
                if copy.role == route.role:
                    raw, slot = slots[Stream(copy.type)], slots[copy]
                    self.copies_of[slot] = raw
                    self._routes.append((raw, source, slot, target))
        self._unread = np.array([slots[stream] for stream in plan.unread], np.int64)

    def reads(self, slot: int) -> bool:
        """Whether a stream's events enter their own keys."""
        return slot not in self._unread

    def copies(self, slot: int, key: int) -> Iterator[tuple[int, int]]:
        """The copies of an event in order: their stream, and the key that each enters or EVERYBODY."""
        for raw, source, copy, target in self._routes:
            if raw == slot and source == key:
                yield copy, target

    def seen(self, slot: int, key: int) -> tuple[int, list[int]]:
        """The first key that an event enters, and as which streams."""
        found = [(slot, key)] if self.reads(slot) else []
        found += [(copy, key if to == EVERYBODY else to) for copy, to in self.copies(slot, key)]
        first = found[0][1] if found else key
        return first, [place for place, to in found if to == first]

    def copied(self, streams: I8, keys: I8, present: Collection[int]) -> tuple[I8, I8, I8]:
        """The elements of a block with their copies: which element each is, its stream and its key.

        Copies stand right after their original. A copy for everybody enters the keys that are ``present`` or have had
        an element before it.
        """
        own = np.flatnonzero(~np.isin(streams, self._unread))
        parts = [(own, streams[own], keys[own])]
        wide: list[tuple[I8, int]] = []
        for raw, source, copy, target in self._routes:
            found = np.flatnonzero((streams == raw) & (keys == source))
            if target == EVERYBODY:
                wide.append((found, copy))
            else:
                parts.append((found, np.full(len(found), copy), np.full(len(found), target)))
        first = dict.fromkeys(present, -1)
        for places, _, entered in parts:
            numbers, starts = np.unique(entered, return_index=True)
            for key, start in zip(numbers.tolist(), starts.tolist(), strict=True):
                first[key] = min(first.get(key, len(streams)), int(places[start]))
        for found, copy in wide:
            for key, start in first.items():
                later = found[found >= start]
                parts.append((later, np.full(len(later), copy), np.full(len(later), key)))
        places, slots, entered = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(places, kind="stable")
        return places[order], slots[order].astype(np.int64), entered[order].astype(np.int64)
