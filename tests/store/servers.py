"""Real servers for the tests: Redis, a Redis Cluster of three nodes and PostgreSQL, on free ports of loopback.

Each is started from the installed binaries with its data in a directory of its own, and can be stopped, killed and
started again by a test. A server goes when the process that started it goes. Import the fixtures where they are used.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

INSTALL = "scripts/install_programs redis-server postgresql installs it"
SLOTS = 16384


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(ready: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Return as soon as `ready()`; fail with `what` where it never is."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            pytest.fail(f"{what}: not so after {seconds} s")
        time.sleep(0.02)


def program(name: str) -> str:
    """The path of an installed program; the newest of PostgreSQL's, which Debian keeps out of PATH."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(beside[-1]) if beside else None)
    if found is None:
        pytest.skip(f"{name} is not installed: {INSTALL}")
    return found


class Server:
    """A program that runs in a directory of its own, until stopped."""

    def __init__(self, user: str | None = None) -> None:
        self.port = free_port()
        self.user = user
        self.directory = Path(tempfile.mkdtemp(prefix="penstock-server-"))
        if user:
            shutil.chown(self.directory, user)
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def run(self, command: list[str]) -> str:
        """What a program prints, run as the server's user."""
        done = subprocess.run(
            command, capture_output=True, check=False, text=True, user=self.user, cwd=self.directory,
            timeout=60,
        )  # fmt: skip
        if done.returncode:
            pytest.fail(f"{command[0]}: {done.stderr or done.stdout}")
        return done.stdout

    def start(self) -> None:
        """Start, and wait until it answers."""
        # the kernel ends the server with the process that started it, however that one ends
        leash = ["setpriv", "--pdeathsig", "KILL"]
        if self.user:
            group = pwd.getpwnam(self.user).pw_gid
            leash += ["--reuid", self.user, "--regid", str(group), "--init-groups"]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*leash, *self.command()], stdout=log, stderr=log, cwd=self.directory
            )
        wait_for(lambda: self._gone() or self.is_ready(), f"{type(self).__name__} on {self.port}")

    def _gone(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            pytest.fail(f"{self.command()[0]}: {(self.directory / 'log').read_text()[-2000:]}")
        return False

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._end("terminate")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._end("kill")

    def _end(self, how: str) -> None:
        if self.process is not None:
            getattr(self.process, how)()
            self.process.wait(30)
            self.process = None

    def close(self) -> None:
        """End it and remove its data."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class RedisServer(Server):
    """One `redis-server` without persistence; `options` are of its configuration."""

    def __init__(self, **options: str) -> None:
        super().__init__()
        self.options = options

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        given = {
            "port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no",
            "dir": str(self.directory), **{k.replace("_", "-"): v for k, v in self.options.items()},
        }  # fmt: skip
        return [program("redis-server"), *(x for k, v in given.items() for x in (f"--{k}", v))]

    def is_ready(self) -> bool:
        done = subprocess.run(
            [program("redis-cli"), "-p", str(self.port), "ping"],
            capture_output=True, check=False, timeout=10,
        )  # fmt: skip
        return done.stdout.strip() == b"PONG"

    def cli(self, *words: str | int) -> str:
        """The answer to one command."""
        return self.run([program("redis-cli"), "-p", str(self.port), *map(str, words)]).strip()


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


class PostgresServer(Server):
    """PostgreSQL with its own data directory; as root it runs as `postgres`, else as who runs the tests."""

    def __init__(self) -> None:
        super().__init__("postgres" if os.geteuid() == 0 else None)
        self.made = 0
        self.run([
            program("initdb"), "-D", str(self.data), "-U", "penstock", "--auth=trust", "--no-sync",
            "--no-instructions", "--encoding=UTF8", "--locale=C",
        ])  # fmt: skip

    @property
    def data(self) -> Path:
        return self.directory / "data"

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.directory),
            "fsync": "off", "shared_buffers": "64MB", "max_connections": "60",
        }  # fmt: skip
        given = [x for k, v in settings.items() for x in ("-c", f"{k}={v}")]
        return [program("postgres"), "-D", str(self.data), "-p", str(self.port), *given]

    def is_ready(self) -> bool:
        done = subprocess.run(
            [program("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"],
            check=False, timeout=10,
        )  # fmt: skip
        return done.returncode == 0

    def kill(self) -> None:
        """End it at once with its children, as a crash of the machine would."""
        if self.process is not None:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            pids = children.read_text().split()
            super().kill()
            # what its postmaster left behind must go before another may start on the same data
            wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "its children")

    def close(self) -> None:
        """End it with its children, and remove its data."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)  # its word for at once
            self.process.wait(30)
            self.process = None
        super().close()

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What a statement prints."""
        words = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "penstock", "-d", database]
        return self.run([program("psql"), *words, "-qAtc", statement]).strip()

    def database(self) -> str:
        """The URL of a new, empty database."""
        self.made += 1
        name = f"test_{self.made}"
        self.sql(f"CREATE DATABASE {name}")
        return f"postgresql://penstock@127.0.0.1:{self.port}/{name}"


def _served(server):
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis for the whole session: a test takes a prefix of its own, or flushes."""
    yield from _served(RedisServer())


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    """A cluster of three nodes for the whole session: who moves a slot or stops a node puts it back."""
    yield from _served(RedisCluster())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL for the whole session: `database()` gives a test its own."""
    yield from _served(PostgresServer())
