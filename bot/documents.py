"""Files made at the moment they are sent: a kept screen names only what they are made of."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.chat.plan.sheets import words
from handlers.screen import Attachment
from handlers.texts import language
from services.database import Database
from services.errors import NotAllowed, NotFound
from services.plan import exporting, papers, workbook
from services.projects import documents


class Documents:
    """Gives the presenter the bytes of an `Attachment`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, attachment: Attachment) -> bytes | None:
        """The text of the attachment, or what its kind makes of its facts now.

        None for a file that is not there any more, or not for this reader.
        """
        if attachment.kind is None:
            return attachment.text.encode()
        if attachment.kind == "project_file":
            facts = attachment.facts
            async with self._database.reading() as reading:
                return await documents.file_of(reading, facts["document"], facts["viewer"])
        if attachment.kind == "plan_paper":
            async with self._database.reading() as reading:
                return await paper_of(reading, attachment.facts)
        return await self._plan(attachment.facts["city"], attachment.facts["language"])

    async def _plan(self, city_id: int, tongue: str) -> bytes:
        async with self._database.reading() as reading:
            draft = await exporting.draft_of(reading, city_id)
        token = language.set(tongue)
        try:
            spoken = words()
        finally:
            language.reset(token)
        # A large workbook takes a while, and others want to be answered meanwhile.
        return await asyncio.to_thread(workbook.write, draft, spoken)


async def paper_of(reading: AsyncConnection, facts: Mapping[str, Any]) -> bytes | None:
    """A document of the plan as its `viewer` may read it now; None when they may not."""
    viewer, year = facts["viewer"], facts["year"]
    try:
        if "measure" in facts:
            proof = await papers.of_spending(
                reading, member_id=viewer, measure_id=facts["measure"], year=year,
                source=facts["source"],
            )  # fmt: skip
        else:
            proof = await papers.of_figure(
                reading, member_id=viewer, indicator_id=facts["indicator"], year=year
            )
    except (NotAllowed, NotFound):
        # The viewer's role may have ended since the screen was kept.
        return None
    return proof.data if proof else None
