"""The words of the wire: every frame the browser and the server say to each other.

Browser: `hello say press place start`. Server: `sync message edit delete keyboard typing toast
alert ack error commands language`. A frame that changes the conversation carries its `seq`.
"""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.channels.web.transcript import Changes, Entry

CID = r"^[A-Za-z0-9-]{8,64}$"
PAYLOAD = r"^[A-Za-z0-9_-]{0,64}$"
CID_PATTERN = re.compile(CID)

Frame = dict[str, Any]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(_Said):
    """The first frame: everything up to `after` is known."""

    t: Literal["hello"]
    after: int = Field(ge=0)


class Say(_Said):
    """The guest wrote a text."""

    t: Literal["say"]
    cid: str = Field(pattern=CID)
    text: str = Field(min_length=1, max_length=4096)


class Press(_Said):
    """The guest pressed an inline button."""

    t: Literal["press"]
    cid: str = Field(pattern=CID)
    message_id: int = Field(gt=0, lt=2**31)
    data: str = Field(min_length=1, max_length=64)


class Place(_Said):
    """The guest sent where they are."""

    t: Literal["place"]
    cid: str = Field(pattern=CID)
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class Start(_Said):
    """The guest came by a link with a payload."""

    t: Literal["start"]
    cid: str = Field(pattern=CID)
    payload: str = Field(pattern=PAYLOAD)


Action = Say | Press | Place | Start
_ACTION: TypeAdapter[Action] = TypeAdapter(Action)


class BadFrame(ValueError):  # noqa: N818 - named after what arrived
    """Not a frame of ours. `cid` when it could be read, so that the sender can give up on it."""

    def __init__(self, cid: str | None) -> None:
        super().__init__("not a frame")
        self.cid = cid


def action(data: Any) -> Action:
    """A frame that does something; raises BadFrame."""
    try:
        return _ACTION.validate_python(data)
    except ValidationError as error:
        cid = data.get("cid") if isinstance(data, dict) else None
        raise BadFrame(cid if isinstance(cid, str) else None) from error


def hello(data: Any) -> int:
    """The number in a hello; raises BadFrame."""
    try:
        return Hello.model_validate(data).after
    except ValidationError as error:
        raise BadFrame(None) from error


def message(entry: Entry) -> Frame:
    """A message as it is now; `edit` is the same for one that the browser already shows."""
    if entry.deleted:
        return {"t": "delete", "seq": entry.seq, "id": entry.message_id}
    return {
        "t": "message" if entry.seq == entry.message_id else "edit",
        "seq": entry.seq,
        "id": entry.message_id,
        "cid": entry.cid,
        "mine": entry.mine,
        "at": int(entry.at.timestamp()),
        "body": entry.payload,
    }


def sync(changes: Changes, commands: list[Frame]) -> Frame:
    """What a browser needs after a pause."""
    return {
        "t": "sync",
        "seq": changes.seq,
        "reset": changes.reset,
        "earlier": changes.earlier,
        "language": changes.language,
        "keyboard": changes.keyboard,
        "commands": commands,
        "changes": [message(entry) for entry in changes.entries],
    }


def ack(cid: str) -> Frame:
    """The action was handled; the browser may forget it."""
    return {"t": "ack", "cid": cid}


def error(code: str, cid: str | None = None, **facts: Any) -> Frame:
    """Something was not done. The browser has the words for `code`."""
    return {"t": "error", "code": code, "cid": cid, **facts}
