"""Servers that a suite or a test starts for itself: Redis and PostgreSQL, on free ports of loopback.

Each is started from the installed binaries with its data in a directory of its own, and can be stopped, killed and
started again. A server goes when the process that started it goes.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from penstock.core.errors import PenstockError, StoreError

INSTALL = "scripts/install_programs redis-server postgresql installs it"


class NotInstalledError(PenstockError):
    """A program of the system that is not there; the message says how to install it."""


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(ready: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Return as soon as `ready()`; raise StoreError where it never is."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise StoreError(f"{what}: must be ready within {seconds} s, got no sign of it")
        time.sleep(0.02)


def program(name: str) -> str:
    """The path of an installed program; the newest of PostgreSQL's, which Debian keeps out of PATH."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(beside[-1]) if beside else None)
    if found is None:
        raise NotInstalledError(f"{name} is not installed: {INSTALL}")
    return found


class Server:
    """A program that runs in a directory of its own, until closed."""

    def __init__(self, user: str | None = None) -> None:
        self.port, self.user = free_port(), user
        self.directory = Path(tempfile.mkdtemp(prefix="penstock-server-"))
        if user:
            shutil.chown(self.directory, user)
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What is run."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether it answers."""
        raise NotImplementedError

    def run(self, command: list[str]) -> str:
        """What a program prints, run as the server's user."""
        done = subprocess.run(  # noqa: S603  (installed programs, words of ours)
            command, capture_output=True, check=False, text=True, user=self.user, cwd=self.directory,
            timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise StoreError(f"{command[0]}: must succeed, got {done.stderr or done.stdout}")
        return done.stdout

    def start(self) -> None:
        """Start, and wait until it answers."""
        # the kernel ends the server with the process that started it, however that one ends
        leash = ["setpriv", "--pdeathsig", "KILL"]
        if self.user:
            group = pwd.getpwnam(self.user).pw_gid
            leash += ["--reuid", self.user, "--regid", str(group), "--init-groups"]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  (installed programs, words of ours)
                [*leash, *self.command()], stdout=log, stderr=log, cwd=self.directory
            )
        wait_for(self._is_up, f"{self.command()[0]} on port {self.port}")

    def _is_up(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            log = (self.directory / "log").read_text()
            raise StoreError(f"{self.command()[0]}: must start, got {log[-2000:]}")
        return self.is_ready()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and wait."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.stop(signal.SIGKILL)

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
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        given = {
            "port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no",
            "dir": str(self.directory), **{k.replace("_", "-"): v for k, v in self.options.items()},
        }  # fmt: skip
        return [program("redis-server"), *(x for k, v in given.items() for x in (f"--{k}", v))]

    def is_ready(self) -> bool:
        try:
            return self.cli("ping") == "PONG"
        except StoreError:  # not yet
            return False

    def cli(self, *words: str | int) -> str:
        """The answer to one command."""
        return self.run([program("redis-cli"), "-p", str(self.port), *map(str, words)]).strip()


class PostgresServer(Server):
    """PostgreSQL with its own data directory; as root it runs as `postgres`, else as who starts it.

    It writes its log ahead but does not wait for the disk: a crash of its processes loses nothing.
    """

    def __init__(self) -> None:
        made_by = program("initdb")
        super().__init__("postgres" if os.geteuid() == 0 else None)
        self.made = 0
        self.run([
            made_by, "-D", str(self.data), "-U", "penstock", "--auth=trust", "--no-sync",
            "--no-instructions", "--encoding=UTF8", "--locale=C",
        ])  # fmt: skip

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.directory / "data"

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.directory),
            "fsync": "off", "shared_buffers": "64MB", "max_connections": "60",
        }  # fmt: skip
        given = [x for k, v in settings.items() for x in ("-c", f"{k}={v}")]
        return [program("postgres"), "-D", str(self.data), "-p", str(self.port), *given]

    def is_ready(self) -> bool:
        done = subprocess.run(  # noqa: S603  (an installed program, words of ours)
            [program("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"],
            check=False, timeout=10,
        )  # fmt: skip
        return done.returncode == 0

    def children(self) -> list[int]:
        """The numbers of its processes but the first."""
        if self.process is None:
            return []
        pid = self.process.pid
        return [int(x) for x in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill(self) -> None:
        """End it at once with its children, as a crash of the machine would."""
        pids = self.children()
        super().kill()
        # what its first process left behind must go before another may start on the same data
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "its processes")

    def close(self) -> None:
        self.stop(signal.SIGQUIT)  # its word for at once
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
