"""The registry's tables; ``migrations`` make them, version by version."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

# what has versions: computed, pushed and on-demand views; ``owner`` to ``checks`` may change without a new one
VIEWS = Table(
    "views",
    METADATA,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("latest", Integer, nullable=False),
    Column("metadata", JSON, nullable=False),
)
VERSIONS = Table(
    "versions",
    METADATA,
    Column("view", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String, nullable=False),
    Column("definition", JSON, nullable=False),
    Column("schema", JSON, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("created_by", String, nullable=False),
    ForeignKeyConstraint(["view"], ["views.name"], ondelete="CASCADE"),
)
# services and entities, which have none
OBJECTS = Table(
    "objects",
    METADATA,
    Column("kind", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("metadata", JSON, nullable=False),
    Column("definition", JSON, nullable=False),
)
CHANGES = Table(
    "changes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", String, nullable=False),
    Column("action", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("details", JSON, nullable=False),
)
SPLITS = Table(
    "splits",
    METADATA,
    Column("view", String, primary_key=True),
    Column("shares", JSON, nullable=False),  # percent by version
    Column("before", JSON, nullable=True),  # the shares that a rollback brings back
    ForeignKeyConstraint(["view"], ["views.name"], ondelete="CASCADE"),
)
KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String, primary_key=True),
    Column("says", Text, nullable=False),
    Column("digest", String, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger, nullable=True),
)
# the last version of a deleted view: its number is not given again
RETIRED = Table(
    "retired",
    METADATA,
    Column("view", String, primary_key=True),
    Column("latest", Integer, nullable=False),
)
REVISION = Table(
    "revision",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
)
