"""What a check of the ledger says, and what a check is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which `check`, with which row (its table and id), and how."""

    check: str
    subject: str
    subject_id: int
    detail: str


Check = Callable[[AsyncConnection, datetime], Awaitable[list[Finding]]]
"""Looks over the whole ledger as of a moment and writes nothing; an empty list is a clean one."""
