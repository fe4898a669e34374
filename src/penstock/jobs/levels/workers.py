"""Processes that work through a list of jobs; one that dies costs its own job and no other."""

import multiprocessing
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar, cast

from penstock.core.errors import PenstockError

Tell = Callable[[Any], None]
Work = Callable[[Any, Tell], Any]
Job = TypeVar("Job")
SPAWN = multiprocessing.get_context("spawn")  # a fork would copy locks that threads hold
SAID, MADE = "said", "made"


@dataclass(frozen=True, slots=True)
class Failed:
    """A job that gave no result, and why."""

    why: str


def done(
    work: Work, jobs: deque[Job], count: int, tell: Callable[[Job, Any], None]
) -> Iterator[tuple[Job, Any]]:
    """Each job with its result, or `Failed`, as they are done.

    Parameters
    ----------
    work
        A function of a module, called with a job and with what tells of its progress.
    jobs
        What is to be done, in order; whoever takes a result may add to it.
    count
        Processes at most; with one the work is done here.
    tell
        Called here with a job and what it says.
    """
    if count < 2:
        while jobs:
            job = jobs.popleft()
            yield job, attempt(work, job, partial(tell, job))
        return
    crew = _Crew(work, count)
    try:
        yield from crew.through(jobs, tell)
    finally:
        crew.close()


def attempt(work: Work, job: Any, tell: Tell) -> Any:
    """A job's result, or `Failed`: one bad date stops no other."""
    try:
        return work(job, tell)
    except BrokenPipeError:
        raise  # whoever asked has gone
    except (PenstockError, OSError) as error:
        return Failed(str(error))
    except Exception as error:  # noqa: BLE001  (a fault of ours in one date must not hide the others)
        return Failed(f"a fault in penstock: {type(error).__name__}: {error}")


class _Crew:
    """Processes, each with the job that it works on; they are started when there is work for them."""

    def __init__(self, work: Work, count: int) -> None:
        self._work, self._count = work, count
        self._busy: dict[Connection, Any] = {}
        self._of: dict[Connection, BaseProcess] = {}
        self._idle: list[Connection] = []

    def through(
        self, jobs: deque[Job], tell: Callable[[Job, Any], None]
    ) -> Iterator[tuple[Job, Any]]:
        while jobs or self._busy:
            while jobs and (self._idle or len(self._of) < self._count):
                line, job = self._idle.pop() if self._idle else self._hire(), jobs.popleft()
                line.send(job)
                self._busy[line] = job
            for line in wait(list(self._busy)):
                result = self._next(line, tell)  # type: ignore[arg-type]
                if result is not None:
                    yield result

    def _next(self, line: Connection, tell: Callable[[Any, Any], None]) -> tuple[Any, Any] | None:
        """What a process has to say; a result of it where it has one, or where it died."""
        job = self._busy[line]
        try:
            kind, value = line.recv()
        except (EOFError, OSError):
            del self._busy[line]
            process = self._of.pop(line)
            process.join()
            line.close()
            return job, Failed(
                f"the process ended, exit code {process.exitcode}; run it again with fewer workers"
            )
        if kind == SAID:
            tell(job, value)
            return None
        del self._busy[line]
        self._idle.append(line)
        return job, value

    def _hire(self) -> Connection:
        ours, theirs = cast("tuple[Connection, Connection]", SPAWN.Pipe())
        process = SPAWN.Process(target=serve, args=(theirs, self._work), daemon=True)
        process.start()
        theirs.close()
        self._of[ours] = process
        return ours

    def close(self) -> None:
        """End the processes, those that work too."""
        for line, process in self._of.items():
            if line in self._busy:
                process.terminate()
            line.close()  # who waits for a job finds no more of them
        for process in self._of.values():
            process.join()


def serve(line: Connection, work: Work) -> None:
    """Work through what comes, in a process of its own; end when nobody asks any more."""

    def tell(said: Any) -> None:
        line.send((SAID, said))

    try:
        while True:
            job = line.recv()
            line.send((MADE, attempt(work, job, tell)))
    except (EOFError, OSError, KeyboardInterrupt):
        # whoever asked has gone: nothing may be written any more
        sys.exit(0)
