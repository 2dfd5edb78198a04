"""Checks that the migrations make exactly the tables that the sources declare.

An empty SQLite file is upgraded to the newest revision and compared with `bot.tables.metadata`.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine


def problems(migrations: Path, metadata: MetaData) -> list[str]:
    """What differs between `metadata` and a database made by the scripts in `migrations`."""
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    heads = ScriptDirectory.from_config(config).get_heads()
    if len(heads) != 1:
        return [f"{migrations.name}/: one newest revision expected, found {len(heads)}"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "migrated.sqlite"
        with mock.patch.dict(os.environ, DATABASE_URL=f"sqlite+aiosqlite:///{file}"):
            command.upgrade(config, "head")
        return [_sentence(difference) for difference in _differences(file, metadata)]


def _differences(file: Path, metadata: MetaData) -> list[Any]:
    engine = create_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            found: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
            return found
    finally:
        engine.dispose()


def _sentence(difference: Any) -> str:
    # Changes of one column come as a list of tuples, everything else as a tuple.
    verb, *what = difference[0] if isinstance(difference, list) else difference
    return f"a migration is missing: {verb} {' '.join(str(part) for part in what)}"


def main() -> int:
    """Compare the repository's own migrations and tables."""
    from bot.tables import metadata  # noqa: PLC0415 - the tests of this module need no product

    found = problems(Path(__file__).parents[1] / "migrations", metadata)
    print("\n".join(found) or "the migrations make the declared tables")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
