"""The registry's database: SQLite by default, PostgreSQL by its URL; brought up to date when it is opened."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import event, exc

from penstock.core.errors import DefinitionError, StoreError

LOCK = 0x70656E73  # of PostgreSQL's advisory locks: one process migrates at a time
WAIT = 10.0  # seconds that a writer of SQLite waits for another


def engine_of(url: str) -> sa.Engine:
    """An engine for a URL of SQLAlchemy; PostgreSQL is spoken to by pg8000 unless the URL says otherwise."""
    try:
        made = sa.make_url(url)
    except exc.ArgumentError as error:
        raise DefinitionError(
            f"Registry: a URL such as sqlite:///FILE is needed, got {url!r}"
        ) from error
    if made.drivername in ("postgresql", "postgres"):
        made = made.set(drivername="postgresql+pg8000")
    if made.get_backend_name() not in ("sqlite", "postgresql"):
        raise DefinitionError(
            f"Registry: sqlite or postgresql is needed, got {made.get_backend_name()!r}"
        )
    if made.get_backend_name() == "sqlite":
        if made.database and made.database != ":memory:":
            Path(made.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(made, connect_args={"timeout": WAIT})
        event.listen(engine, "connect", _begin)
        event.listen(
            engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE")
        )
        return engine
    return sa.create_engine(made, pool_size=2, max_overflow=2, pool_pre_ping=True)


def _begin(connection: Any, _: Any) -> None:
    """SQLite's driver begins transactions late and ends them by itself; ours begin when they begin."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def migrate(engine: sa.Engine) -> None:
    """Bring the tables up to date.

    Raises
    ------
    StoreError
        The database is newer than this code, or cannot be reached.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    head = ScriptDirectory.from_config(config).get_current_head()
    try:
        with engine.connect() as connection, connection.begin():
            if MigrationContext.configure(connection).get_current_revision() == head:
                return
        with _alone(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            f"Registry: tables of revision {head} or older are needed, got newer ones; install a newer penstock"
        ) from error
    except (exc.OperationalError, exc.InterfaceError) as error:
        raise StoreError(f"Registry: its database must be reachable, got {error.orig}") from error


@contextmanager
def _alone(engine: sa.Engine) -> Generator[sa.Connection]:
    """A connection in a transaction, while no other process migrates."""
    database = engine.url.database
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            yield connection
    elif not database or database == ":memory:":
        with engine.begin() as connection:
            yield connection
    else:
        with Path(f"{database}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with engine.begin() as connection:
                yield connection
