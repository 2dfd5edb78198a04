"""Alembic's entry: the tables of the house against the database named by DATABASE_URL."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from bot.tables import metadata
from services.database import Database


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run(url: str) -> None:
    database = Database(url)
    try:
        async with database.transaction() as tx:
            await tx.run_sync(_migrate)
    finally:
        await database.close()


asyncio.run(_run(context.config.attributes.get("url") or os.environ["DATABASE_URL"]))
