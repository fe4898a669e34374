"""The servers that the tests of stores use."""

from tests.store.servers import postgres_server, redis_cluster, redis_server

__all__ = ["postgres_server", "redis_cluster", "redis_server"]
