"""Real servers for the tests: Redis, a Redis Cluster of three nodes, PostgreSQL. Import the fixtures that are used."""

from collections.abc import Iterator

import pytest

from penstock.bench.servers import (
    NotInstalledError,
    PostgresServer,
    RedisServer,
    free_port,
    wait_for,
)

SLOTS = 16384


class RedisCluster:
    """Three nodes with a third of the slots each, no replicas; a slot whose node is down is down alone."""

    def __init__(self) -> None:
        self.nodes = [
            RedisServer(
                cluster_enabled="yes",
                cluster_port=str(free_port()),
                cluster_node_timeout="1000",
                cluster_require_full_coverage="no",
            )
            for _ in range(3)
        ]

    @property
    def url(self) -> str:
        return self.nodes[0].url

    def start(self) -> None:
        for node in self.nodes:
            node.start()
        bounds = [0, SLOTS // 3, 2 * SLOTS // 3, SLOTS]
        for i, node in enumerate(self.nodes):
            node.cli("cluster", "set-config-epoch", i + 1)
            node.cli("cluster", "addslotsrange", bounds[i], bounds[i + 1] - 1)
        for node in self.nodes[1:]:
            bus = node.options["cluster_port"]
            self.nodes[0].cli("cluster", "meet", "127.0.0.1", node.port, bus)
        wait_for(self.is_ready, "the cluster of three nodes")

    def is_ready(self) -> bool:
        infos = [node.cli("cluster", "info") for node in self.nodes if node.process]
        return all("cluster_state:ok" in i and "cluster_known_nodes:3" in i for i in infos)

    def name(self, node: RedisServer) -> str:
        """How the cluster calls a node."""
        return node.cli("cluster", "myid")

    def owner(self, slot: int) -> RedisServer:
        """The node that has a slot, as the first node that runs believes."""
        asked = next(node for node in self.nodes if node.process)
        for line in asked.cli("cluster", "nodes").splitlines():
            words = line.split()
            ranges = (word.split("-") for word in words[8:] if not word.startswith("["))
            if any(int(r[0]) <= slot <= int(r[-1]) for r in ranges):
                port = int(words[1].split("@")[0].split(":")[1])
                return next(node for node in self.nodes if node.port == port)
        pytest.fail(f"slot {slot} has no node")

    def begin_move(self, slot: int, target: RedisServer) -> RedisServer:
        """Open a slot for its move to another node; its keys stay until `move_keys`. Returns its old node."""
        source = self.owner(slot)
        target.cli("cluster", "setslot", slot, "importing", self.name(source))
        source.cli("cluster", "setslot", slot, "migrating", self.name(target))
        return source

    def move_keys(self, slot: int, target: RedisServer, count: int) -> int:
        """Move that many keys of an open slot; returns how many went."""
        keys = self.owner(slot).cli("cluster", "getkeysinslot", slot, count).splitlines()
        for key in filter(None, keys):
            self.owner(slot).cli("migrate", "127.0.0.1", target.port, key, 0, 5000)
        return len([key for key in keys if key])

    def end_move(self, slot: int, target: RedisServer) -> None:
        """Give an open slot to its new node."""
        name = self.name(target)
        for node in (target, *(n for n in self.nodes if n is not target)):
            node.cli("cluster", "setslot", slot, "node", name)

    def close(self) -> None:
        for node in self.nodes:
            node.close()


def served(kind):
    """A server while it is used; what is not installed skips the test, and says how to install it."""
    try:
        server = kind()
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    try:
        server.start()
        yield server
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    finally:
        server.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis for the whole session: a test takes a prefix of its own, or flushes."""
    yield from served(RedisServer)


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    """A cluster of three nodes for the whole session: who moves a slot or stops a node puts it back."""
    yield from served(RedisCluster)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL for the whole session: `database()` gives a test its own."""
    yield from served(PostgresServer)
