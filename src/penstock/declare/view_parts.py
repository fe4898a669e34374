"""What a view's file says, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.core.time import Duration
from penstock.declare.view import View
from penstock.declare.view_text import streams
from penstock.events.checks import Rules
from penstock.events.readers import Dialect, open_source
from penstock.events.source import Source
from penstock.streams import Stream

NONE = Duration(0)
MARKET = Rules()


@dataclass(frozen=True, slots=True)
class FileSource:
    """A source as the file names it; ``options`` are those of ``open_source``, ``dialect`` of ``Dialect``."""

    file: Path
    role: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    dialect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quality:
    """What to do with bad rows and with late events."""

    policy: str | float = "count"
    quarantine: Path | None = None
    on_late: str = "count"
    lateness: Duration = NONE
    rules: Rules = MARKET


@dataclass(frozen=True, slots=True)
class ViewFile:
    """What a file says; ``roles`` are those that sources play, and not those that its routes make."""

    path: Path
    view: View
    sources: tuple[FileSource, ...]
    quality: Quality
    roles: Mapping[str, Stream]

    def open(
        self, *, books: bool | None = None, rules: Rules | None = None
    ) -> list[Source] | dict[str, Source]:
        """The sources, by role where they have roles.

        Parameters
        ----------
        books
            Whether books are built of orders and of changes of depth; by default where the view reads neither.
        rules
            What the market may do; by default what the file says.
        """
        if books is None:
            books = {"mbo", "depth"}.isdisjoint(s.type.name for s in streams(self.view))
        made = [
            open_source(
                one.file,
                books=books,
                key=self.view.key,
                rules=rules or self.quality.rules,
                dialect=Dialect(**one.dialect),
                **one.options,
            )
            for one in self.sources
        ]
        roles = [one.role for one in self.sources]
        return dict(zip(roles, made, strict=True)) if any(roles) else made
