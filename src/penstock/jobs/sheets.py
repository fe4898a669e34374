"""Parquet files in the making: one, or a directory partitioned by key and date.

Rows are written as they come, so memory is bounded; files get their names once all is written.
"""

import itertools
import json
import os
import shutil
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.errors import DefinitionError

CELLS = 1 << 22  # values that wait to be written, at most: 32 MB
OPEN = 128  # files that are written at one time, at most
DAY = 86_400_000_000_000
METADATA = b"penstock"
EMPTY = "__HIVE_DEFAULT_PARTITION__"  # the folder of an empty value, by Hive's convention
UNFINISHED = {"complete": False}  # the lineage of a file that was ended before the run

Lineage = dict[str, Any]


def beside(path: Path) -> Path:
    """Where something is written until it is whole: on the same disk, hidden, this process's own."""
    whole = path.resolve()
    return whole.with_name(f".{whole.name}.{os.getpid()}")


class Sheet:
    """One Parquet file."""

    def __init__(self, path: Path, schema: pa.Schema, texts: Sequence[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.schema = schema
        columns: Any = list(texts)  # its stubs know only whether to use dictionaries, not where
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=columns)

    def write(self, frames: Sequence[pl.DataFrame]) -> None:
        """Append frames as one row group."""
        frame = pl.concat(frames)
        columns = [frame[f.name].to_arrow().cast(f.type) for f in self.schema]
        self._writer.write_table(pa.table(columns, schema=self.schema))

    def close(self, lineage: Lineage) -> None:
        """End the file; the lineage goes into its metadata."""
        self._writer.add_key_value_metadata({METADATA: json.dumps(lineage).encode()})
        self._writer.close()


class OneFile:
    """All rows in one file."""

    def __init__(self, path: Path, schema: pa.Schema, keys: Sequence[str]) -> None:
        if path.is_dir():
            raise DefinitionError(
                f"{path}: a name ending in .parquet must be a file's, got a directory"
            )
        self.path = path
        self.scratch = beside(path)
        self._sheet = Sheet(self.scratch, schema, keys)
        self._waiting: list[pl.DataFrame] = []
        self._cells = 0

    def __enter__(self) -> Self:
        return self

    def add(self, frame: pl.DataFrame) -> None:
        """Take rows."""
        self._waiting.append(frame)
        self._cells += frame.height * frame.width
        if self._cells >= CELLS:
            self._flush()

    def finish(self, lineage: Lineage) -> tuple[Path, ...]:
        """Write what waits and give the file its name."""
        self._flush()
        self._sheet.close(lineage)
        self.scratch.replace(self.path)
        return (self.path,)

    def _flush(self) -> None:
        if self._waiting:
            self._sheet.write(self._waiting)
            self._waiting, self._cells = [], 0

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._sheet.close(UNFINISHED)
            self.scratch.unlink(missing_ok=True)


@dataclass(slots=True)
class Partition:
    """One key and date: rows that wait, the file that is open, and the names of all its files."""

    waiting: list[pl.DataFrame] = field(default_factory=list)
    cells: int = 0
    sheet: Sheet | None = None
    files: list[str] = field(default_factory=list)


class Partitions:
    """A directory of ``key=value/date=YYYY-MM-DD/part.parquet``.

    At most `OPEN` files are written at one time. A partition that is returned to after its file was ended goes on
    in ``part-1.parquet``, and the file that was ended early has no lineage but ``complete: false``.
    """

    def __init__(self, path: Path, schema: pa.Schema, keys: Sequence[str]) -> None:
        if path.exists() and not path.is_dir():
            raise DefinitionError(
                f"{path}: out must be a name ending in .parquet or a directory, got another file"
            )
        self.path, self.keys = path, list(keys)
        self.scratch = beside(path)
        # readers make a dictionary of the folders' values: the same type in the files agrees with it
        texts = [pa.field(name, pa.dictionary(pa.int32(), pa.string())) for name in keys]
        self.schema = pa.schema([*texts, *list(schema)[len(texts) :]])
        self._parts: dict[str, Partition] = {}
        self._open: OrderedDict[str, None] = OrderedDict()
        self._cells = 0
        self._lineage: Lineage = UNFINISHED

    def __enter__(self) -> Self:
        self.scratch.mkdir(parents=True)
        return self

    def add(self, frame: pl.DataFrame) -> None:
        """Take rows."""
        day = pl.col("ts").floordiv(DAY).alias("date")
        for names, rows in frame.group_by([*self.keys, day], maintain_order=True):
            part = self._parts.setdefault(self._place(*names), Partition())
            part.waiting.append(rows)
            part.cells += rows.width * rows.height
            self._cells += rows.width * rows.height
        while self._cells >= CELLS:
            self._flush(max(self._parts, key=lambda name: self._parts[name].cells))

    def finish(self, lineage: Lineage) -> tuple[Path, ...]:
        """Write what waits and move the files to their places."""
        self._lineage = lineage
        for place in self._parts:
            self._flush(place)
        while self._open:
            self._end()
        for place, part in self._parts.items():
            self._publish(self.path / place, part.files, self.scratch / place)
        shutil.rmtree(self.scratch)
        return tuple(
            self.path / place / name for place, part in self._parts.items() for name in part.files
        )

    def _place(self, *names: str | int) -> str:
        """The folder of a key's values and a day."""
        *values, day = names
        folders = [
            f"{quote(key, safe='')}={quote(str(value), safe='') or EMPTY}"
            for key, value in zip(self.keys, values, strict=True)
        ]
        return "/".join([*folders, f"date={np.datetime64(day, 'D')}"])

    def _flush(self, place: str) -> None:
        part = self._parts[place]
        if part.waiting:
            self._sheet(place, part).write(part.waiting)
        self._cells -= part.cells
        part.waiting, part.cells = [], 0

    def _sheet(self, place: str, part: Partition) -> Sheet:
        if part.sheet is None:
            if len(self._open) == OPEN:
                self._end()
            part.files.append(f"part-{len(part.files)}.parquet" if part.files else "part.parquet")
            part.sheet = Sheet(self.scratch / place / part.files[-1], self.schema, self.keys)
        self._open[place] = None
        self._open.move_to_end(place)
        return part.sheet

    def _end(self) -> None:
        """End the file that was written longest ago."""
        place, _ = self._open.popitem(last=False)
        part = self._parts[place]
        if part.sheet is not None:
            part.sheet.close(self._lineage)
            part.sheet = None

    def _publish(self, target: Path, files: Sequence[str], scratch: Path) -> None:
        target.mkdir(parents=True, exist_ok=True)
        for name in files:
            (scratch / name).replace(target / name)
        for number in itertools.count(len(files)):
            stale = target / f"part-{number}.parquet"
            if not stale.exists():
                return
            stale.unlink()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            while self._open:
                self._end()
            shutil.rmtree(self.scratch, ignore_errors=True)
