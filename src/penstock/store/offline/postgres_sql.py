"""The statements of the mirror in PostgreSQL; values go in as parameters, names of tables and columns are quoted."""

from dataclasses import dataclass

from penstock.core.errors import DefinitionError
from penstock.declare import Schema
from penstock.store.online.postgres_sql import NAME

FORMAT = "penstock history 1 by"
STAMPS = ("ts", "created")
VERSION, TIME, STAGE = "version", "event_timestamp", "penstock_stage"
TYPES = {"f8": "double precision", "i8": "bigint", "bool": "boolean", "str": "text"}
LONGEST = 63  # bytes of a name: PostgreSQL cuts what is longer
DAY = 86_400_000_000_000

# which files of the lake are in which table
FILES = """CREATE TABLE IF NOT EXISTS penstock_mirrored (
    relation text NOT NULL, view text NOT NULL, file text NOT NULL, PRIMARY KEY (relation, view, file))"""
KNOWN = "SELECT file FROM penstock_mirrored WHERE relation = $1 AND view = $2"
KNOW = "INSERT INTO penstock_mirrored VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
FORGET = (
    "DELETE FROM penstock_mirrored WHERE relation = $1 AND view = $2 AND file = ANY ($3::text[])"
)
FORGET_ALL = "DELETE FROM penstock_mirrored WHERE relation = $1"
LOCK = "SELECT pg_advisory_lock(hashtext('penstock'), hashtext($1))"
LOCKED = "SELECT pg_try_advisory_lock(hashtext('penstock'), hashtext($1))"
FOUND = "SELECT to_regclass($1) AS it, obj_description(to_regclass($1)) AS says"
COLUMNS = """SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped"""
HYPERTABLES = "SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'"
HYPERTABLE = f"""SELECT create_hypertable($1::text::regclass, 'ts', chunk_time_interval => {DAY}::bigint,
    create_default_indexes => false)"""
CHUNKS = "SELECT drop_chunks($1::text::regclass, older_than => $2::bigint)"


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements for a version of a view in a table.

    A row is one key, time and version. The staging table is a temporary one, read in the order in which it was
    filled, which is that of the primary key: two writers of one table lock rows in one order.
    """

    make: tuple[str, ...]
    stage: str
    upsert: str
    retain: str
    add: dict[str, str]
    types: dict[str, str]
    says: str

    @staticmethod
    def of(schema: Schema, table: str) -> "Statements":
        """The statements for a table, such as ``features`` or ``trading.features``.

        Raises
        ------
        DefinitionError
            It is no name of a table in small letters, or a column cannot have its name in it.
        """
        if not NAME.fullmatch(table):
            raise DefinitionError(f"PostgreSQL: a table's name is needed, got {table!r}")
        names = [*schema.key, VERSION, *STAMPS, *schema.names]
        for name in names:
            if len(name.encode()) > LONGEST or "\0" in name:
                raise DefinitionError(
                    f"{schema.id}: a column of PostgreSQL has at most {LONGEST} bytes in its name, got {name!r}"
                )
        if len({*names, TIME}) != len(names) + 1:
            twice = sorted({n for n in [*names, TIME] if [*names, TIME].count(n) > 1})
            raise DefinitionError(
                f"{schema.id}: {table} has its own {', '.join(twice)}, got a feature of that name; rename it"
            )
        types = {
            **dict.fromkeys(schema.key, "text"), VERSION: "bigint", **dict.fromkeys(STAMPS, "bigint"),
            **{c.name: TYPES[c.kind] for c in schema.columns},
        }  # fmt: skip
        keys = ", ".join(quoted(n) for n in (*schema.key, "ts", VERSION))
        defined = [
            f"{quoted(n)} {t}{'' if n in schema.names else ' NOT NULL'}" for n, t in types.items()
        ]
        listed = ", ".join(quoted(n) for n in types)
        changed = ", ".join(
            f"{quoted(n)} = excluded.{quoted(n)}" for n in ("created", *schema.names)
        )
        says = f"{FORMAT} {', '.join(schema.key)}"
        return Statements(
            make=(
                # exact to the microsecond that PostgreSQL has, and the same in every time zone
                f"""CREATE TABLE {table} ({", ".join(defined)}, {TIME} timestamptz GENERATED ALWAYS AS
                    ((timestamp 'epoch' + (ts / 1000) * interval '1 microsecond') AT TIME ZONE 'UTC') STORED,
                    PRIMARY KEY ({keys}))""",
                f"CREATE INDEX ON {table} USING brin ({TIME}) WITH (autosummarize = on)",
                f"COMMENT ON TABLE {table} IS '{says.replace(chr(39), chr(39) * 2)}'",
            ),
            stage=f"CREATE TEMPORARY TABLE {STAGE} ({', '.join(defined)}) ON COMMIT DROP",
            upsert=f"""INSERT INTO {table} AS old ({listed}) SELECT {listed} FROM {STAGE}
                ON CONFLICT ({keys}) DO UPDATE SET {changed} WHERE excluded.created > old.created""",  # noqa: S608
            retain=f"DELETE FROM {table} WHERE {TIME} < $1 AND {VERSION} = $2",  # noqa: S608
            add={
                n: f"ALTER TABLE {table} ADD COLUMN {quoted(n)} {t}"
                for n, t in types.items() if n in schema.names
            },
            types=types,
            says=says,
        )  # fmt: skip


def quoted(name: str) -> str:
    """A name as part of a statement.

    Examples
    --------
    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'
