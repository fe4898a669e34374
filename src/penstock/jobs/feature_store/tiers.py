"""The online store and the mirror of history that settings describe."""

from typing import TYPE_CHECKING

from penstock.core.time import duration
from penstock.store.config import StoreConfig, byte_count
from penstock.store.online.store import OnlineStore
from penstock.store.online.tier import Tier

if TYPE_CHECKING:
    from penstock.store.offline.postgres import Mirror

SECOND = 1_000_000_000


def online_of(config: StoreConfig) -> OnlineStore:
    """Memory, Redis where it is configured, and SQLite or PostgreSQL below."""
    given = config.online
    timeout = duration(given.timeout) / SECOND
    tiers: list[Tier] = []
    if given.redis:
        from penstock.store.online.redis import RedisTier

        tiers.append(
            RedisTier(
                given.redis,
                cluster=given.redis_cluster,
                ttl_ns=duration(given.redis_ttl),
                timeout=timeout,
            )
        )
    if given.durable == "sqlite":
        from penstock.store.online.sqlite import SqliteTier

        tiers.append(SqliteTier(config.path / "online.db"))
    else:
        from penstock.store.online.postgres import PostgresTier

        tiers.append(PostgresTier(given.durable, connections=given.connections))
    return OnlineStore(
        tiers,
        memory=byte_count(given.memory),
        memory_ttl=duration(given.memory_ttl),
        stale_limit=duration(given.stale_limit),
        hints=config.path / "hints.db",
        timeout=timeout,
    )


def mirror_of(config: StoreConfig) -> "Mirror | None":
    """The tables in PostgreSQL that follow the lake; None where no view has one."""
    if not config.offline.tables:
        return None
    from penstock.store.offline.postgres import Mirror

    return Mirror(config.offline.postgres, config.offline.tables)
