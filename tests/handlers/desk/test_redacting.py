"""Faces and plates are black for everybody, and the photo as it was sent stays with moderators."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.chat.desk import cells
from services.images.contract import ImageFault
from services.reports.models import ReportPhoto
from tests.handlers.desk.office import STAFF_ONLY, begins, moderator, official, opens
from tests.handlers.reports.town import HERE, WORDS
from tests.house import PNG, House, Visitor

TOO_LATE = "That was a while ago, so nothing has been done. Please open the report once more."


@pytest.fixture
async def anna(house: House) -> Visitor:
    house.keeps_pictures()
    return await house.regular(name="Anna Kern")


async def photographed(anna: Visitor, photos: int = 1) -> None:
    """A report with photos was sent."""
    await anna.says("/report")
    for n in range(photos):
        await anna.photographs(f"{n}")
    await anna.says(WORDS)
    await anna.stands_at(*HERE)
    await anna.presses("✅ Send")


async def photo_of(house: House) -> dict[str, object]:
    return (await house.rows(ReportPhoto))[0]


async def opened(house: House, anna: Visitor) -> Visitor:
    """A moderator with the board over the only photo."""
    await photographed(anna)
    team = await moderator(house)
    await begins(team)
    await team.presses("⬛ Black out")
    return team


async def test_cells_are_typed_looked_at_and_saved(house: House, anna: Visitor) -> None:
    team = await opened(house, anna)
    assert (await team.last()).startswith(
        "What shall nobody see? Type cells, such as B2-C4, E5, or press them."
    )
    assert await team.labels() == ["👁 Look", "💾 Save", "👆 Press the cells", "« Back"]
    async with house.unchanged():
        assert (await team.says("b2-c3; h8")).endswith("\nBlack: B2, C2, B3, C3, H8")
        assert await team.presses("👁 Look") == "This is what everybody would see."
    black = [[0.125, 0.125, 0.375, 0.25], [0.125, 0.25, 0.375, 0.375], [0.875, 0.875, 1.0, 1.0]]
    assert house.drawn[-1] == ("redact", {"jpeg": PNG, "rectangles": black})
    assert await team.presses("💾 Save") == ("💾 Saved: this is what everybody sees from now on.")
    photo = await photo_of(house)
    assert photo["original"] == PNG
    assert photo["public"] == PNG + repr(black).encode()
    assert photo["redactions"] == black


async def test_saved_cells_are_undone(house: House, anna: Visitor) -> None:
    team = await opened(house, anna)
    await team.says("A1")
    await team.presses("💾 Save")
    await team.presses("« Back")
    await team.presses("⬛ Black out")
    assert (await team.last()).endswith("Black: A1")
    await team.says("B1")
    await team.presses("💾 Save")
    assert (await photo_of(house))["redactions"] == [[0.0, 0.0, 0.25, 0.125]]
    assert await team.presses("↩️ Undo") == "Done: everybody sees it as before."
    assert (await photo_of(house))["redactions"] == [[0.0, 0.0, 0.125, 0.125]]


async def test_cells_are_pressed(house: House, anna: Visitor) -> None:
    team = await opened(house, anna)
    await team.presses("👆 Press the cells")
    labels = await team.labels()
    assert (len(labels), labels[:2], labels[63]) == (67, ["A1", "B1"], "H8")
    assert (await team.presses("D4")).endswith("Black: D4")
    assert (await team.presses("E5")).endswith("Black: D4, E5")
    assert (await team.presses("⬛")).endswith("Black: D4")
    assert house.drawn[-1] == (
        "board", {"jpeg": PNG, "rectangles": [[0.375, 0.375, 0.5, 0.5]]},
    )  # fmt: skip
    assert "Black:" not in await team.presses("🧹 Nothing black")
    assert (await photo_of(house))["redactions"] == []


async def test_what_cannot_be_read_changes_nothing(house: House, anna: Visitor) -> None:
    team = await opened(house, anna)
    async with house.unchanged():
        for nonsense in ("the face", "J1", "A9", "B2-", "-"):
            assert (await team.says(nonsense)).startswith("I could not read that.")


async def test_one_of_several_photos(house: House, anna: Visitor) -> None:
    await photographed(anna, 2)
    team = await moderator(house)
    await begins(team)
    await team.presses("⬛ Black out")
    assert await team.last() == "On which photo?"
    await team.presses("Photo 2")
    await team.says("A1-H8")
    await team.presses("💾 Save")
    first, second = await house.rows(ReportPhoto)
    assert (first["redactions"], len(second["redactions"])) == ([], 8)


async def test_a_colleague_who_was_first_is_not_overruled(house: House, anna: Visitor) -> None:
    team = await opened(house, anna)
    other = await moderator(house)
    house.clock.advance(minutes=31)
    await begins(other)
    await other.presses("⬛ Black out")
    await other.says("A1")
    await other.presses("💾 Save")
    await team.says("H8")
    async with house.unchanged():
        assert await team.presses("💾 Save") == (
            "Something has just changed. Please take another look."
        )
    assert (await photo_of(house))["redactions"] == [[0.0, 0.0, 0.125, 0.125]]


async def test_an_hour_later_nothing_is_saved(house: House, anna: Visitor) -> None:
    team = await opened(house, anna)
    await team.says("A1")
    house.clock.advance(hours=1, seconds=1)
    async with house.unchanged():
        assert await team.presses("👁 Look") == TOO_LATE


async def test_a_copy_that_cannot_be_drawn_is_not_saved(
    house: House, anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = await opened(house, anna)
    await team.says("A1")

    async def fails(*_args: object) -> bytes:
        raise ImageFault("timeout")

    monkeypatch.setattr(house.app.images, "redact", fails)
    async with house.unchanged():
        assert (await team.presses("💾 Save")).startswith("This has not been saved.")
    assert (await photo_of(house))["public"] == PNG


async def test_only_moderators_black_out_and_see_originals(house: House, anna: Visitor) -> None:
    team = await opened(house, anna)
    await team.presses("« Back")
    await team.presses("✅ Publish")
    photo = (await photo_of(house))["id"]
    person, guest = await official(house), await house.regular()
    await opens(person, 1)
    assert "⬛ Black out" not in await person.labels()
    async with house.unchanged():
        for stranger in (person, guest, anna):
            for forged in ("mr:1:0", f"mx:{photo}:A1", f"mb:{photo}:save", f"mb:{photo}:undo"):
                assert await stranger.forges(forged) == STAFF_ONLY
    assert not any(kind in {"board", "redact"} for kind, _facts in house.drawn[-3:-1])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("B2", ["B2"]), ("b2 - c3", ["B2", "C2", "B3", "C3"]), ("C3-B2", ["B2", "C2", "B3", "C3"]),
        ("A1,A1 a1", ["A1"]), ("A1\u2013B1", ["A1", "B1"]), ("\u04102", ["A2"]),
        ("\u0412 2", None), ("", None), ("I1", None), ("A0", None),
    ],
)  # fmt: skip
def test_cells_as_people_write_them(text: str, found: list[str] | None) -> None:
    assert cells.read(text) == found


@given(st.sets(st.sampled_from([c + r for c in cells.COLUMNS for r in cells.ROWS])))
def test_cells_and_rectangles_say_the_same(chosen: set[str]) -> None:
    assert set(cells.cells(cells.rectangles(chosen))) == chosen


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 4), max_size=3))
def test_no_part_of_a_rectangle_is_left_out(found: list[tuple[float, ...]]) -> None:
    """What was covered by somebody else's tool stays covered when the board is saved."""
    black = cells.rectangles(cells.cells(found))
    for left, top, right, bottom in found:
        if left < right and top < bottom:
            x, y = (left + right) / 2, (top + bottom) / 2
            assert any(a <= x <= c and b <= y <= d for a, b, c, d in black)
