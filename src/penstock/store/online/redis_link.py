"""What runs commands: on one server, or on each key's node of a cluster."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from typing import Any, NamedTuple

from penstock.core.errors import StoreError, StoreFull
from penstock.store.online.redis_keys import SLOTS, slot
from penstock.store.online.redis_wire import Command, Listener, Login, Wire, connect

Address = tuple[str, int]
NOBODY: Address = ("", 0)
ROUNDS = 5
FULL = "OOM"  # how the error of a full memory begins
PAUSE = 0.02  # seconds before a slot that is on its way is asked again


class Node:
    """One server: a connection for reads and one for writes, so that no read waits behind a big write.

    Errors of the connection are replies too: what else was asked elsewhere has its own.
    """

    def __init__(self, login: Login, address: Address, timeouts: Mapping[str, float]) -> None:
        self.login, self.address, self.timeouts = login, address, timeouts
        self._wires = dict[str, Wire]()
        self._connecting = defaultdict[str, asyncio.Lock](asyncio.Lock)
        self._ended = False

    async def ask(self, commands: Sequence[Command], lane: str) -> list[Any]:
        """The replies to commands; an exception is a reply like others."""
        try:
            async with asyncio.timeout(self.timeouts[lane]):
                wire = self._wires.get(lane)
                if wire is None or not wire.is_open:
                    wire = await self._wire(lane)
                try:
                    return await wire.ask(commands)
                finally:
                    if (
                        self._ended and wire.is_idle
                    ):  # made after the node was left: nobody else closes it
                        wire.close()
        except TimeoutError:
            # late replies would come before those of the next call: begin anew
            if lane in self._wires:
                self._wires.pop(lane).close()
            error = TimeoutError(f"no answer from {self.place} within {self.timeouts[lane]} s")
            return [error] * len(commands)
        except OSError as error:
            return [ConnectionError(f"{self.place}: {error}")] * len(commands)

    async def _wire(self, lane: str) -> Wire:
        async with self._connecting[lane]:
            wire = self._wires.get(lane)
            if wire is None or not wire.is_open:
                wire = self._wires[lane] = await connect(self.login, *self.address, Wire)
            return wire

    async def listen(self, channel: bytes) -> Listener:
        """A connection that listens to a channel."""
        async with asyncio.timeout(self.timeouts["read"]):
            listener = await connect(self.login, *self.address, Listener)
            try:
                await listener.listen(channel)
            except BaseException:
                listener.close()
                raise
            return listener

    @property
    def place(self) -> str:
        """Where it is."""
        return f"{self.address[0]}:{self.address[1]}"

    def close(self) -> None:
        """End the connections, those too that are being made."""
        self._ended = True
        for wire in self._wires.values():
            wire.close()
        self._wires.clear()


class Link:
    """One server."""

    def __init__(self, login: Login, timeouts: Mapping[str, float]) -> None:
        self.login, self.timeouts = login, timeouts
        self.nodes = {(login.host, login.port): Node(login, (login.host, login.port), timeouts)}

    async def open(self) -> None:
        """Find what nodes there are."""

    async def ask(self, keys: Sequence[bytes], commands: Sequence[Command], lane: str) -> list[Any]:
        """The replies to commands, each about a key."""
        del keys  # all are in one place
        (node,) = self.nodes.values()
        return await node.ask(commands, lane)

    async def everywhere(self, lane: str, *commands: Command) -> list[tuple[Node, list[Any]]]:
        """The replies of every node to commands."""
        nodes = list(self.nodes.values())
        replies = await asyncio.gather(*(node.ask(commands, lane) for node in nodes))
        return list(zip(nodes, replies, strict=True))

    async def silent(self) -> tuple[set[Address], Exception | None]:
        """The nodes that do not answer, and what is wrong with one; on both lanes: one that is silent is begun anew."""
        gone, why = set[Address](), None
        for lane in ("read", "write"):
            nodes = [node for node in self.nodes.values() if node.address not in gone]
            replies = await asyncio.gather(*(node.ask([("PING",)], lane) for node in nodes))
            for node, (reply,) in zip(nodes, replies, strict=True):
                if isinstance(reply, Exception):
                    gone.add(node.address)
                    why = reply
        return gone, why

    def around(self, slots: Iterable[int]) -> frozenset[int]:
        """Slots with all others that fail with them."""
        return frozenset(slots)

    def slots_of(self, addresses: Set[Address]) -> frozenset[int]:
        """The slots of some nodes; a server alone has no slots."""
        del addresses
        return frozenset()

    def close(self) -> None:
        """End all connections."""
        for node in self.nodes.values():
            node.close()


class _Group(NamedTuple):
    """Where commands go; `is_asking` where the node has their slot only in part."""

    address: Address
    is_asking: bool


class ClusterLink(Link):
    """The nodes of a cluster, and who has which slot.

    A node that has a slot no longer says who has; one that is giving it away sends on for keys that went. When a
    node does not answer, the others are asked who has its slots now.
    """

    def __init__(self, login: Login, timeouts: Mapping[str, float]) -> None:
        super().__init__(login, timeouts)
        self._owners = [NOBODY] * SLOTS

    async def open(self) -> None:
        """Ask any node for the slots.

        Raises
        ------
        ConnectionError
            None answers, or a server is in no cluster.
        """
        last = ConnectionError("no node is known")
        first = (self.login.host, self.login.port)
        for address in dict.fromkeys([*self.nodes, first]):
            node = self._node(address)
            (found,) = await node.ask([("CLUSTER", "SLOTS")], "read")
            if isinstance(found, Exception):
                last = ConnectionError(f"the slots of a cluster are needed, got {found}")
                continue
            owners = [NOBODY] * SLOTS
            for first, end, (host, port, *_), *_ in found:
                # a node that does not know its own name leaves it out
                owner = (host.decode() or node.address[0], port)
                owners[first : end + 1] = [owner] * (end + 1 - first)
            self._owners = owners
            self._keep(set(owners) - {NOBODY})
            return
        raise last

    async def silent(self) -> tuple[set[Address], Exception | None]:
        """The nodes that do not answer, once the others were asked whose slots they have."""
        gone, why = await super().silent()
        if gone and len(gone) < len(self.nodes):
            with suppress(ConnectionError):
                await self.open()
        return gone & self.nodes.keys(), why

    def around(self, slots: Iterable[int]) -> frozenset[int]:
        """Slots with all others that their nodes have, and those that no node has."""
        return self.slots_of({self._owners[number] for number in slots})

    def slots_of(self, addresses: Set[Address]) -> frozenset[int]:
        """The slots of some nodes, and those that no node has."""
        away = {*addresses, NOBODY}
        return frozenset(number for number, owner in enumerate(self._owners) if owner in away)

    def _keep(self, addresses: set[Address]) -> None:
        for address in self.nodes.keys() - addresses:
            self.nodes.pop(address).close()
        for address in addresses:
            self._node(address)

    def _node(self, address: Address) -> Node:
        if address not in self.nodes:
            self.nodes[address] = Node(self.login, address, self.timeouts)
        return self.nodes[address]

    async def ask(self, keys: Sequence[bytes], commands: Sequence[Command], lane: str) -> list[Any]:
        """The replies to commands, each about one key, from its node."""
        replies = list[Any]([None] * len(commands))
        # what is still to be asked, and the node that a reply sent it on to
        left: dict[int, Address | None] = dict.fromkeys(range(len(commands)))
        for _ in range(ROUNDS):
            groups = defaultdict[_Group, list[int]](list)
            for i, sent_on in left.items():
                owner = sent_on or self._owners[slot(keys[i])]
                groups[_Group(owner, sent_on is not None)].append(i)
            await asyncio.gather(*(
                self._ask(to, at, commands, replies, lane) for to, at in groups.items()
            ))  # fmt: skip
            left = await self._left([i for i in left if isinstance(replies[i], Exception)], replies)
            if not left:
                break
        return replies

    async def _ask(
        self, to: _Group, at: list[int], commands: Sequence[Command], replies: list[Any], lane: str
    ) -> None:  # fmt: skip
        """Ask one node, and put its replies where they belong."""
        if to.address == NOBODY:
            found = [ConnectionError("no node of the cluster has this slot")] * len(at)
        elif to.is_asking:
            asked = [c for i in at for c in (("ASKING",), commands[i])]
            found = (await self._node(to.address).ask(asked, lane))[1::2]
        else:
            found = await self._node(to.address).ask([commands[i] for i in at], lane)
        for i, reply in zip(at, found, strict=True):
            replies[i] = reply

    async def _left(self, failed: list[int], replies: list[Any]) -> dict[int, Address | None]:
        """What must be asked again, once what the errors say of the slots is known."""
        left, moved = dict[int, Address | None](), dict[int, Address]()
        pause = lost = False
        for i in failed:
            word, *rest = str(replies[i]).split()
            if isinstance(replies[i], OSError):
                left[i], lost = None, True
            elif word in {"MOVED", "ASK"}:
                host, _, port = rest[1].rpartition(":")
                address = (host or self.login.host, int(port))
                left[i] = address if word == "ASK" else None
                if word == "MOVED":
                    moved[int(rest[0])] = address
            elif word in {"TRYAGAIN", "CLUSTERDOWN"}:
                left[i], pause = None, True
        if moved or lost:
            before = self._owners
            with suppress(ConnectionError):
                await self.open()
            if lost and not moved and self._owners == before:
                return {}  # nobody took over from the node that does not answer
            for number, address in moved.items():
                self._owners[number] = address  # it knows better than who told the slots
        if pause:
            await asyncio.sleep(PAUSE)
        return left


def checked(reply: Any) -> Any:
    """A reply that is no error."""
    if isinstance(reply, Exception):
        if str(reply).startswith(FULL):
            raise StoreFull(f"Redis: memory for a write is needed, got {reply}")
        raise StoreError(f"Redis: an answer is needed, got {reply}")
    return reply
