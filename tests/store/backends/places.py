"""Where a backend's tests write: a text that names it, from which any process makes the same tier."""

import asyncio
import functools
import itertools
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from penstock.store.online.packed import FORMAT, HEADER
from penstock.store.online.postgres import PostgresTier
from penstock.store.online.redis import RedisTier
from penstock.store.online.sqlite import SqliteTier
from penstock.store.online.tier import BEGUN

ROOT = Path(__file__).resolve().parents[3]
NUMBER = itertools.count()


def make_tier(place: str, **options: Any) -> Any:
    """The tier of a place such as ``{"kind": "sqlite", "path": "x.db"}``."""
    told = json.loads(place)
    kind = told.pop("kind")
    if kind == "sqlite":
        return SqliteTier(Path(told["path"]), **options)
    if kind == "redis":
        return RedisTier(**told, **options)
    if kind == "postgres":
        return PostgresTier(**told, **options)
    raise AssertionError(kind)


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """A test that is a coroutine, run to its end."""

    @functools.wraps(test)
    def run(*given: Any, **named: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*given, **named), 60))

    return run


def value(event_ts: int, created: int = 0, rest: bytes = b"") -> bytes:
    """A packed value of such a stamp, with what distinguishes it."""
    return HEADER.pack(FORMAT, 0, 0, 0, event_ts, created) + rest


def child(place: str, body: str, *words: object) -> subprocess.Popen[str]:
    """Another process that runs `body`, a coroutine's, with `tier` open and `words` as texts."""
    lines = "\n".join(f"        {line}" for line in body.strip().splitlines())
    text = f"""
import asyncio, random, sys, time
sys.path[:0] = {[str(ROOT / "src"), str(ROOT)]}
from penstock.store.online.packed import stamp
from tests.store.backends.places import make_tier, value
place, *words = sys.argv[1:]
async def main():
    tier = make_tier(place)
    await tier.open()
    try:
{lines}
    finally:
        await tier.close()
asyncio.run(main())
"""
    return subprocess.Popen(
        [sys.executable, "-c", text, place, *map(str, words)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


async def listening(tier: Any) -> Any:
    """What a tier tells of changes, begun."""
    told = tier.changes()
    assert await anext(told) is BEGUN
    return told


def said(process: subprocess.Popen[str]) -> str:
    """What a child printed, once it ended well."""
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    return out
