"""The processor's own counters of this thread, where the kernel lets a program read them (Linux)."""

import ctypes
import errno
import os
import platform
import struct
from types import TracebackType
from typing import Self

CALLS = {"x86_64": 298, "aarch64": 241}  # the number of perf_event_open
HARDWARE = 0  # PERF_TYPE_HARDWARE
EVENTS = {"instructions": 1, "cache_references": 2, "cache_misses": 3}
SIZE = 128  # of struct perf_event_attr
USER_ONLY = 0b1100000  # exclude_kernel, exclude_hv
PARANOID = "/proc/sys/kernel/perf_event_paranoid"


class Counters:
    """Counts between entering and leaving; ``why`` says what could not be read.

    Examples
    --------
    >>> with Counters() as counted:
    ...     total = sum(range(1000))
    >>> bool(counted.found) != bool(counted.why)
    True
    """

    def __init__(self) -> None:
        self.found: dict[str, int] = {}
        self.why = ""
        self._open: dict[str, int] = {}

    def __enter__(self) -> Self:
        number = CALLS.get(platform.machine())
        if platform.system() != "Linux" or number is None:
            self.why = f"no perf_event_open on {platform.system()} {platform.machine()}"
            return self
        libc = ctypes.CDLL(None, use_errno=True)
        for name, config in EVENTS.items():
            attributes = struct.pack("=IIQQQQQ", HARDWARE, SIZE, config, 0, 0, 0, USER_ONLY)
            buffer = ctypes.create_string_buffer(attributes, SIZE)
            handle = libc.syscall(number, buffer, 0, -1, -1, 0)
            if handle < 0:
                self.why = self.why or reason(ctypes.get_errno())
            else:
                self._open[name] = handle
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name, handle in self._open.items():
            self.found[name] = int.from_bytes(os.read(handle, 8), "little")
            os.close(handle)
        self._open = {}
        if self.found:
            self.why = ""


def reason(code: int) -> str:
    """Why a counter could not be opened."""
    said = os.strerror(code).lower()
    if code in (errno.EACCES, errno.EPERM):
        return f"{said}; {PARANOID} must be at most 2, and a container must allow perf_event_open"
    if code in (errno.ENOENT, errno.EOPNOTSUPP, errno.ENODEV):
        return f"{said}; this processor, or the virtual machine, shows no counters"
    return said
