"""Every picture a phone may send is opened upright, on white and within its limits."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from services.images.contract import MAX_BYTES, MAX_PIXELS, Problem, Unopenable
from services.images.essence import Kind, essence
from services.images.keeping import keep
from services.images.opening import open_colour, open_grey
from tests.services.images.hostile import jpeg_with, segment, sized_jpeg
from tests.services.images.pictures import encoded

KINDS: tuple[Kind, ...] = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def corner(mode: str = "RGB", size: tuple[int, int] = (120, 80)) -> Image.Image:
    """White, with a black quarter at the top left."""
    image = Image.new("L", size, 255)
    image.paste(0, (0, 0, size[0] // 2, size[1] // 2))
    return image.convert(mode)


def quarters(image: Image.Image) -> str:
    """Of each quarter, row by row, whether it is black or white."""
    grey = image.convert("L").resize((2, 2), Image.Resampling.BOX)
    return "".join("#" if value < 128 else "." for value in grey.tobytes())


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def grey(data: bytes, longest: int | None = None) -> Image.Image:
    return Image.fromarray(open_grey(data, longest).grey)


def refusal(data: bytes) -> Problem:
    with pytest.raises(Unopenable) as caught:
        open_grey(data, None)
    return caught.value.problem


@pytest.mark.parametrize("kind", KINDS)
def test_formats(kind: str) -> None:
    data = encoded(corner(), kind)
    for opened in (grey(data), open_colour(data, 1000), grey(data, 60), open_colour(data, 60)):
        assert quarters(opened) == "#..."
    assert (grey(data).size, grey(data, 60).size) == ((120, 80), (60, 40))
    assert open_colour(data, 60).size == (60, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_way_up(kind: str, orientation: int) -> None:
    data = encoded(corner(), kind, exif=turned(orientation))
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert grey(data).size == expected.size
    assert quarters(grey(data)) == quarters(open_colour(data, 1000)) == quarters(expected)


@pytest.mark.parametrize("value", [0, 9, 65_535])
def test_a_senseless_way_up_is_none(value: int) -> None:
    assert essence(encoded(corner(), "JPEG", exif=turned(value))).orientation == 1


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        *((mode, "PNG") for mode in ("1", "L", "P", "LA", "RGBA", "I;16")),
        *((mode, "JPEG") for mode in ("L", "CMYK")),
        ("RGBA", "WEBP"),
        ("1", "BMP"),
    ],
)
def test_modes(mode: str, kind: str) -> None:
    image = corner(mode if mode != "I;16" else "L")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    data = encoded(image, kind)
    assert quarters(grey(data)) == quarters(open_colour(data, 1000)) == "#..."


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("GIF", {"transparency": 0})]
)
def test_what_is_transparent_is_white(kind: str, options: dict[str, Any]) -> None:
    clear = Image.new("RGBA", (120, 80), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0, 60, 40))
    if kind == "GIF":
        clear = Image.fromarray((np.asarray(clear)[..., 3] > 0).astype(np.uint8)).convert("P")
        clear.putpalette([0] * 6)
    data = encoded(clear, kind, **options)
    assert quarters(grey(data)) == quarters(open_colour(data, 1000)) == "#..."


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_of_many_frames(kind: str) -> None:
    others = [Image.new("RGB", (120, 80), shade) for shade in ("white", "black")]
    data = encoded(corner(), kind, save_all=True, append_images=others, duration=100)
    assert quarters(grey(data)) == "#..."


def test_a_photo_with_a_second_picture_inside() -> None:
    """As phones store the map of highlights or the depth beside a photo."""
    out = io.BytesIO()
    inside = Image.new("RGB", (30, 20))
    corner().save(out, "MPO", save_all=True, append_images=[inside])
    assert quarters(grey(out.getvalue())) == "#..."


@pytest.mark.parametrize(
    ("size", "longest", "opened"),
    [
        ((8000, 6000), None, (4000, 3000)),
        ((8000, 6000), 2000, (2000, 1500)),
        ((6000, 4000), None, (6000, 4000)),
        ((12_000, 10_000), None, (3000, 2500)),
        ((30_000, 300), 2000, (2000, 20)),
    ],
)
def test_a_large_jpeg_is_halved_until_it_fits(
    size: tuple[int, int], longest: int | None, opened: tuple[int, int]
) -> None:
    pixels = open_grey(encoded(Image.new("L", size, 255), "JPEG"), longest)
    assert pixels.grey.shape[::-1] == opened
    assert pixels.scale == opened[0] / size[0]


def test_the_limits_are_exact() -> None:
    assert refusal(bytes(MAX_BYTES + 1)) == "too_large"
    assert refusal(bytes(MAX_BYTES)) == "not_an_image"
    assert essence(sized_jpeg(12_000, 10_000)).width * 10_000 == MAX_PIXELS["JPEG"]
    assert refusal(sized_jpeg(12_000, 10_001)) == "too_large"
    for kind, side in (("PNG", 6000), ("GIF", 6000), ("BMP", 6000), ("WEBP", 4000)):
        high = MAX_PIXELS[kind] // side
        mode = "RGB" if kind == "WEBP" else "1"
        assert grey(encoded(Image.new(mode, (side, high)), kind)).size == (side, high)
        assert refusal(encoded(Image.new(mode, (side, high + 1)), kind)) == "too_large"


def test_a_progressive_photo_of_a_messenger_is_no_bomb() -> None:
    photo = Image.effect_noise((4000, 3000), 40).convert("RGB")
    data = encoded(photo, "JPEG", progressive=True, quality=60, subsampling=2)
    assert grey(data, 2000).size == (2000, 1500)


def test_one_read_for_colours_of_a_scan_each_is_bounded_too() -> None:
    """A JPEG that is not progressive, yet brings its colours one after another."""
    jpeg = encoded(corner(), "JPEG")
    at = jpeg.index(b"\xff\xda")
    luminance_only = jpeg[:at] + segment(0xDA, b"\1\1\0\0\x3f\0") + jpeg[at + 14 :]
    frame = luminance_only.index(b"\xff\xc0") + 5
    huge = luminance_only[:frame] + b"\x20\0\x20\0" + luminance_only[frame + 4 :]
    assert refusal(huge) == "too_large"


def test_what_is_not_pixels_is_left_behind() -> None:
    secret = b"the guest's home"
    jpeg = jpeg_with(segment(0xFE, secret), segment(0xED, secret), segment(0xE1, secret))
    assert secret in jpeg
    assert secret not in essence(jpeg).data


def test_a_kept_picture_is_upright_small_and_says_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker of phones"
    exif.get_ifd(0x8825)[2] = (54.0, 30.0, 50.0)
    exif.get_ifd(0x8825)[4] = (36.0, 15.0, 0.0)
    sent = encoded(
        corner(size=(4000, 3000)), "JPEG",
        exif=exif, icc_profile=b"profile" * 50, comment=b"a comment", xmp=b"<x:xmpmeta/>",
    )  # fmt: skip
    assert dict(Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)) != {}
    kept = keep(sent)
    image = Image.open(io.BytesIO(kept))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (960, 1280))
    assert quarters(image) == ".#.."
    assert dict(image.getexif()) == {}
    assert not {"exif", "icc_profile", "comment", "xmp"} & set(image.info)
    for trace in (b"Exif", b"Maker", b"profile", b"comment", b"xmp"):
        assert trace not in kept


def test_a_small_picture_is_kept_in_its_size() -> None:
    image = Image.open(io.BytesIO(keep(encoded(corner("RGBA"), "PNG"))))
    assert (image.format, image.size, quarters(image)) == ("JPEG", (120, 80), "#...")
    with pytest.raises(Unopenable) as caught:
        keep(b"%PDF-1.7")
    assert caught.value.problem == "pdf"
