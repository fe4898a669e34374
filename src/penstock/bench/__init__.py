"""What Penstock is measured by: suites of cases, each with its figures and its peers' beside them."""

from penstock.bench.compare import Ratio, compare
from penstock.bench.suites import SUITES, run_suite

__all__ = ["SUITES", "Ratio", "compare", "run_suite"]
