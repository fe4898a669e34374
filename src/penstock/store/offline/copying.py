"""Frames in the binary format of PostgreSQL's COPY, made column by column, with no Python object for a number.

The format: https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4 (a header; for each row a count of
fields, for each field its length and its bytes in network order, -1 for null; a trailer).
"""

import numpy as np
import numpy.typing as npt
import polars as pl

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NUL, SHOWN = "\0", "\ufffd"  # a text of PostgreSQL cannot hold the first

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Field = tuple[Bytes, Ints]


def copied(frame: pl.DataFrame) -> bytes:
    """A frame as COPY takes it: float64 (NaN is null), int64, truths and texts.

    Examples
    --------
    >>> data = copied(pl.DataFrame({"n": [7, None]}))
    >>> data[19:33].hex(" "), data[33:].hex(" ")
    ('00 01 00 00 00 08 00 00 00 00 00 00 00 07', '00 01 ff ff ff ff ff ff')
    """
    fields = [_field(series.rechunk()) for series in frame]
    sizes = np.full(frame.height, 2 + 4 * len(fields), np.int64)
    for _, lengths in fields:
        sizes += np.maximum(lengths, 0)
    ends = np.cumsum(sizes)
    made = np.empty(int(ends[-1]) if frame.height else 0, np.uint8)
    at = ends - sizes
    _put(made, at, np.full(frame.height, len(fields), ">i2"))
    at += 2
    for data, lengths in fields:
        _put(made, at, lengths.astype(">i4"))
        at += 4
        held = np.maximum(lengths, 0)
        begins = np.cumsum(held) - held
        width = int(held.max(initial=0))
        if width and np.all((held == width) | (held == 0)):
            _put(made, at[held > 0], data.view(f"V{width}"))
        else:
            made[np.repeat(at - begins, held) + np.arange(data.size)] = data
        at += held
    return HEADER + made.tobytes() + TRAILER


def _put(made: Bytes, at: Ints, values: np.ndarray) -> None:
    """Write values of one width at places."""
    width = values.dtype.itemsize
    made[at[:, None] + np.arange(width)] = values.view(np.uint8).reshape(len(at), width)


def _field(series: pl.Series) -> Field:
    """The bytes of a column's values one after another, nulls left out, and the length of each, -1 for null."""
    if series.dtype == pl.String:
        return _texts(series)
    null = series.is_null().to_numpy()
    if series.dtype == pl.Float64:
        values = series.fill_null(float("nan")).to_numpy()
        null = np.isnan(values)
        data = values.astype(">f8")
    elif series.dtype == pl.Int64:
        data = series.fill_null(0).to_numpy().astype(">i8")
    else:
        data = series.fill_null(value=False).to_numpy().astype(np.uint8)
    lengths = np.where(null, -1, data.dtype.itemsize)
    return np.ascontiguousarray(data[~null]).view(np.uint8), lengths


def _texts(series: pl.Series) -> Field:
    """The bytes of texts."""
    shown = series.str.replace_all(NUL, SHOWN, literal=True)
    lengths = shown.str.len_bytes().cast(pl.Int64).fill_null(-1).to_numpy()
    return np.frombuffer("".join(shown.drop_nulls().to_list()).encode(), np.uint8), lengths
