"""Events are hashed over a digest of their words, which a salt of its own keeps from being guessed.

Events from before have none: they are hashed as they were.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("civic_event", sa.Column("salt", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("civic_event", "salt")
