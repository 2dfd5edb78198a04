"""Thank-yous are found by what they were for, to be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    merits = sa.text("kind = 'merit'")
    op.create_index(
        "ix_transfer_merit",
        "transfer",
        ["reason"],
        sqlite_where=merits,
        postgresql_where=merits,
    )


def downgrade() -> None:
    op.drop_index("ix_transfer_merit", table_name="transfer")
