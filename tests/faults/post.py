"""Addresses that are told of public moves, whose books survive the process that calls them."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from services.sharing.outside import Outside
from tests.house import House
from tests.http.receiver import a_turn_each


class Post(Outside):
    """Answers every call with `status`, and writes it down before it does."""

    def __init__(self, book: Path, status: int) -> None:
        super().__init__()
        self._book = book
        self._status = status

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        told = json.loads(body)
        assert headers["Guestcard-Event"] == told["id"]
        with self._book.open("a", encoding="utf-8") as book:
            book.write(f"{self._status} {url} {told['id']}\n")
        return self._status


def book_of(house: House) -> Path:
    return house.app.settings.data_dir / "told.txt"


def told(house: House) -> Counter[tuple[str, str]]:
    """(address, event) → how often it was taken."""
    book = book_of(house)
    lines = book.read_text(encoding="utf-8").splitlines() if book.exists() else []
    taken = [line.split() for line in lines]
    return Counter((url, event) for status, url, event in taken if status == "200")


async def tell_all(house: House, status: int) -> None:
    """Tell until nothing is due at this moment."""
    house.app.webhooks._outside = Post(book_of(house), status)
    while await a_turn_each(house.app.webhooks):
        pass
