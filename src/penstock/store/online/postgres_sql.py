"""The statements of the tier in PostgreSQL; values go in as parameters, only the table's name is part of a text."""

import re
from dataclasses import dataclass

from penstock.core.errors import DefinitionError

FORMAT = "penstock online 1"
NAME = re.compile(r"[a-z_][a-z0-9_]{0,40}(\.[a-z_][a-z0-9_]{0,40})?")


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements for one table.

    `put` takes arrays of views, keys, values, event times and times of creation, then when it is stored, the channel
    and the messages. It tells them only where a row was replaced, and gives back which rows were. Rows are locked in
    the order of the primary key, as by `drop`, so that no two writers wait for each other; a sweep passes over rows
    that somebody is writing.
    """

    make: tuple[str, ...]
    get: str
    put: str
    drop: str
    sweep: str

    @staticmethod
    def of(table: str) -> "Statements":
        """The statements for a table, such as ``online`` or ``trading.online``.

        Raises
        ------
        DefinitionError
            It is no name of a table in small letters.
        """
        if not NAME.fullmatch(table):
            raise DefinitionError(f"PostgreSQL: a table's name is needed, got {table!r}")
        return Statements(
            make=(
                # values are packed and compressed already; room in each page lets an update stay in it
                f"""CREATE TABLE IF NOT EXISTS {table} (
                    view text COLLATE "C" NOT NULL, key bytea NOT NULL, value bytea NOT NULL,
                    event_ts bigint NOT NULL, created bigint NOT NULL, stored bigint NOT NULL,
                    PRIMARY KEY (view, key)) WITH (fillfactor = 70)""",
                f"ALTER TABLE {table} ALTER COLUMN value SET STORAGE EXTERNAL",
                f"COMMENT ON TABLE {table} IS '{FORMAT}'",
            ),
            get=f"""SELECT asked.at, found.value
                FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS asked (view, key, at)
                JOIN {table} AS found ON found.view = asked.view AND found.key = asked.key""",  # noqa: S608
            put=f"""WITH told AS (SELECT pg_notify($7, message) FROM unnest($8::text[]) AS message),
                won AS (
                    INSERT INTO {table} AS old (view, key, value, event_ts, created, stored)
                    SELECT *, $6::bigint
                    FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[])
                    ON CONFLICT (view, key) DO UPDATE SET value = excluded.value, event_ts = excluded.event_ts,
                        created = excluded.created, stored = excluded.stored
                    WHERE (excluded.event_ts, excluded.created) > (old.event_ts, old.created)
                    RETURNING view, key)
                SELECT view, key, (SELECT count(*) FROM told) FROM won""",  # noqa: S608
            drop=f"""WITH told AS (SELECT pg_notify($2, $3)), locked AS (
                    SELECT ctid FROM {table} WHERE view = $1 ORDER BY view, key FOR UPDATE),
                gone AS (DELETE FROM {table} WHERE ctid = ANY (ARRAY (SELECT ctid FROM locked)) RETURNING 1)
                SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM told)""",  # noqa: S608
            sweep=f"""WITH locked AS (
                    SELECT ctid FROM {table} WHERE ctid >= $2 AND ctid < $3 AND stored < $1
                    FOR UPDATE SKIP LOCKED),
                gone AS (DELETE FROM {table} WHERE ctid = ANY (ARRAY (SELECT ctid FROM locked)) RETURNING 1)
                SELECT count(*) FROM gone""",  # noqa: S608
        )
