"""The comparison of migrations and tables sees a difference, and agrees when there is none."""

import os
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table

import migrated_schema

ENVIRONMENT = """
import os
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(os.environ["DATABASE_URL"].replace("+aiosqlite", ""))
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
"""

FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = None

def upgrade():
    op.create_table("{table}", sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """Migrations that make one table, `guest (id)`."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENVIRONMENT)
    (folder / "versions" / "0001.py").write_text(FIRST.format(revision="0001", table="guest"))
    return folder


@pytest.fixture
def metadata() -> MetaData:
    """The same table, declared."""
    metadata = MetaData()
    Table("guest", metadata, Column("id", Integer, primary_key=True))
    return metadata


def test_equal_tables_have_no_problems(migrations: Path, metadata: MetaData) -> None:
    before = os.environ.get("DATABASE_URL")
    assert migrated_schema.problems(migrations, metadata) == []
    assert os.environ.get("DATABASE_URL") == before


def test_a_missing_column_is_named(migrations: Path, metadata: MetaData) -> None:
    metadata.tables["guest"].append_column(Column("name", String))
    assert migrated_schema.problems(migrations, metadata) == [
        "a migration is missing: add_column None guest guest.name"
    ]


def test_a_missing_table_is_named(migrations: Path, metadata: MetaData) -> None:
    Table("visit", metadata, Column("id", Integer, primary_key=True))
    assert migrated_schema.problems(migrations, metadata) == [
        "a migration is missing: add_table visit"
    ]


def test_a_table_no_source_declares_is_named(migrations: Path) -> None:
    assert migrated_schema.problems(migrations, MetaData()) == [
        "a migration is missing: remove_table guest"
    ]


def test_two_newest_revisions_are_refused(migrations: Path, metadata: MetaData) -> None:
    (migrations / "versions" / "other.py").write_text(FIRST.format(revision="x", table="visit"))
    assert migrated_schema.problems(migrations, metadata) == [
        "migrations/: one newest revision expected, found 2"
    ]


def test_no_revision_at_all_is_refused(migrations: Path, metadata: MetaData) -> None:
    (migrations / "versions" / "0001.py").unlink()
    assert migrated_schema.problems(migrations, metadata) == [
        "migrations/: one newest revision expected, found 0"
    ]
