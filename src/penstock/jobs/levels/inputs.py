"""The files of a date, found by their names."""

import datetime as dt
import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Literal

from penstock.core.errors import DataError
from penstock.formulas.levels.parameters import Parameters

Kind = Literal["mbp-10", "mbo"]
DATE = re.compile(r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)(?!\d)")
WORDS = re.compile(r"[._]")
ENDINGS = (".dbn", ".dbn.zst", ".parquet")
QUOTED = ("mbp-1", "cmbp-1", "tbbo", "tcbbo", "bbo-1s", "cbbo-1s", "bbo-1m", "cbbo-1m")
TABLES = ("options", "option_quotes", "open_interest", "quotes", "trades")  # after spy_


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of one date.

    Attributes
    ----------
    trades
        Of the futures; the files of the book where no file has trades alone, since those hold them too.
    books
        Of the futures: order books by price, or single orders' messages.
    kind
        Which of the two.
    options, option_quotes, open_interest
        Of the underlying's options.
    spy_quotes, spy_trades
        Of the underlying itself.
    unused
        Files of the date that are left aside, each with the reason.
    """

    date: dt.date
    trades: tuple[Path, ...] = ()
    books: tuple[Path, ...] = ()
    kind: Kind = "mbp-10"
    options: tuple[Path, ...] = ()
    option_quotes: tuple[Path, ...] = ()
    open_interest: tuple[Path, ...] = ()
    spy_quotes: tuple[Path, ...] = ()
    spy_trades: tuple[Path, ...] = ()
    unused: tuple[tuple[Path, str], ...] = field(default=(), compare=False)

    @property
    def paths(self) -> dict[str, tuple[Path, ...]]:
        """The files by what they are; one that is read as two things stands at the first."""
        found: dict[str, tuple[Path, ...]] = {}
        seen: set[Path] = set()
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name in ROLES:
                found[each.name] = tuple(path for path in value if path not in seen)
                seen.update(value)
        return {role: paths for role, paths in found.items() if paths}

    @property
    def priced_by(self) -> str:
        """The role of the files whose prices the date goes by; empty where no file says any."""
        return next((role for role in PRICES if getattr(self, role)), "")

    @property
    def prices(self) -> tuple[Path, ...]:
        """Those files."""
        return getattr(self, self.priced_by) if self.priced_by else ()

    def without_futures(self) -> "Inputs":
        """The same date without its futures, which are left aside."""
        aside = dict.fromkeys((*self.trades, *self.books), "the price is the underlying's own")
        return replace(self, trades=(), books=(), unused=(*self.unused, *aside.items()))

    @property
    def missing(self) -> list[str]:
        """What a run cannot do without and the date lacks."""
        return [] if self.prices else ["trades of futures or options, nor the underlying's"]

    def lacking(self, parameters: Parameters) -> list[str]:
        """What a run can do without, and what the lack of it leaves null."""
        found = []
        if not self.prices:
            return found  # it cannot be run, or its events come by a feed
        if not self.trades:
            found.append(f"no futures: barrier and tape are null, {PRICES[self.priced_by]}")
        elif not self.books:
            found.append("no order book: the barrier is null, and the ratio is the static one")
        if not self.options:
            found.append("no option trades: fuel, walls, strikes and gamma flip are null")
        elif not self.option_quotes:
            found.append("no option quotes: the file's own sides, middles and volatilities hold")
        if parameters.by_interest and self.options and not self.open_interest:
            named = {"walls": parameters.wall_mode, "the gamma flip": parameters.flip_from}
            null = " and ".join(name for name, by in named.items() if by == "oi")
            found.append(f"no open interest of options: {null} by it are null")
        if self.trades and not self.spy_quotes:
            found.append("no quotes of the underlying: the ratio is the static one")
        return found


ROLES = (
    "trades", "books", "options", "option_quotes", "open_interest", "spy_quotes", "spy_trades",
)  # fmt: skip

PRICES = {
    "trades": "prices are those of the futures",
    "spy_trades": "prices are those of the underlying's trades",
    "spy_quotes": "prices are the middles of the underlying's quotes, which have no volumes: vwap is null",
    "options": "prices are those that option trades say of the underlying, without volumes: vwap is null",
}
"""The roles of files that prices are taken from, the first that a date has, and what a run says of them."""


def find(*sources: Path, book: Kind | None = None, prefix: str = "spy") -> list[Inputs]:
    """The dates of which there are files in some directories, in order.

    A file's name says its date (``20251216`` or ``2025-12-16``) and what it holds: its schema as a word between dots
    (``es.20251216.mbp-10.dbn.zst``), or for the underlying and its options what `TABLES` names after ``spy_``. Raw
    option files (``opra…``, ``…options…``) are for `ingest`, and are passed over here. What two directories have of one
    date is read from the first.

    Parameters
    ----------
    sources
        Directories, searched with their subdirectories.
    book
        Which book to read where a date has both; by price if not said.
    prefix
        How the names of the underlying's files begin.

    Raises
    ------
    DataError
        A directory does not exist.
    """
    by_date: dict[dt.date, dict[str, list[Path]]] = {}
    for source in sources:
        here: dict[tuple[dt.date, str], list[Path]] = {}
        for path in files(source):
            date, role = date_of(path.name), role_of(path.name, prefix)
            if date is not None and role is not None:
                here.setdefault((date, role), []).append(path)
        for (date, role), paths in here.items():
            by_date.setdefault(date, {}).setdefault(role, paths)
    return [_settled(date, roles, book) for date, roles in sorted(by_date.items())]


def files(source: Path) -> list[Path]:
    """The data files of a directory and those below it, in order of their names."""
    if not source.is_dir():
        raise DataError(f"{source}: the source must be a directory, got no such directory")
    found = (path for path in source.rglob("*") if path.name.endswith(ENDINGS) and path.is_file())
    return sorted(found, key=lambda path: path.name)


def date_of(name: str) -> dt.date | None:
    """The date in a file's name; None where there is none.

    Examples
    --------
    >>> date_of("es-20251216.mbo.dbn.zst"), date_of("spy_options_2025-12-16.parquet"), date_of("es.mbo.dbn")
    (datetime.date(2025, 12, 16), datetime.date(2025, 12, 16), None)
    """
    for year, month, day in DATE.findall(name):
        try:
            return dt.date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def is_raw_options(name: str) -> bool:
    """Whether a file holds options as their exchanges sent them.

    Examples
    --------
    >>> is_raw_options("opra-pillar-20251216.trades.dbn.zst"), is_raw_options("spy_options_2025-12-16.parquet")
    (True, False)
    """
    low = name.lower()
    return (
        low.startswith("opra")
        or ("option" in low and not low.endswith(".parquet"))
        or "raw_option" in low
    )


def role_of(name: str, prefix: str = "spy") -> str | None:
    """What a file holds, by its name: a field of `Inputs`, or ``mbp-10`` or ``mbo``.

    Examples
    --------
    >>> role_of("glbx-mdp3-20251216.mbp-10.dbn.zst"), role_of("spy_quotes_20251216.tbbo.dbn.zst")
    ('mbp-10', 'spy_quotes')
    >>> role_of("opra-pillar-20251216.trades.dbn.zst"), role_of("es_trades_2025-12-16.parquet")
    (None, 'trades')
    """
    low = name.lower()
    if is_raw_options(low):
        return None
    if low.startswith(f"{prefix}_"):
        rest = low.removeprefix(f"{prefix}_")
        table = next((known for known in TABLES if rest.startswith(known)), None)
        return {"quotes": "spy_quotes", "trades": "spy_trades"}.get(table or "", table)
    if low.startswith(f"{prefix}."):
        words = WORDS.split(low)
        return (
            "spy_quotes"
            if any(word in QUOTED for word in words)
            else "spy_trades"
            if "trades" in words
            else None
        )
    words = WORDS.split(low)
    return next((schema for schema in ("trades", "mbp-10", "mbo") if schema in words), None)


def _settled(date: dt.date, roles: dict[str, list[Path]], book: Kind | None) -> Inputs:
    """The files of a date, with one kind of book."""
    have = {role: tuple(paths) for role, paths in roles.items()}
    by_price, by_order = have.pop("mbp-10", ()), have.pop("mbo", ())
    kind: Kind = book or ("mbp-10" if by_price else "mbo")
    books, aside = (by_price, by_order) if kind == "mbp-10" else (by_order, by_price)
    found = replace(Inputs(date, kind=kind), books=books, **have)
    if not found.trades:
        found = replace(found, trades=books)
    return replace(
        found, unused=tuple((path, f"the book is read from {kind} files") for path in aside)
    )
