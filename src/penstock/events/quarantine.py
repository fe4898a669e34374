"""Bad rows, counted by reason and kept aside with their original bytes."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import pyarrow as pa

from penstock.core.errors import DataError, DefinitionError

Policy = Literal["count", "stop"] | float

FIRST = 1_000  # rows before which a rate says nothing yet

SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("row", pa.int64()),
        ("reason", pa.string()),
        ("value", pa.string()),
        ("raw", pa.binary()),
    ]
)


class Quarantine:
    """Where bad rows go: what is read is either delivered or here.

    Parameters
    ----------
    path
        Arrow IPC stream to write, one batch per call, flushed: after a crash it reads up to the
        last whole batch (`read_quarantine`). Without a path the rows are only counted.
    policy
        ``"count"`` goes on; ``"stop"`` raises at the first bad row; a rate between 0 and 1 raises
        once more than that share of a source's rows is bad: of its first 1,000 or of all so far,
        and at its end. One bad row is below any rate.

    Examples
    --------
    >>> from penstock.events.quarantine import Quarantine
    >>> quarantine = Quarantine()
    >>> quarantine.add("ticks.csv", "negative size", [7], [b"12:00,10.5,-3"], ["-3"])
    >>> quarantine.counts, quarantine.total
    ({('ticks.csv', 'negative size'): 1}, 1)
    """

    def __init__(self, path: str | Path | None = None, policy: Policy = "count") -> None:
        if isinstance(policy, str) and policy not in ("count", "stop"):
            raise DefinitionError(
                f"Quarantine: policy must be 'count', 'stop' or a rate, got {policy!r}"
            )
        if not isinstance(policy, str) and not 0.0 < policy < 1.0:
            raise DefinitionError(
                f"Quarantine: a rate must be between 0 and 1, both excluded, got {policy!r}"
            )
        self.policy = policy
        self.path = None if path is None else Path(path)
        self.counts: dict[tuple[str, str], int] = {}
        # the number and the value of the first row of each kind
        self.firsts: dict[tuple[str, str], tuple[int, str]] = {}
        self.read: dict[str, int] = {}  # rows read by source: delivered, bad or skipped
        self._passed: dict[str, int] = {}  # rows that a builder took from a source that read them
        self.skipped: dict[tuple[str, str], int] = {}  # rows that are not events, by kind
        self.unread: dict[str, tuple[str, ...]] = {}  # columns that nothing asked for, by source
        self._file = None if self.path is None else self.path.open("wb")
        self._writer = None if self._file is None else pa.ipc.new_stream(self._file, SCHEMA)

    @property
    def total(self) -> int:
        """Rows kept aside."""
        return sum(self.counts.values())

    def bad(self, source: str) -> int:
        """Rows of a source kept aside."""
        return sum(count for (name, _), count in self.counts.items() if name == source)

    def add(
        self,
        source: str,
        reason: str,
        rows: Sequence[int],
        raw: Sequence[bytes],
        values: Sequence[str],
        *,
        judged: bool = True,
    ) -> None:
        """Keep rows aside: their numbers in the source, their bytes and the values that are bad.

        Those that are not ``judged`` are no fault of the source: the policy does not stop at them.
        """
        if not len(rows):
            return
        self.counts[source, reason] = self.counts.get((source, reason), 0) + len(rows)
        self.firsts.setdefault((source, reason), (int(rows[0]), values[0]))
        if self._writer is not None and self._file is not None:
            columns = [[source] * len(rows), rows, [reason] * len(rows), values, raw]
            arrays = [pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)]
            self._writer.write_batch(pa.record_batch(arrays, schema=SCHEMA))
            self._file.flush()
        if judged and self.policy == "stop":
            raise DataError(f"{source}: row {rows[0]} must be good, got {reason}: {values[0]}")

    def saw(self, source: str, rows: int, *, again: bool = False) -> None:
        """Count rows read, good and bad; a reader calls it once per chunk, after its `add` calls.

        Parameters
        ----------
        source, rows
            Whose rows, and how many.
        again
            They were read before, by another source: they are judged, and not counted as read twice.

        Raises
        ------
        DataError
            When the policy is a rate and the source is above it.
        """
        counted = self._passed if again else self.read
        counted[source] = counted.get(source, 0) + rows
        self._judge(source, at_least=FIRST)

    def ended(self, source: str) -> None:
        """Judge a source that has given all its rows, however few; a reader calls it last."""
        self._judge(source, at_least=0)

    def _judge(self, source: str, at_least: int) -> None:
        """Raise where the policy is a rate and a source is above it."""
        if isinstance(self.policy, str):
            return
        bad = self.bad(source)
        rows = self.read.get(source, 0) + self._passed.get(source, 0)
        if bad > max(1.0, self.policy * max(rows, at_least)):
            reasons = ", ".join(
                f"{reason} {count}"
                for (name, reason), count in self.counts.items()
                if name == source
            )
            raise DataError(
                f"{source}: at most {self.policy:.2%} of the rows may be bad, "
                f"got {bad} of {rows} ({reasons})"
            )

    def skip(self, source: str, kind: str, rows: int) -> None:
        """Count rows that are well formed but hold no event (symbol mappings, system messages)."""
        if rows:
            self.skipped[source, kind] = self.skipped.get((source, kind), 0) + rows

    def close(self) -> None:
        """End the file; the counts stay."""
        if self._writer is not None and self._file is not None:
            self._writer.close()
            self._file.close()
            self._writer = self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_quarantine(path: str | Path) -> pa.Table:
    """The rows of a quarantine file, up to the last whole batch if its writer was killed."""
    batches = []
    # a writer that was killed inside a batch leaves everything before it whole
    with Path(path).open("rb") as file, contextlib.suppress(pa.ArrowInvalid, OSError):
        batches.extend(pa.ipc.open_stream(file))
    return pa.Table.from_batches(batches, schema=SCHEMA)
