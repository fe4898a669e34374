"""The servers that stand behind the feature server."""

from tests.store.servers import postgres_server, redis_server

__all__ = ["postgres_server", "redis_server"]
