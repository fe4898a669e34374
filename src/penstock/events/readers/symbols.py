"""The keys of DBN's records: instrument numbers to symbols, publisher numbers to venues."""

import datetime as dt

import databento_dbn
import numpy as np

from penstock.core.errors import DataError, DefinitionError, nearest
from penstock.events.keys import Keys

COLUMNS = ("symbol", "venue")
_DAY = 86_400_000_000_000

# Databento's publisher numbers from 1 on, by venue (market identifier codes)
_VENUES = (
    "GLBX XNAS XBOS XPSX BATS BATY EDGA EDGX XNYS XCIS XASE XCHI XCIS XCIS MEMX EPRL FINN FINC "
    "FINY AMXO XBOX XCBO EMLD EDGO GMNI XISX MCRY XMIO ARCO OPRA MPRL XNDQ XBXO C2OX XPHL BATO "
    "MXOP IEXG XCHI XCIS IEXG EPRL ARCX XNYS XNYS XNAS XNAS XCHI XCIS IEXG EPRL XNAS XNYS FINN "
    "FINY FINC IFEU NDEX DBEQ EQUS SPHR XCHI XCIS IEXG EPRL XNAS XNYS FINN FINY FINC BATS BATY "
    "EDGA EDGX XBOS XPSX MEMX XASE ARCX LTSE XNAS FINN FINC XOFF XOFF XBOS XPSX XBOS XPSX EQUS "
    "XCIS XNYS EQUS EQUS EQUS EQUS IFUS XOFF IFLL XOFF XEUR XEEE XOFF XOFF"
)
VENUES = tuple(_VENUES.split())


class Symbols:
    """Numbers the keys of records, by the file's date intervals.

    An instrument without a mapping on its date is named by its number, so that nothing is lost.
    """

    def __init__(self, metadata: databento_dbn.Metadata, keys: Keys) -> None:
        for column in keys.columns:
            if column not in COLUMNS:
                raise DefinitionError(
                    f"DBN: a key column must be one of {', '.join(COLUMNS)}, "
                    f"got {column!r}{nearest(column, COLUMNS)}"
                )
        self._keys = keys
        self._venues = "venue" in keys.columns
        self._intervals = _intervals(metadata)
        stamps = {edge for runs in self._intervals.values() for a, b, _ in runs for edge in (a, b)}
        self._edges = np.array(sorted(stamps), np.int64)
        self._tables: dict[int, tuple[np.ndarray, np.ndarray]] = {}  # per epoch: codes, numbers

    def rename(self, instrument: int, symbol: str) -> None:
        """Map an instrument from here on, as a recorded live session does."""
        self._intervals[instrument] = [(0, UNENDING, symbol)]
        self._tables.clear()

    def codes(self, records: np.ndarray) -> np.ndarray:
        """What the keys of records depend on: instruments, with venues where a key has them."""
        codes = records["instrument_id"].astype(np.int64)
        if self._venues:
            codes |= records["publisher_id"].astype(np.int64) << 32
        return codes

    def numbers(self, codes: np.ndarray, stamps: np.ndarray) -> np.ndarray:
        """The key numbers of codes, mapped at their stamps."""
        epochs = np.searchsorted(self._edges, stamps, "right")
        if not codes.size or (epochs == epochs[0]).all():
            return self._lookup(codes, int(epochs[0]) if codes.size else 0)
        out = np.empty(codes.size, np.int64)
        for epoch in np.unique(epochs).tolist():
            rows = epochs == epoch
            out[rows] = self._lookup(codes[rows], epoch)
        return out

    def _lookup(self, codes: np.ndarray, epoch: int) -> np.ndarray:
        if codes.size and (codes == codes[0]).all():
            return np.full(codes.size, self._number(int(codes[0]), epoch), np.int64)
        known, numbers = self._tables.get(epoch, (np.array([-1]), np.array([-1])))
        places = np.minimum(np.searchsorted(known, codes), known.size - 1)
        missing = known[places] != codes
        if missing.any():
            fresh = np.unique(codes[missing])
            found = np.array([self._number(code, epoch) for code in fresh.tolist()], np.int64)
            known, numbers = np.concatenate((known, fresh)), np.concatenate((numbers, found))
            order = np.argsort(known)
            known, numbers = known[order], numbers[order]
            self._tables[epoch] = known, numbers
            places = np.searchsorted(known, codes)
        return numbers[places]

    def _number(self, code: int, epoch: int) -> int:
        instrument, publisher = code & 0xFFFFFFFF, code >> 32
        at = int(self._edges[epoch - 1]) if epoch else 0
        symbol = str(instrument)
        for start, end, name in self._intervals.get(instrument, ()):
            if start <= at < end:
                symbol = name
        venue = VENUES[publisher - 1] if 1 <= publisher <= len(VENUES) else str(publisher)
        parts = {"symbol": symbol, "venue": venue}
        return self._keys.number(tuple(parts[column] for column in self._keys.columns))


UNENDING = 2**63 - 1


def _intervals(metadata: databento_dbn.Metadata) -> dict[int, list[tuple[int, int, str]]]:
    """Per instrument the spans (start, end, symbol) of its names, ns."""
    inward = str(metadata.stype_in) == "instrument_id"
    found: dict[int, list[tuple[int, int, str]]] = {}
    try:
        mappings = metadata.mappings
    except (ValueError, OverflowError) as error:  # a date that is none
        raise DataError(f"DBN: the metadata's symbols must have dates, got {error}") from error
    for name, spans in mappings.items():
        for span in spans:
            number, symbol = (name, span["symbol"]) if inward else (span["symbol"], name)
            if str(number).isdigit() and symbol:
                edges = _nanoseconds(span["start_date"]), _nanoseconds(span["end_date"])
                found.setdefault(int(number), []).append((*edges, symbol))
    return found


def _nanoseconds(date: dt.date) -> int:
    return min((date.toordinal() - EPOCH) * _DAY, UNENDING)


EPOCH = dt.date(1970, 1, 1).toordinal()
