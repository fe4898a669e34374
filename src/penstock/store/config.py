"""``penstock.toml``: where the registry, the history and the tiers are.

Every setting has a default that needs no server. A text such as ``env:NAME`` or ``file:PATH`` is read from the
environment or from a file, so that no secret stands in the file itself.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from penstock.core.errors import DefinitionError
from penstock.core.time import duration

NAME = "penstock.toml"


class OnlineConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tiers of the latest values.

    ``redis`` is a URL or empty; ``durable`` is ``sqlite`` (a file beside the history) or a URL of PostgreSQL.
    A tier's ``_ttl`` bounds how long a copy is kept; a view's own ttl says how old a value may be.
    """

    memory: str = "512MB"
    memory_ttl: str = "1h"
    redis: str = ""
    redis_cluster: bool = False
    redis_ttl: str = "24h"
    durable: str = "sqlite"
    durable_ttl: str = "7d"
    connections: int = 16
    timeout: str = "250ms"
    stale_limit: str = "1s"


class OfflineConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """History: ``path`` of the Parquet lake, and a URL of PostgreSQL where views are mirrored into tables.

    ``tables`` maps a view to the name of its table, such as ``{"signals": "trading.features"}``.
    """

    path: str = "lake"
    retention: str = "90d"
    postgres: str = ""
    tables: dict[str, str] = {}


class ServeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The server: where it listens, what it accepts, and who may ask."""

    host: str = "127.0.0.1"
    port: int = 6566
    workers: int = 1
    keys: bool = False
    certificate: str = ""
    private_key: str = ""
    origins: tuple[str, ...] = ()
    request_bytes: int = 4 << 20
    batch: int = 1_000
    rate: float = 0.0
    synchronous_durable: bool = True


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str = ".penstock"
    registry: str = ""
    online: OnlineConfig = OnlineConfig()
    offline: OfflineConfig = OfflineConfig()
    serve: ServeConfig = ServeConfig()


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """A store's settings; ``path`` is the directory of what is embedded, ``registry`` a URL of SQLAlchemy."""

    path: Path
    registry: str
    online: OnlineConfig
    offline: OfflineConfig
    serve: ServeConfig

    @property
    def lake(self) -> Path:
        """The directory of the history."""
        return self.path / self.offline.path


def read_config(
    place: Path | str = ".", environment: Mapping[str, str] | None = None
) -> StoreConfig:
    """The settings of a store.

    Parameters
    ----------
    place
        A ``penstock.toml``, or a directory: with one in it, or without, which means the defaults.
    environment
        What ``env:NAME`` is looked up in; the process's own by default.

    Raises
    ------
    DefinitionError
        The file breaks a rule, or names a variable or file that is not there.
    """
    place = Path(place)
    file = place / NAME if place.is_dir() or place.suffix != ".toml" else place
    known = os.environ if environment is None else environment
    found: dict[str, Any] = {}
    if file.exists():
        try:
            found = tomllib.loads(file.read_text())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise DefinitionError(f"{file}: must be TOML in UTF-8, got {error}") from error
    elif place.suffix == ".toml":
        raise DefinitionError(f"{file}: settings must be a file, got no such file")
    try:
        read = msgspec.convert(_resolved(found, known, file), _File)
    except msgspec.ValidationError as error:
        raise DefinitionError(f"{file}: {error}") from error
    for text in (
        read.online.memory_ttl, read.online.redis_ttl, read.online.durable_ttl, read.online.timeout,
        read.online.stale_limit, read.offline.retention,
    ):  # fmt: skip
        duration(text)
    byte_count(read.online.memory)
    if read.offline.tables and not read.offline.postgres:
        raise DefinitionError(
            f"{file}: offline.tables must have a server, got none; set offline.postgres to its URL"
        )
    tables = list(read.offline.tables.values())
    twice = next((name for name in tables if tables.count(name) > 1), None)
    if twice is not None:
        raise DefinitionError(
            f"{file}: offline.tables must name a table of its own for each view, got {twice!r} twice"
        )
    path = (file.parent / read.path).resolve()
    registry = read.registry or f"sqlite:///{path / 'registry.db'}"
    return StoreConfig(path, registry, read.online, read.offline, read.serve)


def _resolved(value: Any, environment: Mapping[str, str], file: Path) -> Any:
    """A value with what ``env:`` and ``file:`` stand for."""
    if isinstance(value, dict):
        return {name: _resolved(item, environment, file) for name, item in value.items()}
    if isinstance(value, str) and value.startswith("env:"):
        name = value.removeprefix("env:")
        if name not in environment:
            raise DefinitionError(f"{file}: the variable {name} must be set, got none")
        return environment[name]
    if isinstance(value, str) and value.startswith("file:"):
        secret = file.parent / value.removeprefix("file:")
        if not secret.is_file():
            raise DefinitionError(f"{file}: {value} must name a file, got no such file")
        return secret.read_text().strip()
    return value


def byte_count(text: str) -> int:
    """Bytes from text.

    Examples
    --------
    >>> byte_count("512MB"), byte_count("2GiB"), byte_count("100")
    (512000000, 2147483648, 100)
    """
    units = {
        "B": 1,
        "KB": 10**3,
        "MB": 10**6,
        "GB": 10**9,
        "KiB": 1 << 10,
        "MiB": 1 << 20,
        "GiB": 1 << 30,
    }
    number = text.rstrip("BKMGi")
    unit = text[len(number) :] or "B"
    if not number.strip().isdigit() or unit not in units:
        raise DefinitionError(
            f"Bytes: a number and one of {', '.join(units)} is needed, got {text!r}"
        )
    return int(number) * units[unit]
