"""How much memory a process has taken."""

from pathlib import Path


def peak_bytes() -> int:
    """The most that this program had in memory; what its parent had before it began does not count, as in getrusage."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * 1024
