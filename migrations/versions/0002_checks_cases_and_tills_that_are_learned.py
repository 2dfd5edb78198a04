"""Checks, cases and tills that are learned."""

import sqlalchemy as sa
from alembic import op

import services.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verified_ticket",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("sign", sa.String(), nullable=False),
        sa.Column("drive", sa.String(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("operation", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("excluded", sa.BigInteger(), nullable=False),
        sa.Column("unpaid", sa.BigInteger(), nullable=False),
        sa.Column("purchased_at", services.database.UtcDateTime(), nullable=True),
        sa.Column("seller_inn", sa.String(), nullable=False),
        sa.Column("seller_name", sa.String(), nullable=True),
        sa.Column("provider_inn", sa.String(), nullable=True),
        sa.Column("registration", sa.String(), nullable=True),
        sa.Column("serial", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("fias", sa.String(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("internet", sa.Boolean(), nullable=False),
        sa.Column("found_at", services.database.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_verified_ticket")),
    )
    with op.batch_alter_table("verified_ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verified_ticket_drive"), ["drive"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_verified_ticket_registration"), ["registration"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_verified_ticket_seller_inn"), ["seller_inn"], unique=False
        )

    op.create_table(
        "verifier_account",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("closed_until", services.database.UtcDateTime(), nullable=True),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("token_until", services.database.UtcDateTime(), nullable=True),
        sa.Column("renewing_until", services.database.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_verifier_account")),
    )
    op.create_table(
        "receipt_failure",
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_receipt_failure_city_id")),
        sa.PrimaryKeyConstraint("city_id", "day", "reason", name=op.f("pk_receipt_failure")),
    )
    op.create_table(
        "receipt_week",
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("monday", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_receipt_week_city_id")),
        sa.PrimaryKeyConstraint("city_id", "monday", name=op.f("pk_receipt_week")),
    )
    op.create_table(
        "till_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("drive", sa.String(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("raised_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", services.database.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_till_alert_city_id")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_till_alert_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_alert")),
    )
    with op.batch_alter_table("till_alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_till_alert_city_id"), ["city_id"], unique=False)
        batch_op.create_index(
            "uq_till_alert_open",
            ["drive", "kind"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "till_candidate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("registration", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=True),
        sa.Column("drives", sa.JSON(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("internet", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("found_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", services.database.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_till_candidate_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_till_candidate_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venue.id"], name=op.f("fk_till_candidate_venue_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_candidate")),
        sa.UniqueConstraint("registration", name=op.f("uq_till_candidate_registration")),
    )
    with op.batch_alter_table("till_candidate", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_till_candidate_partner_id"), ["partner_id"], unique=False
        )

    op.create_table(
        "receipt_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("against_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("decided_at", services.database.UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["against_id"], ["receipt.id"], name=op.f("fk_receipt_case_against_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_receipt_case_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_receipt_case_receipt_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_case")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_receipt_case_receipt_id")),
    )
    with op.batch_alter_table("receipt_case", schema=None) as batch_op:
        batch_op.create_index(
            "ix_receipt_case_open",
            ["opened_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "receipt_check",
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("next_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("since", services.database.UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=True),
        sa.Column("handle", sa.String(), nullable=True),
        sa.Column("taken_until", services.database.UtcDateTime(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_receipt_check_receipt_id")
        ),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipt_check")),
    )
    with op.batch_alter_table("receipt_check", schema=None) as batch_op:
        batch_op.create_index("ix_receipt_check_due", ["next_at", "priority"], unique=False)

    op.create_table(
        "receipt_photo",
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_receipt_photo_receipt_id")
        ),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipt_photo")),
    )
    with op.batch_alter_table("receipt_photo", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_photo_kept_at"), ["kept_at"], unique=False)

    with op.batch_alter_table("fiscal_drive", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(), server_default="pack", nullable=False))

    op.drop_index("uq_receipt_number_sign_live", table_name="receipt")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("document", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("base", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("signals", sa.JSON(), server_default="[]", nullable=False))
        batch_op.alter_column("total", existing_type=sa.BIGINT(), nullable=True)
        batch_op.alter_column(
            "purchased_at", existing_type=services.database.UtcDateTime(), nullable=True
        )
        batch_op.drop_index(batch_op.f("ix_receipt_drive"))
        batch_op.create_index("ix_receipt_drive_document", ["drive", "document"], unique=False)
        batch_op.create_index("ix_receipt_submitted_at", ["submitted_at"], unique=False)
    _unique_while_live("state IN ('pending', 'credited')")
    # ru54:{16 digits of the drive}:{document}.
    op.execute(
        "UPDATE receipt SET document = CAST(substr(number, 23) AS BIGINT)"
        " WHERE number LIKE 'ru54:%'"
    )

    with op.batch_alter_table("till", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(), server_default="pack", nullable=False))

    with op.batch_alter_table("venue", schema=None) as batch_op:
        batch_op.add_column(sa.Column("opening", sa.JSON(none_as_null=True), nullable=True))


def _unique_while_live(where: str) -> None:
    op.create_index(
        "uq_receipt_number_sign_live",
        "receipt",
        ["number", "sign"],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def downgrade() -> None:
    with op.batch_alter_table("venue", schema=None) as batch_op:
        batch_op.drop_column("opening")

    with op.batch_alter_table("till", schema=None) as batch_op:
        batch_op.drop_column("origin")

    # The tables of before know neither receipts without a sum nor reversed ones.
    op.execute("UPDATE receipt SET total = 0 WHERE total IS NULL")
    op.execute("UPDATE receipt SET purchased_at = submitted_at WHERE purchased_at IS NULL")
    op.execute("UPDATE receipt SET state = 'rejected' WHERE state = 'reversed'")
    op.drop_index("uq_receipt_number_sign_live", table_name="receipt")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.alter_column(
            "purchased_at", existing_type=services.database.UtcDateTime(), nullable=False
        )
        batch_op.alter_column("total", existing_type=sa.BIGINT(), nullable=False)
        batch_op.drop_index("ix_receipt_submitted_at")
        batch_op.drop_index("ix_receipt_drive_document")
        batch_op.create_index(batch_op.f("ix_receipt_drive"), ["drive"], unique=False)
        batch_op.drop_column("signals")
        batch_op.drop_column("base")
        batch_op.drop_column("document")
    _unique_while_live("state <> 'rejected'")

    with op.batch_alter_table("fiscal_drive", schema=None) as batch_op:
        batch_op.drop_column("origin")

    with op.batch_alter_table("receipt_photo", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipt_photo_kept_at"))

    op.drop_table("receipt_photo")
    with op.batch_alter_table("receipt_check", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_check_due")

    op.drop_table("receipt_check")
    with op.batch_alter_table("receipt_case", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_receipt_case_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.drop_table("receipt_case")
    with op.batch_alter_table("till_candidate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_till_candidate_partner_id"))

    op.drop_table("till_candidate")
    with op.batch_alter_table("till_alert", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_till_alert_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_till_alert_city_id"))

    op.drop_table("till_alert")
    op.drop_table("receipt_week")
    op.drop_table("receipt_failure")
    op.drop_table("verifier_account")
    with op.batch_alter_table("verified_ticket", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verified_ticket_seller_inn"))
        batch_op.drop_index(batch_op.f("ix_verified_ticket_registration"))
        batch_op.drop_index(batch_op.f("ix_verified_ticket_drive"))

    op.drop_table("verified_ticket")
