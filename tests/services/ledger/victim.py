"""A process that works on a ledger until it is killed: `python -m … FILE`.

It prints a line for every operation it has committed, so that the test can tell what must be
there afterwards.
"""

import asyncio
import sys
from datetime import timedelta

from services.database import Database
from services.errors import Refusal
from tests.clock import ManualClock
from tests.services.ledger.book import Book


async def work(book: Book, task: int) -> None:
    member = 1 + task % 4
    for number in range(1_000_000):
        name = f"{task}:{number}"
        await book.earn(f"receipt:{name}", 10, 20, member=member, matures_in=timedelta(0))
        print(f"earned receipt:{name}", flush=True)
        try:
            transfer_id = await book.hold(f"redemption:{name}", 15, member=member)
            await (book.confirm, book.release)[number % 2](transfer_id)
            print(f"settled redemption:{name}", flush=True)
        except Refusal:
            pass
        await book.mature()


async def main(file: str) -> None:
    book = Book(Database(f"sqlite+aiosqlite:///{file}"), ManualClock())
    await book.open(1, 2, 3, 4)
    await asyncio.gather(*(work(book, task) for task in range(8)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
