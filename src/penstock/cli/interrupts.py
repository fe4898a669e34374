"""Ctrl-C between two events, never inside one: what is kept of a live run is whole."""

import signal
from types import FrameType, TracebackType
from typing import Self


class Interrupts:
    """While it is held, Ctrl-C waits; while it is not, it comes at once, so that waiting for a feed ends.

    Use it as a context around the run, and ``held`` around what must not be cut in two. Only in the main thread,
    where signals arrive; elsewhere it does nothing.
    """

    def __init__(self) -> None:
        self._held = self._came = False
        self._before = None

    def __enter__(self) -> Self:
        try:
            self._before = signal.signal(signal.SIGINT, self._handle)
        except ValueError:  # no main thread
            self._before = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    @property
    def held(self) -> "Held":
        """A context in which Ctrl-C waits."""
        return Held(self)

    def hold(self) -> None:
        """Let Ctrl-C wait."""
        self._held = True

    def release(self) -> None:
        """Let it come, also the one that waited."""
        self._held = False
        if self._came:
            self._came = False
            raise KeyboardInterrupt

    def _handle(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002  (what a handler is called with)
        if not self._held:
            raise KeyboardInterrupt
        self._came = True


class Held:
    """Ctrl-C waits."""

    __slots__ = ("_interrupts",)

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    def __enter__(self) -> None:
        self._interrupts.hold()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._interrupts.release()
