"""What somebody does not want to be sent: the news of the week."""

import sqlalchemy as sa
from alembic import op

import services.database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unwanted",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_unwanted_member_id")),
        sa.PrimaryKeyConstraint("member_id", "what", name=op.f("pk_unwanted")),
    )


def downgrade() -> None:
    op.drop_table("unwanted")
