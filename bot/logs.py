"""Log lines: for people or for machines, never with a token or what a person wrote."""

import json
import logging
import sys
from typing import Literal

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _Structured(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(
            {
                "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": record.getMessage(),
                **_extra(record),
                **({"trace": self.formatException(record.exc_info)} if record.exc_info else {}),
            },
            ensure_ascii=False,
            default=str,
        )


class _Readable(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={value}" for name, value in _extra(record).items())
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname:<7} {record.getMessage()}"
        line += f"  {facts}" if facts else ""
        return line + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def configure(style: Literal["text", "json"]) -> None:
    """Send the process's logs to standard error in this style."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Structured() if style == "json" else _Readable())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # They name request paths and, for Telegram, tokens; our own lines say what matters.
    for chatty in ("aiohttp.access", "aiogram.event", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
