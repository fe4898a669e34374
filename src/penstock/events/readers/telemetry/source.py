"""A gateway's log as a source of events."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq

from penstock.core.errors import DataError, DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.readers.pieces import content_hash, pieces
from penstock.events.readers.telemetry.blocks import BY, Blocks, Filler
from penstock.events.readers.telemetry.encoders import Encoder
from penstock.events.readers.telemetry.forms import FORMS, stamp
from penstock.events.readers.telemetry.join import Joiner
from penstock.events.readers.telemetry.prices import Prices
from penstock.events.readers.telemetry.rows import Row
from penstock.events.readers.telemetry.terms import Terms
from penstock.events.readers.telemetry.words import APPROXIMATE, WORDS_OF, Tokenizer
from penstock.events.readers.whole_lines import whole_lines
from penstock.events.types import LLM_TYPES

BYTES = 1 << 21  # of text in a chunk, about
ROWS = 8_192  # of a table in a chunk


class TelemetrySource:
    """What a gateway logs as events, those of one request put together by its id.

    Parameters
    ----------
    path
        Lines of JSON (``.gz`` and ``.zst`` are unpacked on the way), or a Parquet table of the events' own schema.
    form
        ``events``: one event a line, as in the schema of `forms`; ``otlp``: exports of OpenTelemetry's spans of
        generative AI, one a line; ``litellm``: LiteLLM's access log, one call a line.
    by
        What events are keyed by: ``model`` or ``user``; ``system``, one key for all; ``router``, models beside
        ``system``, which has the requests and the samples: routes bring the models' events there in roles.
    terms
        How long things are waited for.
    tokenizer
        Counts tokens of prompts; about, by default.
    lexicons
        Words by domain, in place of the few that are known.
    encoder
        Makes vectors of prompts where the terms say how long that takes; by hashed pieces of words by default.
    prices
        A price list: a model that the log names has what the list says of it at that time, and later changes.

    Attributes
    ----------
    cases
        After a reading: events that were late, came twice, or named no known request, by what they were.
    """

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        path: str | Path,
        *,
        form: str = "events",
        by: str = "model",
        terms: Terms | None = None,
        tokenizer: Tokenizer = APPROXIMATE,
        lexicons: Mapping[str, frozenset[str]] | None = None,
        encoder: Encoder | None = None,
        prices: Prices | None = None,
    ) -> None:
        for name, value, known in (("form", form, FORMS), ("by", by, BY)):
            if value not in known:
                raise DefinitionError(
                    f"TelemetrySource: {name} must be one of {', '.join(known)}, got {value!r}{nearest(value, known)}"
                )
        self.path, self.form, self.by = Path(path), form, by
        self.terms, self.tokenizer = terms or Terms(), tokenizer
        self.lexicons = WORDS_OF if lexicons is None else dict(lexicons)
        self.prices, self.encoder = prices, encoder
        self.cases: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The path, as given."""
        return str(self.path)

    @property
    def types(self) -> tuple[EventType, ...]:
        """All that a gateway may say."""
        return LLM_TYPES

    def content_hash(self) -> str:
        """The SHA-256 of the file, in hex."""
        return content_hash(self.path)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The events in order of time; see `Source.chunks`."""
        blocks = Blocks(
            self.name,
            self.by,
            Filler(self.tokenizer, self.lexicons, self.encoder),
            keys,
            quarantine,
        )
        for rows in self._joined(quarantine, None):
            yield blocks.made(rows)

    def rows(self, quarantine: Quarantine, *, until: int | None = None) -> Iterator[Row]:
        """What blocks are made of, one after another: names and contexts are texts and numbers as they were said.

        Parameters
        ----------
        until
            The log as it was known at this time, in ns UTC: what came later is not read, and what is due by then is
            told.
        """
        for rows in self._joined(quarantine, until):
            yield from rows

    def _joined(self, quarantine: Quarantine, until: int | None) -> Iterator[list[Row]]:
        joiner = Joiner(self.terms, None if self.prices is None else self.prices.updates)
        number = 0
        for records in self._records(quarantine):
            for record, raw in records:
                number += 1
                self._take(joiner, record, raw, number, quarantine, until)
            yield self._kept(joiner.rows(), joiner, number, quarantine)
        yield self._kept(joiner.rows(end=True, until=until), joiner, number, quarantine)
        self.cases = joiner.cases
        quarantine.ended(self.name)

    def _take(
        self,
        joiner: Joiner,
        record: Any,
        raw: bytes,
        number: int,
        quarantine: Quarantine,
        until: int | None,
    ) -> None:
        """Admit the events of a record; one that is none is kept aside."""
        try:
            events = tuple(FORMS[self.form](record))
        except (DataError, KeyError, TypeError, ValueError) as error:
            quarantine.add(self.name, "no such record", [number], [raw], [str(error)])
            return
        for event in events:
            if (
                until is not None
                and max(event["ts"], stamp(event.get("received", event["ts"]))) > until
            ):
                continue
            reason = joiner.take(event)
            if reason is not None:
                quarantine.add(self.name, reason, [number], [raw], [event["type"]])

    def _kept(
        self, rows: list[Row], joiner: Joiner, number: int, quarantine: Quarantine
    ) -> list[Row]:
        """The rows; what the joiner kept aside goes to the quarantine."""
        for reason, event in joiner.aside:
            quarantine.add(self.name, reason, [number], [repr(event).encode()], [event["type"]])
        joiner.aside.clear()
        return rows

    def _records(self, quarantine: Quarantine) -> Iterator[list[tuple[Any, bytes]]]:
        """The records of the file, some at a time, with their bytes."""
        if self.path.suffix == ".parquet":
            with pq.ParquetFile(self.path) as table:
                for batch in table.iter_batches(ROWS):
                    yield [(record, repr(record).encode()) for record in batch.to_pylist()]
            return
        decode, row = msgspec.json.Decoder().decode, 0
        with contextlib.closing(pieces(self.path)) as source:
            for text, cut in whole_lines(source, BYTES):
                found = []
                for line in text.split(b"\n"):
                    if not line or line.isspace():
                        continue
                    row += 1
                    try:
                        found.append((decode(line), line))
                    except msgspec.DecodeError as error:
                        quarantine.add(self.name, "no JSON", [row], [line], [str(error)])
                yield found
                if cut is not None:
                    quarantine.add(self.name, cut.reason, [row], [cut.raw], [cut.detail])
