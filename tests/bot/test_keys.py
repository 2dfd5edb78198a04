"""The key for phones: made once, the same for everybody who starts at once, and nobody else's."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.keys import phone_key


def test_it_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    key = phone_key(folder)
    assert len(key) == 32
    assert phone_key(folder) == key
    assert [file.name for file in folder.iterdir()] == ["phone.key"]


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    assert phone_key(tmp_path / "one") != phone_key(tmp_path / "other")


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    phone_key(tmp_path)
    assert stat.S_IMODE((tmp_path / "phone.key").stat().st_mode) == 0o600


def test_many_that_start_at_once_have_the_same(tmp_path: Path) -> None:
    for n in range(20):
        with ThreadPoolExecutor(8) as pool:
            keys = set(pool.map(phone_key, [tmp_path / str(n)] * 8))
        assert len(keys) == 1
        assert [file.name for file in (tmp_path / str(n)).iterdir()] == ["phone.key"]
