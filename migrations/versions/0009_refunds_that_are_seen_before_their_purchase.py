"""Refunds that are seen before their purchase are remembered, and found by their drive."""

import sqlalchemy as sa
from alembic import op

import services.database

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refund_report",
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.BigInteger(), nullable=False),
        sa.Column("reported_at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name="fk_refund_report_venue_id"),
        sa.PrimaryKeyConstraint("venue_id", "document", name="pk_refund_report"),
    )
    refunds = sa.text("reason = 'refund'")
    op.create_index(
        "ix_receipt_refund",
        "receipt",
        ["drive"],
        sqlite_where=refunds,
        postgresql_where=refunds,
    )


def downgrade() -> None:
    op.drop_index("ix_receipt_refund", table_name="receipt")
    op.drop_table("refund_report")
