"""The place in a photo's EXIF: read where it stands, none where there is nonsense."""

from io import BytesIO

import pytest
from PIL import ExifTags, Image

from services.images.keeping import keep
from services.images.whereabouts import whereabouts

NORTH_EAST = {1: "N", 2: (54.0, 30.0, 36.0), 3: "E", 4: (36.0, 15.0, 7.2)}


def photo(place: dict[int, object] | None, kind: str = "JPEG") -> bytes:
    image, packed = Image.new("RGB", (40, 30), "grey"), BytesIO()
    exif = Image.Exif()
    if place is not None:
        exif[ExifTags.IFD.GPSInfo] = place
    image.save(packed, kind, exif=exif)
    return packed.getvalue()


def test_a_place_is_read_and_not_kept() -> None:
    sent = photo(NORTH_EAST)
    assert whereabouts(sent) == (54.51, 36.252)
    assert whereabouts(keep(sent)) is None
    assert b"Exif" not in keep(sent)


def test_the_other_half_of_the_world() -> None:
    assert whereabouts(photo({**NORTH_EAST, 1: "S", 3: "W"})) == (-54.51, -36.252)


@pytest.mark.parametrize(
    "place",
    [
        None,
        {1: "N", 2: (54.0, 30.0, 36.0)},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {**NORTH_EAST, 2: (540.0, 0.0, 0.0)},
    ],
)
def test_no_place(place: dict[int, object] | None) -> None:
    assert whereabouts(photo(place)) is None


def test_a_cut_file_and_other_formats_have_no_place() -> None:
    sent = photo(NORTH_EAST)
    for end in range(2, 200, 3):
        assert whereabouts(sent[:end]) in {None, (54.51, 36.252)}
    assert whereabouts(photo(NORTH_EAST, "PNG")) is None
    assert whereabouts(b"") is None


def test_fractions_without_a_denominator_are_no_place() -> None:
    sent = photo(NORTH_EAST)
    at = sent.index(bytes.fromhex("0000003600000001"))
    assert whereabouts(sent[:at] + bytes.fromhex("0000003600000000") + sent[at + 8 :]) is None
