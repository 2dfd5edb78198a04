"""Citizens: reports, projects, the plan and other systems."""

import sqlalchemy as sa
from alembic import op

import services.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_told")),
    )
    op.create_table(
        "aid",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_aid_city_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid")),
        sa.UniqueConstraint("city_id", "slug", name=op.f("uq_aid_city_id_slug")),
    )
    op.create_table(
        "api_client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("may_update", sa.Boolean(), nullable=False),
        sa.Column("created_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", services.database.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_api_client_city_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_client_key_hash")),
    )
    op.create_table(
        "civic_head",
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_civic_head_city_id")),
        sa.PrimaryKeyConstraint("city_id", name=op.f("pk_civic_head")),
    )
    op.create_table(
        "daily_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("published_at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_daily_head_city_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_head")),
        sa.UniqueConstraint("city_id", "day", name=op.f("uq_daily_head_city_id_day")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_unit_city_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("city_id", "slug", name=op.f("uq_unit_city_id_slug")),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("last_event", sa.Integer(), nullable=False),
        sa.Column("created_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("ended_at", services.database.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_webhook_city_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("emoji", sa.String(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("sla_days", sa.Integer(), nullable=False),
        sa.Column("dup_radius", sa.Integer(), nullable=False),
        sa.Column("dup_days", sa.Integer(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_category_city_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_category_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("city_id", "code", name=op.f("uq_category_city_id_code")),
    )
    op.create_table(
        "civic_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("acting", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.Column("prev", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["member.id"], name=op.f("fk_civic_event_actor_id")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_civic_event_city_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_civic_event")),
        sa.UniqueConstraint("city_id", "number", name=op.f("uq_civic_event_city_id_number")),
    )
    with op.batch_alter_table("civic_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_civic_event_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(
            "ix_civic_event_subject_subject_id", ["subject", "subject_id"], unique=False
        )

    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_flag_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
        sa.UniqueConstraint(
            "subject", "subject_id", "member_id", name=op.f("uq_flag_subject_subject_id_member_id")
        ),
    )
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_member_id"), ["member_id"], unique=False)

    op.create_table(
        "follow",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_follow_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow")),
        sa.UniqueConstraint(
            "member_id", "subject", "key", name=op.f("uq_follow_member_id_subject_key")
        ),
    )
    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.create_index("ix_follow_subject_key", ["subject", "key"], unique=False)

    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("base_year", sa.Integer(), nullable=True),
        sa.Column("tolerance", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("example", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(), server_default="pack", nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_indicator_city_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_indicator_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("city_id", "code", name=op.f("uq_indicator_city_id_code")),
    )
    op.create_table(
        "measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("example", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(), server_default="pack", nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_measure_city_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_measure_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
        sa.UniqueConstraint("city_id", "code", name=op.f("uq_measure_city_id_code")),
    )
    op.create_table(
        "skill",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_skill_member_id")),
        sa.PrimaryKeyConstraint("member_id", "skill", name=op.f("pk_skill")),
    )
    op.create_table(
        "support",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_support_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support")),
        sa.UniqueConstraint(
            "subject",
            "subject_id",
            "member_id",
            name=op.f("uq_support_subject_subject_id_member_id"),
        ),
    )
    with op.batch_alter_table("support", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_support_member_id"), ["member_id"], unique=False)

    op.create_table(
        "verification",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_verification_by_id")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_verification_city_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_verification_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_verification")),
        sa.UniqueConstraint("city_id", "phone", name=op.f("uq_verification_city_id_phone")),
    )
    op.create_table(
        "category_indicator",
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_category_indicator_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_category_indicator_indicator_id")
        ),
        sa.PrimaryKeyConstraint("category_id", "indicator_id", name=op.f("pk_category_indicator")),
    )
    with op.batch_alter_table("category_indicator", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_category_indicator_indicator_id"), ["indicator_id"], unique=False
        )

    op.create_table(
        "challenge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("brief", sa.String(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("prize", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("ends_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("created_at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["member.id"], name=op.f("fk_challenge_approved_by")
        ),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_challenge_city_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["member.id"], name=op.f("fk_challenge_owner_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_challenge_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
    )
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.create_index("ix_challenge_city_id_state", ["city_id", "state"], unique=False)

    op.create_table(
        "indicator_year",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("plan", sa.BigInteger(), nullable=True),
        sa.Column("fact", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("document_name", sa.String(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", services.database.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_indicator_year_by_id")),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_indicator_year_indicator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_year")),
        sa.UniqueConstraint(
            "indicator_id", "year", name=op.f("uq_indicator_year_indicator_id_year")
        ),
    )
    op.create_table(
        "measure_indicator",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_measure_indicator_indicator_id")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_measure_indicator_measure_id")
        ),
        sa.PrimaryKeyConstraint("measure_id", "indicator_id", name=op.f("pk_measure_indicator")),
    )
    with op.batch_alter_table("measure_indicator", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_measure_indicator_indicator_id"), ["indicator_id"], unique=False
        )

    op.create_table(
        "measure_year",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("planned", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_measure_year_measure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_year")),
        sa.UniqueConstraint(
            "measure_id", "year", "source", name=op.f("uq_measure_year_measure_id_year_source")
        ),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("due_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("settled_at", services.database.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["civic_event.id"], name=op.f("fk_webhook_delivery_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint(
            "webhook_id", "event_id", name=op.f("uq_webhook_delivery_webhook_id_event_id")
        ),
    )
    with op.batch_alter_table("webhook_delivery", schema=None) as batch_op:
        batch_op.create_index("ix_webhook_delivery_state", ["state"], unique=False)
        batch_op.create_index(
            "ix_webhook_delivery_waiting",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.Column("mentor_id", sa.Integer(), nullable=True),
        sa.Column("adoptable", sa.Boolean(), nullable=False),
        sa.Column("challenge_id", sa.Integer(), nullable=True),
        sa.Column("practice_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("citywide", sa.Boolean(), nullable=False),
        sa.Column("similar_shown", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("closed_reason", sa.String(), nullable=True),
        sa.Column("paused_by", sa.String(), nullable=True),
        sa.Column("appeal_until", services.database.UtcDateTime(), nullable=True),
        sa.Column("appealed", sa.Boolean(), nullable=False),
        sa.Column("created_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("updated_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("stage_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("due_at", services.database.UtcDateTime(), nullable=True),
        sa.Column("reminded_at", services.database.UtcDateTime(), nullable=True),
        sa.Column("published_at", services.database.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_project_author_id")),
        sa.ForeignKeyConstraint(
            ["challenge_id"], ["challenge.id"], name=op.f("fk_project_challenge_id")
        ),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_project_city_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["member.id"], name=op.f("fk_project_lead_id")),
        sa.ForeignKeyConstraint(["mentor_id"], ["member.id"], name=op.f("fk_project_mentor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.create_index("ix_project_author_id", ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_challenge_id"), ["challenge_id"], unique=False)
        batch_op.create_index(
            "ix_project_city_id_stage_status", ["city_id", "stage", "status"], unique=False
        )
        batch_op.create_index(
            "ix_project_public",
            [
                "city_id",
                "hidden",
                "status",
                "published_at",
                "stage_at",
                "due_at",
                "stage",
                "kind",
                "district",
            ],
            unique=False,
        )
        batch_op.create_index("ix_project_status_due_at", ["status", "due_at"], unique=False)

    op.create_table(
        "aid_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("aid_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["aid_id"], ["aid.id"], name=op.f("fk_aid_answer_aid_id")),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_aid_answer_by_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_aid_answer_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_answer")),
        sa.UniqueConstraint("project_id", "aid_id", name=op.f("uq_aid_answer_project_id_aid_id")),
    )
    op.create_table(
        "artefact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=True),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("accepted_by", sa.Integer(), nullable=True),
        sa.Column("added_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("accepted_at", services.database.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["member.id"], name=op.f("fk_artefact_accepted_by")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["member.id"], name=op.f("fk_artefact_added_by")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_artefact_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artefact")),
    )
    with op.batch_alter_table("artefact", schema=None) as batch_op:
        batch_op.create_index("ix_artefact_project_id_kind", ["project_id", "kind"], unique=False)

    op.create_table(
        "co_author",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_co_author_member_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_co_author_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_co_author")),
        sa.UniqueConstraint(
            "project_id", "member_id", name=op.f("uq_co_author_project_id_member_id")
        ),
    )
    with op.batch_alter_table("co_author", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_co_author_member_id"), ["member_id"], unique=False)

    op.create_table(
        "confirmation",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_confirmation_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_confirmation_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "member_id", name=op.f("pk_confirmation")),
    )
    with op.batch_alter_table("confirmation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_confirmation_member_id"), ["member_id"], unique=False)

    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("photo", sa.LargeBinary(), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("done_at", services.database.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["done_by"], ["member.id"], name=op.f("fk_milestone_done_by")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_milestone_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
    )
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.create_index("ix_milestone_project_id", ["project_id"], unique=False)

    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("veto", sa.Boolean(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["expert_id"], ["member.id"], name=op.f("fk_opinion_expert_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_opinion_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
        sa.UniqueConstraint(
            "project_id", "expert_id", name=op.f("uq_opinion_project_id_expert_id")
        ),
    )
    op.create_table(
        "practice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_practice_city_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_practice_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice")),
        sa.UniqueConstraint("project_id", name=op.f("uq_practice_project_id")),
    )
    with op.batch_alter_table("practice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_city_id"), ["city_id"], unique=False)

    op.create_table(
        "project_measure",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_project_measure_measure_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_measure_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "measure_id", name=op.f("pk_project_measure")),
    )
    with op.batch_alter_table("project_measure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_project_measure_measure_id"), ["measure_id"], unique=False
        )

    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("group", sa.String(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("citywide", sa.Boolean(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("official_id", sa.Integer(), nullable=True),
        sa.Column("moderator_id", sa.Integer(), nullable=True),
        sa.Column("claimed_until", services.database.UtcDateTime(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("created_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("updated_at", services.database.UtcDateTime(), nullable=False),
        sa.Column("submitted_at", services.database.UtcDateTime(), nullable=True),
        sa.Column("published_at", services.database.UtcDateTime(), nullable=True),
        sa.Column("due_at", services.database.UtcDateTime(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("ext_id", sa.String(), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_report_author_id")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_report_category_id")
        ),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_report_city_id")),
        sa.ForeignKeyConstraint(["client_id"], ["api_client.id"], name=op.f("fk_report_client_id")),
        sa.ForeignKeyConstraint(
            ["duplicate_of"], ["report.id"], name=op.f("fk_report_duplicate_of")
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["member.id"], name=op.f("fk_report_moderator_id")
        ),
        sa.ForeignKeyConstraint(["official_id"], ["member.id"], name=op.f("fk_report_official_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_report_project_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_report_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("city_id", "number", name=op.f("uq_report_city_id_number")),
        sa.UniqueConstraint("client_id", "ext_id", name=op.f("uq_report_client_id_ext_id")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index("ix_report_author_id_state", ["author_id", "state"], unique=False)
        batch_op.create_index(
            "ix_report_city_id_published_at", ["city_id", "published_at"], unique=False
        )
        batch_op.create_index(
            "ix_report_city_id_updated_at", ["city_id", "updated_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_report_duplicate_of"), ["duplicate_of"], unique=False)
        batch_op.create_index("ix_report_near", ["city_id", "group", "lat", "lon"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_report_state_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_report_unit_id_state", ["unit_id", "state"], unique=False)

    op.create_table(
        "resource_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_resource_line_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_line")),
    )
    with op.batch_alter_table("resource_line", schema=None) as batch_op:
        batch_op.create_index("ix_resource_line_project_id", ["project_id"], unique=False)

    op.create_table(
        "statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_statement_author_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_statement_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("project_id", "text", name=op.f("uq_statement_project_id_text")),
    )
    op.create_table(
        "team_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_team_member_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_team_member_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_member_member_id"), ["member_id"], unique=False)
        batch_op.create_index(
            "ix_team_member_project_id_state", ["project_id", "state"], unique=False
        )

    op.create_table(
        "api_update",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("update_id", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["api_client.id"], name=op.f("fk_api_update_client_id")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_api_update_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_update")),
        sa.UniqueConstraint(
            "client_id",
            "report_id",
            "update_id",
            name=op.f("uq_api_update_client_id_report_id_update_id"),
        ),
    )
    op.create_table(
        "commitment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("org", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_commitment_by_id")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["resource_line.id"], name=op.f("fk_commitment_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
    )
    with op.batch_alter_table("commitment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commitment_by_id"), ["by_id"], unique=False)
        batch_op.create_index("ix_commitment_line_id_state", ["line_id", "state"], unique=False)

    op.create_table(
        "report_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("acting", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_report_note_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_note_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_note")),
    )
    with op.batch_alter_table("report_note", schema=None) as batch_op:
        batch_op.create_index("ix_report_note_report_id", ["report_id"], unique=False)

    op.create_table(
        "report_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("original", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("redactions", sa.JSON(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_report_photo_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_photo_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_photo")),
        sa.UniqueConstraint("token", name=op.f("uq_report_photo_token")),
    )
    with op.batch_alter_table("report_photo", schema=None) as batch_op:
        batch_op.create_index("ix_report_photo_report_id", ["report_id"], unique=False)
        batch_op.create_index(
            "uq_report_photo_source",
            ["report_id", "source_key"],
            unique=True,
            sqlite_where=sa.text("source_key <> ''"),
            postgresql_where=sa.text("source_key <> ''"),
        )

    op.create_table(
        "statement_vote",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("at", services.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_statement_vote_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_vote_statement_id")
        ),
        sa.PrimaryKeyConstraint("statement_id", "member_id", name=op.f("pk_statement_vote")),
    )
    with op.batch_alter_table("statement_vote", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_statement_vote_member_id"), ["member_id"], unique=False
        )

    with op.batch_alter_table("city", schema=None) as batch_op:
        batch_op.add_column(sa.Column("places", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("calendar", sa.JSON(), server_default="{}", nullable=False))

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unit_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_invitation_unit_id"), "unit", ["unit_id"], ["id"]
        )

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topic", sa.String(), nullable=True))

    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unit_id", sa.Integer(), nullable=True))
        batch_op.drop_index("uq_role_grant_city_live")
        batch_op.create_index(
            "uq_role_grant_city_live",
            ["member_id", "role"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL AND venue_id IS NULL AND unit_id IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND venue_id IS NULL AND unit_id IS NULL"),
        )
        batch_op.create_index(
            "uq_role_grant_unit_live",
            ["member_id", "role", "unit_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL AND unit_id IS NOT NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND unit_id IS NOT NULL"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_role_grant_unit_id"), "unit", ["unit_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index("uq_role_grant_city_live")
        batch_op.create_index(
            "uq_role_grant_city_live",
            ["member_id", "role"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL AND venue_id IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND venue_id IS NULL"),
        )
        batch_op.drop_constraint(batch_op.f("fk_role_grant_unit_id"), type_="foreignkey")
        batch_op.drop_index(
            "uq_role_grant_unit_live",
            sqlite_where=sa.text("revoked_at IS NULL AND unit_id IS NOT NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND unit_id IS NOT NULL"),
        )
        batch_op.drop_column("unit_id")

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("topic")

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_invitation_unit_id"), type_="foreignkey")
        batch_op.drop_column("unit_id")

    # Not in a batch, which would make the table anew: everything refers to it.
    op.drop_column("city", "calendar")
    op.drop_column("city", "places")

    with op.batch_alter_table("statement_vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_vote_member_id"))

    op.drop_table("statement_vote")
    with op.batch_alter_table("report_photo", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_report_photo_source",
            sqlite_where=sa.text("source_key <> ''"),
            postgresql_where=sa.text("source_key <> ''"),
        )
        batch_op.drop_index("ix_report_photo_report_id")

    op.drop_table("report_photo")
    with op.batch_alter_table("report_note", schema=None) as batch_op:
        batch_op.drop_index("ix_report_note_report_id")

    op.drop_table("report_note")
    with op.batch_alter_table("commitment", schema=None) as batch_op:
        batch_op.drop_index("ix_commitment_line_id_state")
        batch_op.drop_index(batch_op.f("ix_commitment_by_id"))

    op.drop_table("commitment")
    op.drop_table("api_update")
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.drop_index("ix_team_member_project_id_state")
        batch_op.drop_index(batch_op.f("ix_team_member_member_id"))

    op.drop_table("team_member")
    op.drop_table("statement")
    with op.batch_alter_table("resource_line", schema=None) as batch_op:
        batch_op.drop_index("ix_resource_line_project_id")

    op.drop_table("resource_line")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index("ix_report_unit_id_state")
        batch_op.drop_index("ix_report_state_due_at")
        batch_op.drop_index(batch_op.f("ix_report_project_id"))
        batch_op.drop_index("ix_report_near")
        batch_op.drop_index(batch_op.f("ix_report_duplicate_of"))
        batch_op.drop_index("ix_report_city_id_updated_at")
        batch_op.drop_index("ix_report_city_id_published_at")
        batch_op.drop_index("ix_report_author_id_state")

    op.drop_table("report")
    with op.batch_alter_table("project_measure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_measure_measure_id"))

    op.drop_table("project_measure")
    with op.batch_alter_table("practice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_city_id"))

    op.drop_table("practice")
    op.drop_table("opinion")
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.drop_index("ix_milestone_project_id")

    op.drop_table("milestone")
    with op.batch_alter_table("confirmation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_confirmation_member_id"))

    op.drop_table("confirmation")
    with op.batch_alter_table("co_author", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_co_author_member_id"))

    op.drop_table("co_author")
    with op.batch_alter_table("artefact", schema=None) as batch_op:
        batch_op.drop_index("ix_artefact_project_id_kind")

    op.drop_table("artefact")
    op.drop_table("aid_answer")
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_index("ix_project_status_due_at")
        batch_op.drop_index("ix_project_public")
        batch_op.drop_index("ix_project_city_id_stage_status")
        batch_op.drop_index(batch_op.f("ix_project_challenge_id"))
        batch_op.drop_index("ix_project_author_id")

    op.drop_table("project")
    with op.batch_alter_table("webhook_delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_webhook_delivery_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index("ix_webhook_delivery_state")

    op.drop_table("webhook_delivery")
    op.drop_table("measure_year")
    with op.batch_alter_table("measure_indicator", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_measure_indicator_indicator_id"))

    op.drop_table("measure_indicator")
    op.drop_table("indicator_year")
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.drop_index("ix_challenge_city_id_state")

    op.drop_table("challenge")
    with op.batch_alter_table("category_indicator", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_category_indicator_indicator_id"))

    op.drop_table("category_indicator")
    op.drop_table("verification")
    with op.batch_alter_table("support", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_support_member_id"))

    op.drop_table("support")
    op.drop_table("skill")
    op.drop_table("measure")
    op.drop_table("indicator")
    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.drop_index("ix_follow_subject_key")

    op.drop_table("follow")
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flag_member_id"))

    op.drop_table("flag")
    with op.batch_alter_table("civic_event", schema=None) as batch_op:
        batch_op.drop_index("ix_civic_event_subject_subject_id")
        batch_op.drop_index(batch_op.f("ix_civic_event_actor_id"))

    op.drop_table("civic_event")
    op.drop_table("category")
    op.drop_table("webhook")
    op.drop_table("unit")
    op.drop_table("daily_head")
    op.drop_table("civic_head")
    op.drop_table("api_client")
    op.drop_table("aid")
    op.drop_table("told")
