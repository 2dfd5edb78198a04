"""A screen that is kept with an update is shown again as it was."""

from handlers.buttons import Go
from handlers.screen import (
    Ask,
    Attachment,
    Button,
    Keyboard,
    Picture,
    Place,
    Screen,
    from_json,
    to_json,
)


def test_everything_comes_back() -> None:
    screen = Screen(
        "Where?",
        [[Button("Go", Go(to="card").pack()), Button("Copy", copy="A1")]],
        picture=Picture("report_photo", {"token": "abc"}),
        place=Place(54.5, 36.2, "Here", "A street"),
        attachment=Attachment("a.txt", "words"),
        keyboard=Keyboard(
            [[Ask("Here", "location"), "There"], [Ask("Phone", "contact")]], "Street"
        ),
        toast="Done",
        alert=True,
        fresh=True,
        closes=True,
        also=[Screen("And?", keyboard=Keyboard([]))],
    )
    kept = to_json(screen)
    assert to_json(from_json(kept)) == kept
    assert from_json(kept).keyboard == screen.keyboard


def test_nothing_is_kept_of_silence() -> None:
    assert to_json(Screen()) == {}
    assert from_json({}).text == ""
