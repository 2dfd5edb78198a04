"""What a handler returns: one screen, shown by `bot.presenter` on whatever channel asked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from aiogram.filters.callback_data import CallbackData


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: a press (`data`), a link (`url`) or a text to copy (`copy`).

    `label` is a translated text; it may carry the HTML escapes of `handlers.texts`, which the
    presenter undoes, because button labels are plain.
    """

    label: str
    press: CallbackData | str | None = None
    url: str | None = None
    copy: str | None = None

    @property
    def data(self) -> str | None:
        """What a press sends back, packed."""
        return self.press.pack() if isinstance(self.press, CallbackData) else self.press


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to be drawn from facts, outside the transaction and once per set of facts.

    A `photo` is not drawn: it is the kept picture of the `receipt` that its facts name, read
    each time it is shown and forgotten at once. So is a `report_photo`: the copy for everybody of
    the photo with the `token`; with `original` what was sent, which only the city's team sees.
    A `report_board` is what was sent with `rectangles` of it black, under letters and numbers that
    name its cells; a `report_redacted` the same without them, as everybody would see it.
    A `project_photo` is that of a `milestone`, or of a `document` as its `viewer` may see it, a
    `figure_photo` the document of an `indicator` and `year` of the plan for such a viewer, or of
    what was spent on a `measure` in a `year` from a `source`.
    """

    kind: Literal[
        "card", "code", "passport", "sample", "photo", "report_photo", "report_board",
        "report_redacted", "project_photo", "plan", "figure_photo",
    ]  # fmt: skip
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the map with a title and an address, already in the guest's language."""

    lat: float
    lon: float
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A small file made for the guest, such as the export of their data.

    One with a `kind` is made from its `facts` at the moment it is sent (`bot.documents`), so that
    a screen that is kept holds no bytes. `plan`: the workbook of a `city` in a `language`;
    `project_file`: that of a `document` as its `viewer` may read it; `plan_paper` a document of
    the plan, with the facts of a `figure_photo`.
    """

    name: str
    text: str = ""
    kind: Literal["plan", "project_file", "plan_paper"] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """A key of the reply keyboard that asks the device for something instead of saying its label:
    where the person is, or their own phone number. Channels that cannot leave the key out."""

    label: str
    wants: Literal["location", "contact"]


@dataclass(frozen=True, slots=True)
class Keyboard:
    """The reply keyboard: rows of labels. An empty one removes it.

    `hint` stands in the empty field where the person types.
    """

    rows: Sequence[Sequence[str | Ask]]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Screen:
    """Text in the HTML of `handlers.texts`, rows of buttons, and what comes with them.

    A screen that answers a button replaces the message the button stands on, unless `fresh`;
    `closes` takes the buttons off that message; `keeps_picture` changes only the words and buttons
    below the picture that is there, and says them alone where it is gone. `toast` is the short word
    shown over the chat; `alert` makes it a box to close. `also` are screens shown below it.
    """

    text: str = ""
    buttons: Sequence[Sequence[Button]] = ()
    picture: Picture | None = None
    place: Place | None = None
    attachment: Attachment | None = None
    keyboard: Keyboard | None = None
    toast: str | None = None
    alert: bool = False
    fresh: bool = False
    closes: bool = False
    keeps_picture: bool = False
    also: Sequence["Screen"] = field(default=())


def to_json(screen: Screen) -> dict[str, Any]:
    """A screen as plain values, to be kept and shown again by `from_json`."""
    kept: dict[str, Any] = {
        name: value
        for name in ("text", "toast", "alert", "fresh", "closes", "keeps_picture")
        if (value := getattr(screen, name))
    }
    if screen.buttons:
        kept["buttons"] = [
            [
                {
                    "label": button.label,
                    "press": button.data,
                    "url": button.url,
                    "copy": button.copy,
                }
                for button in row
            ]
            for row in screen.buttons
        ]
    for name in ("picture", "place", "attachment", "keyboard"):
        if (part := getattr(screen, name)) is not None:
            kept[name] = asdict(part)
    if screen.also:
        kept["also"] = [to_json(other) for other in screen.also]
    return kept


def from_json(kept: dict[str, Any]) -> Screen:
    """The screen that `to_json` kept."""
    values = dict(kept)
    values["buttons"] = [[Button(**button) for button in row] for row in kept.get("buttons", ())]
    for name, kind in _PARTS.items():
        if name in kept:
            values[name] = kind(**kept[name])
    if "keyboard" in kept:
        values["keyboard"] = _keyboard(kept["keyboard"])
    values["also"] = [from_json(other) for other in kept.get("also", ())]
    return Screen(**values)


_PARTS = {
    "picture": Picture,
    "place": Place,
    "attachment": Attachment,
}


def _keyboard(kept: dict[str, Any]) -> Keyboard:
    rows = [[Ask(**key) if isinstance(key, dict) else key for key in row] for row in kept["rows"]]
    return Keyboard(rows, kept.get("hint", ""))
