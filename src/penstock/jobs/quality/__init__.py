"""Quality at the door: ranges that features promised, streams that turn bad, streams that contradict each other."""

from penstock.jobs.quality.consistency import RULES, Consistency
from penstock.jobs.quality.door import Door
from penstock.jobs.quality.guarded import Guarded
from penstock.jobs.quality.problems import Problem, Problems
from penstock.jobs.quality.ranges import Ranges

__all__ = ["RULES", "Consistency", "Door", "Guarded", "Problem", "Problems", "Ranges"]
