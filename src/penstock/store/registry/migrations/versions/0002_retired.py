"""The last versions of deleted views.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "retired",
        sa.Column("view", sa.String, primary_key=True),
        sa.Column("latest", sa.Integer, nullable=False),
    )
