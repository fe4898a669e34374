"""Online reads as fast as they go: bytes in, bytes out, of rows that memory has without a turn of the loop."""

import asyncio
from urllib.parse import unquote

import msgspec

from penstock.core.errors import DataError, DefinitionError, PenstockError
from penstock.jobs.feature_store import AsyncFeatureStore
from penstock.serve.encoding import Cells, Selection, Whole, whole
from penstock.serve.joining import Joiner
from penstock.serve.likeness import Likenesses
from penstock.serve.prepared import Prepared, Scalars
from penstock.serve.structs import HotRequest
from penstock.store.online.memory import Entry, Pair

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
LONGEST_HEAD = len(HEAD % 10**12)
END = b"]}"
EMPTY = b'{"values":[],"statuses":[],"event_timestamps":[]}'
Buffer = bytes | memoryview
Lone = tuple[Prepared, Selection]  # a request about one row of one view


class HotReads:
    """Answers online reads.

    Parameters
    ----------
    store
        Where rows are.
    batch
        Entities that one request may ask for.
    wait
        Whether rows that only slow tiers have are waited for.
    """

    def __init__(self, store: AsyncFeatureStore, batch: int, *, wait: bool = True) -> None:
        self.store, self.batch, self.wait = store, batch, wait
        self._decode = msgspec.json.Decoder(HotRequest).decode
        self._prepared: dict[tuple[bytes | str, bool], Prepared] = {}
        self._likenesses = Likenesses[Lone](self._decode)
        self._memory, self._joiner = store.online.memory, Joiner()
        self.entities = 0

    def renew(self) -> None:
        """Forget what requests read: the registry has changed."""
        self._prepared.clear()
        self._likenesses.clear()

    async def post(self, body: bytes) -> bytes:
        """The answer to a body.

        Raises
        ------
        DataError
            It is no such request.
        DefinitionError
            It asks for what is not defined.
        """
        try:
            asked = self._decode(body)
        except msgspec.MsgspecError as error:
            raise DataError(f"get-online-features: {error}") from error
        name = asked.feature_service or bytes(asked.features)
        prepared = self._prepared.get((name, asked.full_feature_names)) or self._prepare(asked)
        return await self.answer(prepared, asked.entities)

    def quick(self, body: bytes) -> Buffer | None:
        """The whole answer to a body, head and all, where its like came before and memory has its rows; else None."""
        like = self._likenesses.find(body)
        if like is not None:
            (prepared, lone), text = like
            return self._quick_one(prepared, lone, b"%d:%b," % (len(text), text))
        try:
            asked = self._decode(body)
            name = asked.feature_service or bytes(asked.features)
            prepared = self._prepared[name, asked.full_feature_names]
            size = self._size(prepared, asked.entities)
            if size == 1 and prepared.lone is not None:
                what = prepared, prepared.lone
                self._likenesses.learn(body, prepared.key[0], asked, what)
            found = self._quick_parts(prepared, asked.entities)
        except (PenstockError, msgspec.MsgspecError, KeyError):
            return None
        if found is None:
            return None
        self.entities += size
        self.store.online.count_hits(len(found))
        if len(prepared.parts) == 1 and size:
            return self._in_one(prepared, found)
        parts = self._joined(prepared, found, size)
        return b"".join((HEAD % sum(map(len, parts)), *parts))

    def _in_one(self, prepared: Prepared, cells: list[Cells]) -> memoryview:
        """The whole answer about rows of one view, put together where it lies."""
        before = LONGEST_HEAD + len(prepared.head)
        columns = len(prepared.parts[0].choice.columns)
        text = self._joiner.join(cells, columns, before=before, after=END)
        begin = HEAD % (len(text) - LONGEST_HEAD) + prepared.head
        text[before - len(begin) : before] = begin
        return text[before - len(begin) :]

    def _quick_one(self, prepared: Prepared, selection: Selection, key: bytes) -> bytes | None:
        """The whole answer about one row of one view: kept with the row until it is too old."""
        entry = self._memory.get((selection.id, key))
        if entry is None:
            return None
        self.entities += 1
        self.store.online.count_hits(1)
        return self._whole(prepared, selection, entry).text

    def begin(self, body: bytes) -> tuple[Lone, asyncio.Future[Entry]] | None:
        """Begin to read the row that a body is about, where its like came before; what `about` says once it is there.

        None where the body is not about one row of one view, or memory has it.
        """
        like = self._likenesses.find(body)
        if like is None:
            return None
        lone, text = like
        pair = lone[1].id, b"%d:%b," % (len(text), text)
        landing = self.store.online.begin(pair, wait=self.wait)
        if landing is None:
            return None
        self.entities += 1
        return lone, landing

    def about(self, lone: Lone, entry: Entry) -> Whole:
        """The answer about one row of one view."""
        return self._whole(*lone, entry)

    def _whole(self, prepared: Prepared, selection: Selection, entry: Entry) -> Whole:
        now, found = self.store.clock(), entry.encoded.get(prepared)
        if found is None or now > found.until:
            texts = selection.texts(entry, now)
            alone = texts.alone()
            size = len(prepared.head) + len(alone) + len(END)
            text = b"".join((HEAD % size, prepared.head, alone, END))
            made = Whole(text, size, texts.until)
            entry.encoded[prepared] = made
            self._memory.grew(entry, made.size - (found.size if found else 0))
            found = made
        return found

    def _quick_parts(self, prepared: Prepared, entities: Scalars) -> list[Cells] | None:
        memory, made = self._memory, list[Cells]()
        now = self.store.clock()
        if not prepared.parts:
            return None
        for part in prepared.parts:
            selection = part.single
            entries = None if selection is None else memory.get_all(part.pairs(entities))
            if selection is None or entries is None:
                return None
            for entry in entries:
                cells = entry.encoded.get(selection)
                if cells is None or now > cells.until:
                    cells = selection.cells(entry, now, memory)
                made.append(cells)
        return made

    async def get(self, name: str, key: str) -> bytes:
        """The answer about one entity: all of a service, or of a view; the parts of its key stand between slashes."""
        prepared = self._prepared.get((name, False))
        if prepared is None:
            contents = self.store.contents
            service = name in contents.names("service")
            features: list[str] | str = name if service else [f"{name}:*"]
            prepared = self._keep((name, False), features, full=False)
        parts = [unquote(part) for part in key.split("/")]
        wanted = prepared.key
        if len(parts) != len(wanted):
            raise DataError(
                f"{name}: a key of {', '.join(wanted)} is needed, got {len(parts)} parts"
            )
        return await self.answer(prepared, {n: [p] for n, p in zip(wanted, parts, strict=True)})

    def _prepare(self, asked: HotRequest) -> Prepared:
        features: list[str] | str = asked.feature_service
        name: bytes | str = features
        if not features:
            name = bytes(asked.features)
            try:
                features = msgspec.json.decode(asked.features, type=list[str])
            except msgspec.MsgspecError as error:
                raise DataError(f"get-online-features: features: {error}") from error
        return self._keep((name, asked.full_feature_names), features, full=asked.full_feature_names)

    def _keep(
        self, name: tuple[bytes | str, bool], features: list[str] | str, *, full: bool
    ) -> Prepared:
        request = self.store.request(features, full_feature_names=full)
        if len(self._prepared) > 10_000:
            self._prepared.clear()
        found = self._prepared[name] = Prepared(request, features, full=full)
        return found

    async def answer(self, prepared: Prepared, entities: Scalars) -> bytes:
        """The answer about entities."""
        size = self._size(prepared, entities)
        self.entities += size
        if not prepared.parts:
            return await self._computed(prepared, entities, size)
        pairs: list[Pair] = []
        for part in prepared.parts:
            mine = part.pairs(entities)
            if part.choice.split:
                for view, key in mine:
                    schema = part.selections[view].schema
                    self.store.exposures.note(self.store.clock(), schema.view, schema.version, key)
            pairs += mine
        get = self._memory.get
        entries: list[Entry | None] = [get(pair) for pair in pairs]
        if None in entries:
            entries = list(await self.store.online.read(pairs, wait=self.wait))
        else:
            self.store.online.count_hits(len(entries))
        if size == 1 and prepared.lone is not None:
            return self._whole(prepared, prepared.lone, entries[0]).body  # type: ignore[arg-type]
        now, memory = self.store.clock(), self._memory
        selections = [part.selections for part in prepared.parts for _ in range(size)]
        cells = [
            versions[view].cells(entry, now, memory)  # type: ignore[arg-type]
            for versions, (view, _), entry in zip(selections, pairs, entries, strict=True)
        ]
        return b"".join(self._joined(prepared, cells, size))

    def _joined(self, prepared: Prepared, cells: list[Cells], size: int) -> list[Buffer]:
        """The parts of an answer: the items of each view's columns."""
        parts: list[Buffer] = [prepared.head]
        for place, part in enumerate(prepared.parts):
            columns = len(part.choice.columns)
            rows = cells[place * size : (place + 1) * size]
            none = [b",".join([EMPTY] * columns)]
            found = [self._joiner.join(rows, columns)] if size else none
            parts += [b",", *found] if place else found
        return [*parts, END]

    async def _computed(self, prepared: Prepared, entities: Scalars, size: int) -> bytes:
        rows = [{name: values[i] for name, values in entities.items()} for i in range(size)]
        found = await self.store.get_online_features(
            prepared.features, rows, full_feature_names=prepared.full, wait=self.wait
        )
        return whole(found.to_json())

    def _size(self, prepared: Prepared, entities: Scalars) -> int:
        """How many entities there are."""
        names = prepared.key
        if len(names) == len(entities) == 1 and names[0] in entities:
            size = len(entities[names[0]])
        else:
            sizes = {len(values) for values in entities.values()}
            if len(sizes) > 1 or not entities.keys() >= set(names):
                got = {name: len(values) for name, values in entities.items()}
                raise DataError(
                    f"entities: lists of one length for {', '.join(names)} are needed, got {got}"
                )
            size = next(iter(sizes), 0)
        if size > self.batch:
            raise DefinitionError(
                f"entities: at most {self.batch:,} are answered at one time, got {size:,}"
            )
        return size
