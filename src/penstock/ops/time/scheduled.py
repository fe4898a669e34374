"""Time until the next and since the last of some times that are known in advance."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import VIEW, Operator
from penstock.ops.time.civil import stretch
from penstock.streams import Clock
from penstock.streams.schedules import check_schedule, digest, scheduled


@jit
def _kernel(until: F8, since: F8, days: F8, at: I8, registers: np.ndarray, times: I8) -> None:
    s = registers[0]
    k = s["k"]
    for i in range(until.size):
        k = stretch(times, k, at[i])
        since[i] = (at[i] - times[k]) / 1e9 if k >= 0 else np.nan
        until[i] = (times[k + 1] - at[i]) / 1e9 if k + 1 < times.size else np.nan
        if k >= 0 and times[k] == at[i]:
            until[i] = 0.0
        days[i] = until[i] / 86_400.0
    s["k"] = k


def _oracle(at: I8, times: I8) -> dict[str, F8]:
    out = {name: np.full(at.size, np.nan) for name in ("until", "since")}
    for t, time in enumerate(at):
        later, past = times[times >= time], times[times <= time]
        if later.size:
            out["until"][t] = (later[0] - time) / 1e9
        if past.size:
            out["since"][t] = (time - past[-1]) / 1e9
    return out | {"days": out["until"] / 86_400.0}


@dataclass(frozen=True, eq=False, repr=False)
class Scheduled(Operator):
    r"""Seconds from each tick of a clock to the next scheduled time, and since the last one.

    .. math::
        u_t = \frac{\min \{e \ge \tau_t\} - \tau_t}{10^9}, \quad s_t = \frac{\tau_t - \max \{e \le \tau_t\}}{10^9}

    Notes
    -----
    Seed: none. NaN: where no later, or no earlier, time is known. Warm-up: 1. Unit: seconds; ``days`` says in
    days what ``until`` says in seconds. All are 0 at a scheduled time. A schedule is an edge of a calendar
    (``XNYS:open``), a rule (``3rd Friday 16:00 America/New_York``), times, or a file of them, whose content belongs to
    the definition. It has to have been known beforehand: times that were
    moved at short notice look ahead.

    References
    ----------
    Lucca, D. O., Moench, E. (2015). The Pre-FOMC Announcement Drift. Journal of Finance 70(1), 329-371.

    Examples
    --------
    >>> node = Scheduled(schedule="1970-01-01T00:00:10Z")
    >>> evaluate(node, clock={"ts": [0, 10 * 10**9, 12 * 10**9]})["until"]
    [10.0, 0.0, nan]
    """

    schedule: str
    digest: str = ""  # of a file's content
    on: Clock = VIEW

    outputs: ClassVar = ("until", "since", "days")
    registers: ClassVar = np.dtype([("k", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"schedule": "1st Friday 08:30 America/New_York"}

    def check(self) -> None:
        check_schedule(self.schedule)
        if not self.digest:
            object.__setattr__(self, "digest", digest(self.schedule))

    @property
    def times(self) -> I8:
        """The scheduled times."""
        return scheduled(self.schedule, self.digest)

    @property
    def unit(self) -> str:
        return "s"

    def unit_of(self, output: str) -> str:
        return "d" if output == "days" else "s"
