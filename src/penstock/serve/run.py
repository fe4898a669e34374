"""Processes that serve: one, or several on one port."""

import gc
import ipaddress
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable

import uvicorn

from penstock.core.errors import DefinitionError, StoreError
from penstock.jobs.feature_store import AsyncFeatureStore
from penstock.serve.protocol import protocol_of
from penstock.serve.server import Server
from penstock.store.config import StoreConfig

GARBAGE = 100_000  # allocations between two looks for garbage: looks are what a tail of latencies is made of
GRACE = 10  # seconds that requests under way may take once the end has begun


def loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check(config: StoreConfig) -> None:
    """Refuse to be reached by others without keys, and certificates without their key."""
    given = config.serve
    if not loopback(given.host) and not given.keys:
        raise DefinitionError(
            f"serve: beyond loopback API keys are needed, got {given.host} without; "
            "set keys = true under [serve] and make one with penstock keys create"
        )
    if bool(given.certificate) != bool(given.private_key):
        raise DefinitionError("serve: certificate and private_key go together, got one of them")


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise StoreError(
            f"serve: a free port is needed, got {host}:{port} ({error.strerror}); name another with --port"
        ) from error
    made.set_inheritable(True)
    return made


def serve(config: StoreConfig, *, started: Callable[[str], None] = lambda _: None) -> None:
    """Serve until asked to end: requests under way are answered first.

    Parameters
    ----------
    config
        The store's settings.
    started
        Called with the address once it is bound.
    """
    check(config)
    given = config.serve
    listening = bound(given.host, given.port)
    scheme = "https" if given.certificate else "http"
    started(f"{scheme}://{given.host}:{listening.getsockname()[1]}")
    if given.workers == 1:
        work(config, listening)
        return
    spawned = multiprocessing.get_context("spawn")
    workers = [
        spawned.Process(target=work, args=(config, listening), name=f"penstock-serve-{i}")
        for i in range(given.workers)
    ]
    for worker in workers:
        worker.start()
    asked = (signal.SIGTERM, signal.SIGINT)
    for number in asked:
        signal.signal(
            number, lambda n, _: [os.kill(w.pid, n) for w in workers if w.pid and w.is_alive()]
        )
    for worker in workers:
        worker.join()
    listening.close()


def work(config: StoreConfig, listening: socket.socket) -> None:
    """Serve in this process."""
    server = Server(AsyncFeatureStore(config))
    given = config.serve
    settings = uvicorn.Config(
        server.app,
        loop="uvloop",
        http=protocol_of(server.app),
        ws="websockets-sansio",
        lifespan="on",
        server_header=False,
        date_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE,
        ssl_certfile=given.certificate or None,
        ssl_keyfile=given.private_key or None,
    )
    gc.freeze()  # what was imported stays
    gc.set_threshold(GARBAGE, 50, 50)
    uvicorn.Server(settings).run(sockets=[listening])
