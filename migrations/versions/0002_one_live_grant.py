"""One live grant of a role per member and place: an index the first tables lacked."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LIVE = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    # Of grants given twice the first one stays.
    op.execute(
        "UPDATE role_grant SET revoked_at = granted_at WHERE revoked_at IS NULL AND id NOT IN "
        "(SELECT min(id) FROM role_grant WHERE revoked_at IS NULL "
        "GROUP BY member_id, role, coalesce(venue_id, 0))"
    )
    op.create_index(
        "uq_role_grant_live",
        "role_grant",
        ["member_id", "role", sa.text("coalesce(venue_id, 0)")],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )


def downgrade() -> None:
    op.drop_index("uq_role_grant_live", table_name="role_grant")
