"""Keys that a process makes for itself, once, and keeps in its data folder."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

_BYTES = 32


def phone_key(folder: Path) -> bytes:
    """The key for the hashes of phone numbers: made at the first start, the same ever after.

    Whoever loses it loses who is verified; whoever copies it could guess phones from the database.
    Two processes that start at once get the same one.
    """
    file = folder / "phone.key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"phone.key.{secrets.token_hex(8)}"
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(secrets.token_hex(_BYTES))
        # Another process that starts now may be first; then its key is everybody's.
        with suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    return bytes.fromhex(file.read_text(encoding="ascii"))
