"""A DBN file read by databento: as an array of the whole file, and as objects record by record."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import databento
import databento_dbn
import zstandard

from penstock.bench.timing import figures, median, wall_seconds

REPEATS = 5
PIECE = 1 << 20


def array(path: Path) -> int:
    """The rows of the file's structured array."""
    return len(databento.DBNStore.from_file(path).to_ndarray())


def objects(path: Path) -> int:
    """The records that databento's decoder makes, its input decompressed as it comes."""
    decoder, rows = databento_dbn.DBNDecoder(), 0
    with path.open("rb") as file:
        unpacked = zstandard.ZstdDecompressor().stream_reader(file)
        data = unpacked if path.suffix == ".zst" else file
        while piece := data.read(PIECE):
            decoder.write(piece)
            rows += len(decoder.decode())
    return rows - 1  # the metadata


def rate(work: Callable[[Path], int], path: Path) -> float:
    """Rows a second."""
    rows = work(path)
    return figures(rows / median([wall_seconds(lambda: work(path)) for _ in range(REPEATS)]))


def measure(path: Path) -> dict[str, float]:
    """Both ways."""
    return {
        "databento_to_ndarray_rows_per_s": rate(array, path),
        "databento_dbn_objects_rows_per_s": rate(objects, path),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]))))
