"""Money of the plan that was spent has its document, and who wrote it when."""

import sqlalchemy as sa
from alembic import op

import services.database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("measure_year", schema=None) as batch_op:
        batch_op.add_column(sa.Column("document", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("document_name", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("at", services.database.UtcDateTime(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_measure_year_by_id"), "member", ["by_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("measure_year", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_measure_year_by_id"), type_="foreignkey")
        batch_op.drop_column("at")
        batch_op.drop_column("by_id")
        batch_op.drop_column("document_name")
        batch_op.drop_column("document")
