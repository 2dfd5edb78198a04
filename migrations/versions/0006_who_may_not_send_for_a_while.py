"""Who may not send reports and ideas for a while, and why."""

import sqlalchemy as sa
from alembic import op

import services.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.Column("until", services.database.UtcDateTime(), nullable=False),
        sa.Column("lifted_at", services.database.UtcDateTime(), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_bar_by_id")),
        sa.ForeignKeyConstraint(["lifted_by"], ["member.id"], name=op.f("fk_bar_lifted_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_bar_member_id")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_bar_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bar")),
    )
    op.create_index("ix_bar_member_id", "bar", ["member_id"])


def downgrade() -> None:
    op.drop_index("ix_bar_member_id", table_name="bar")
    op.drop_table("bar")
