"""The shared tier: Redis, or a Redis Cluster.

A view's values of an entity are one packed value under ``prefix:{entity}view``. A newer stamp wins inside Redis, in a
script that also tells other processes. Each copy goes when its time is over.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from penstock.core.errors import StoreError, StorePartlyAway
from penstock.store.online.redis_keys import SLOTS, WRITER_BYTES, RedisKeys, slot
from penstock.store.online.redis_link import FULL, ClusterLink, Link, checked
from penstock.store.online.redis_memory import memory_facts, read_info
from penstock.store.online.redis_removal import removed
from penstock.store.online.redis_script import PUT, PUT_HASH
from penstock.store.online.redis_wire import Command, Listener, Login
from penstock.store.online.shared import BEAT, Item, Traffic, cut, heard, newest
from penstock.store.online.tier import BEGUN, Change

DAY, MS = 86_400_000_000_000, 1_000_000  # in ns
SCRIPT_KEYS, SCRIPT_BYTES = 256, 256 << 10  # one script keeps the server that long
WINDOW_KEYS, WINDOW_BYTES = 4_096, 4 << 20  # sent before replies are awaited
WINS = 49  # what the script says of a row that is written: "1"

_Named = tuple[int, bytes, bytes]  # where an item stands, its key in Redis, its value


class RedisTier:
    """The latest values in Redis.

    Parameters
    ----------
    url
        ``redis://user:password@host:port/database``, or ``rediss://`` for TLS; of a cluster, any node.
    cluster
        Whether it is a cluster.
    prefix
        What the keys begin with: two stores may share a server.
    ttl_ns
        How long a copy is kept.
    timeout, write_timeout
        Seconds within which a server must answer what reads, and what writes.
    clock
        The time in ns, for the stamp of a view that is dropped.
    """

    name = "redis"

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        url: str,
        *,
        cluster: bool = False,
        prefix: str = "penstock",
        ttl_ns: int = DAY,
        timeout: float = 0.25,
        write_timeout: float = 5.0,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.login, self.clock = Login.of(url), clock
        self.timeouts = {"read": timeout, "write": write_timeout}
        self.keys, self.ttl_ms = RedisKeys(prefix), max(1, ttl_ns // MS)
        self._make = ClusterLink if cluster else Link
        self._writer = os.urandom(WRITER_BYTES)
        self._traffic = Traffic()
        self._link: Link | None = None

    async def open(self) -> None:
        """Reach the server, or the nodes of the cluster.

        Raises
        ------
        StoreError
            It cannot be reached, or refuses the login.
        """
        if self._link is not None:
            return
        link = self._make(self.login, self.timeouts)
        try:
            await link.open()
            await self._reach(link)
        except (OSError, StoreError) as error:
            link.close()
            raise StoreError(f"Redis: a server must answer, got {error}") from error
        self._link = link

    async def close(self) -> None:
        """End the connections."""
        if self._link is not None:
            self._link.close()
            self._link = None
            await asyncio.sleep(0)  # transports close in the loop's next turn

    async def ping(self) -> None:
        """Ask every node whether it answers."""
        gone, why = await self._now.silent()
        if gone:
            checked(why)

    @property
    def parts(self) -> int:
        """The slots of a cluster; a server alone fails as a whole."""
        return SLOTS if self._make is ClusterLink else 1

    def part(self, view: str, key: bytes) -> int:
        """The slot of a row."""
        return slot(self.keys.join(view, key))

    def around(self, parts: frozenset[int]) -> frozenset[int]:
        """Slots with all others of their nodes."""
        return self._now.around(parts)

    async def reach(self) -> frozenset[int]:
        """Ask every node whether it answers; the slots of those that do not.

        Raises
        ------
        StoreError
            No node answers.
        """
        return await self._reach(self._now)

    @staticmethod
    async def _reach(link: Link) -> frozenset[int]:
        gone, why = await link.silent()
        if len(gone) == len(link.nodes):
            checked(why)
        return link.slots_of(gone)

    async def get(self, pairs: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        """The packed values of (view id, key), None where there is none."""
        if not pairs:
            return []
        names = [self.keys.join(view, key) for view, key in pairs]
        if self._make is ClusterLink:
            # one command per key: those of a slot on its way may be on two nodes
            found = await self._now.ask(names, [("GET", name) for name in names], "read")
            wrong = [i for i, reply in enumerate(found) if isinstance(reply, Exception)]
            if wrong:
                raise self._partly(names, found, wrong)
        else:
            (found,) = await self._now.ask(names[:1], [("MGET", *names)], "read")
            found = checked(found)
        self._traffic.count(sum(map(len, names)), sum(len(data) for data in found if data))
        return found

    async def put(self, items: Sequence[Item]) -> list[bool]:
        """Write packed values; True where one is newer than what was there.

        Raises
        ------
        StoreFull
            The server's memory is full, and its policy refuses writes.
        StoreError
            A server does not answer; some of the items may have been written.
        """
        if self._make is ClusterLink:
            return await self._put_by_node(items)
        result = [False] * len(items)
        named = [(i, self.keys.join(*items[i][:2]), items[i][2]) for i in newest(items)]
        for window in cut(named, WINDOW_KEYS, WINDOW_BYTES):
            calls = list(cut(window, SCRIPT_KEYS, SCRIPT_BYTES))
            for call, won in zip(calls, await self._run(calls), strict=True):
                for (i, *_), wins in zip(call, checked(won), strict=True):
                    result[i] = wins == WINS
        return result

    async def _put_by_node(self, items: Sequence[Item]) -> list[bool]:
        """Write to a cluster, key by key; a node that does not answer is asked no more."""
        result: list[Any] = [False] * len(items)
        names = [self.keys.join(view, key) for view, key, _ in items]
        wrong, away = list[int](), frozenset[int]()
        named = [(i, names[i], items[i][2]) for i in newest(items)]
        for window in cut(named, WINDOW_KEYS, WINDOW_BYTES):
            calls = [[one] for one in window if not away or slot(one[1]) not in away]
            asked = {call[0][0] for call in calls}
            wrong += [i for i, *_ in window if i not in asked]
            for ((i, *_),), won in zip(calls, await self._run(calls), strict=True):
                result[i] = won if isinstance(won, Exception) else won[0] == WINS
            failed = [i for i in asked if isinstance(result[i], Exception)]
            if failed:
                wrong += failed
                away |= self._now.around(slot(names[i]) for i in failed)
        if wrong:
            raise self._partly(names, result, wrong)
        return result

    def _partly(
        self, names: Sequence[bytes], replies: list[Any], wrong: Sequence[int]
    ) -> StorePartlyAway:
        """What is to be said where some nodes did not do what was asked."""
        errors = [replies[i] for i in wrong if isinstance(replies[i], Exception)]
        lost = set(wrong)
        found = [None if i in lost else reply for i, reply in enumerate(replies)]
        parts = self._now.around({slot(names[i]) for i in wrong})
        said = f"Redis: an answer is needed, got {errors[0]}"
        full = any(str(error).startswith(FULL) for error in errors)
        return StorePartlyAway(said, found, lost, parts, full=full)

    async def _run(self, calls: Sequence[Sequence[_Named]]) -> list[Any]:
        """What the script says to each of several calls, or the error; it is loaded where a server does not know it."""
        names = [call[0][1] for call in calls]
        asked = [self._script("EVALSHA", PUT_HASH, call) for call in calls]
        replies = await self._now.ask(names, asked, "write")
        self._traffic.count(sum(len(name) + len(data) for call in calls for _, name, data in call))
        unknown = [n for n, reply in enumerate(replies) if str(reply).startswith("NOSCRIPT")]
        if unknown:
            asked = [self._script("EVAL", PUT, calls[n]) for n in unknown]
            again = await self._now.ask([names[n] for n in unknown], asked, "write")
            for n, reply in zip(unknown, again, strict=True):
                replies[n] = reply
        return replies

    def _script(self, how: str, script: str, call: Sequence[_Named]) -> Command:
        names, values = [name for _, name, _ in call], [data for _, _, data in call]
        settings = (self.ttl_ms, self.keys.channel, self._writer)
        return (how, script, len(call), *names, *settings, *values)

    async def drop_view(self, view: str) -> int:
        """Remove a view's values; how many there were."""
        gone = await removed(self._now, self.keys, view)
        told = self.keys.tell_whole(view, self._writer, self.clock())
        node = next(iter(self._now.nodes.values()))
        (reply,) = await node.ask([("PUBLISH", self.keys.channel, told)], "write")
        checked(reply)
        return gone

    async def sweep(self, before_ns: int) -> int:
        """Remove the copies stored before a time; Redis itself removes each when its time is over."""
        now = self.clock()
        if before_ns <= now - self.ttl_ms * MS:
            return 0  # those are gone
        most = self.ttl_ms - (now - before_ns) // MS
        return await removed(self._now, self.keys, None, left=most)

    async def changes(self) -> AsyncIterator[Change]:
        """What other processes write from now on.

        Raises
        ------
        StoreError
            The channel broke: nobody tells any more.
        """
        listener = await self._listen()
        beats = asyncio.create_task(_beat(listener))
        try:
            yield BEGUN
            while (
                message := await heard(listener.messages, 2 * BEAT + self.timeouts["read"])
            ) is not None:
                for change in self.keys.news(message, self._writer) if message else ():
                    yield change
        finally:
            beats.cancel()
            listener.close()
        raise StoreError("Redis: a channel that tells changes is needed, got its end")

    async def _listen(self) -> Listener:
        """Listen at the first node that answers: in a cluster each hears what any is told."""
        last: Exception = StoreError("Redis: a node is needed, got none")
        for node in list(self._now.nodes.values()):
            try:
                return await node.listen(self.keys.channel)
            except OSError as error:  # a TimeoutError too
                last = error
        raise StoreError(f"Redis: a node must answer, got {last or type(last).__name__}") from last

    async def facts(self) -> dict[str, object]:
        """Memory and what happens when it is full, versions, and what was asked."""
        told = await self._now.everywhere("read", ("INFO", "memory"), ("INFO", "server"))
        infos = [read_info(b"".join(checked(part) for part in parts)) for _, parts in told]
        return {**memory_facts(infos), **self._traffic.facts()}

    @property
    def _now(self) -> Link:
        if self._link is None:
            raise StoreError("Redis: must be open, got closed; call open() first")
        return self._link


async def _beat(listener: Listener) -> None:
    """Make a connection that listens say that it still does."""
    while listener.is_open:
        listener.send([("PING",)])
        await asyncio.sleep(BEAT)
